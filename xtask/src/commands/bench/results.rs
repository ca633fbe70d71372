//! The figures of all parts, and the machine they were measured on.

use std::{fs, path::Path};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::process::first_line;

/// The file with the figures, relative to the workspace.
pub const RESULTS: &str = "docs/benchmarks/results.json";

/// The figures of all parts that were measured.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Results {
    pub compile: Option<Measured<Build>>,
    pub generate: Option<Measured<Generation>>,
    pub run: Option<Measured<Figure>>,
    pub growth: Option<Measured<Point>>,
}

/// The figures of one part, which were measured in one run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Measured<T> {
    pub on: Machine,
    pub rows: Vec<T>,
}

/// Where and when.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    /// The last day of the run.
    pub date: String,
    pub processor: String,
    pub cores: usize,
    pub memory_gib: u64,
    pub rust: String,
    /// Processes that ran or waited to, on average over the last 15 minutes, those of the run among them.
    pub load: f64,
}

/// What it costs to build a program of two calls with a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Build {
    pub name: String,
    /// Crates that are compiled, with the program.
    pub crates: usize,
    /// Lines of Rust in the crate of the client itself.
    pub lines: Option<usize>,
    pub check: Cost,
    pub release: Option<Cost>,
    /// Of the stripped release program, in bytes.
    pub size: Option<u64>,
}

/// The cost of a command with all its children.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Seconds of processor time.
    pub processor: f64,
    /// Seconds from start to end.
    pub elapsed: f64,
    /// The greatest sum of the resident memory of all its processes, in MiB.
    pub peak_mib: f64,
}

/// What it costs to generate a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    pub name: String,
    pub operations: usize,
    /// Lines that are written.
    pub lines: usize,
    pub seconds: f64,
}

/// A figure beside that of a baseline; see `oneteg_test_kit::figure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub group: String,
    pub name: String,
    pub unit: String,
    pub ours: f64,
    pub baseline: f64,
    pub against: String,
    pub ratio: f64,
    pub higher_is_better: bool,
}

/// A point of a curve; see `oneteg_test_kit::figure`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub curve: String,
    pub unit: String,
    pub x: f64,
    pub seconds: f64,
    pub peak_mib: f64,
}

impl Results {
    /// Reads the committed figures; nothing if there are none.
    ///
    /// # Errors
    /// If the file is not what this program writes.
    pub fn read(root: &Path) -> anyhow::Result<Self> {
        match fs::read(root.join(RESULTS)) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).with_context(|| format!("{RESULTS} is damaged"))
            }
            Err(_) => Ok(Self::default()),
        }
    }

    pub(super) fn write(&self, root: &Path) -> anyhow::Result<()> {
        let path = root.join(RESULTS);
        let folder = path.parent().context("the file is in a folder")?;
        fs::create_dir_all(folder)?;
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        fs::write(path, text)?;
        Ok(())
    }
}

impl<T> Measured<T> {
    /// Adds what is known of this machine.
    pub(super) fn here(rows: Vec<T>) -> anyhow::Result<Self> {
        Ok(Self { on: Machine::here()?, rows })
    }
}

impl Machine {
    fn here() -> anyhow::Result<Self> {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let memory: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let load = read("/proc/loadavg");
        Ok(Self {
            date: chrono::Utc::now().date_naive().to_string(),
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: (memory + (1 << 19)) >> 20,
            rust: first_line("rustc", &["--version"])?,
            load: load.split(' ').nth(2).and_then(|load| load.parse().ok()).unwrap_or_default(),
        })
    }
}
