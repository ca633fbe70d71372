//! Runs the tool on a folder of files that others wrote: imports, generates, and optionally compiles and tests each.
//!
//! Each file runs in its own process, so that a crash or an endless loop costs one row of the table. `one` is that
//! process; `build` compiles all crates in one workspace, which compiles their dependencies once; `report` shows the
//! result.

mod build;
mod one;
mod report;
mod skeleton;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
pub use one::{STACK, run as one};
pub use report::{causes, table};
use serde::{Deserialize, Serialize};

use crate::import;

/// What happened to one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The file, relative to the folder.
    pub file: String,
    /// Its format, such as `OpenAPI 3.0`.
    pub format: String,
    /// How many operations it has.
    pub operations: usize,
    /// How many are generated.
    pub generated: usize,
    /// How many unions it has, and how many of them are read as any value.
    pub unions: usize,
    /// See `unions`.
    pub any_value_unions: usize,
    /// Why the file as a whole fails.
    pub failure: Option<String>,
    /// Why operations are missing: each cause with the number of operations.
    pub causes: BTreeMap<String, usize>,
    /// The warnings of the generator, each with how often it occurs.
    pub warnings: BTreeMap<String, usize>,
    /// The entries of the import's report, each with how often it occurs.
    pub imported: BTreeMap<String, usize>,
    /// Seconds for import and generation.
    pub seconds: f64,
    /// What the compiler and the tests found; `None` if they did not run.
    pub build: Option<Build>,
}

/// What the compiler and the tests found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// The compiler's errors; empty if the crate compiles.
    pub errors: Vec<String>,
    /// How many generated calls pass, and how many there are.
    pub calls: (usize, usize),
    /// How many samples pass, and how many there are.
    pub samples: (usize, usize),
    /// What failed in the tests.
    pub failures: Vec<String>,
}

/// What to do with the files.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder for the generated crates.
    pub output: PathBuf,
    /// Whether to compile and test.
    pub build: bool,
    /// How many files are worked on at the same time.
    pub jobs: usize,
    /// After this time, a file is given up.
    pub limit: Duration,
    /// Only files whose names contain one of these; all if empty.
    pub only: Vec<String>,
}

/// Runs on every file of a folder.
///
/// # Errors
/// If the folder cannot be read, or the output cannot be written. What is wrong with a file is in its row.
pub fn run(folder: &Path, settings: &Settings) -> anyhow::Result<Vec<Row>> {
    let files = files(folder, &settings.only)?;
    anyhow::ensure!(!files.is_empty(), "{} has no file to try", folder.display());
    fs::create_dir_all(&settings.output)
        .with_context(|| format!("{} cannot be created", settings.output.display()))?;
    let next = Mutex::new(files.iter());
    let take = || next.lock().ok().and_then(|mut files| files.next());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..settings.jobs.max(1) {
            scope.spawn(|| {
                while let Some(file) = take() {
                    let row = child(folder, file, settings);
                    if let Ok(mut rows) = rows.lock() {
                        rows.push(row);
                    }
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_default();
    rows.sort_by(|a: &Row, b| a.file.cmp(&b.file));
    if settings.build {
        build::run(&mut rows, settings)?;
    }
    Ok(rows)
}

/// The files of a folder and its folders, sorted. A folder with an OpenAPI root file is one vendor's, and is
/// represented by that file.
fn files(folder: &Path, only: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inside) = folders.pop() {
        let path = folder.join(&inside);
        let entries =
            fs::read_dir(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = inside.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else if matches!(extension(&name), Some("json" | "yaml" | "yml" | "har")) {
                files.push(name);
            }
        }
    }
    files.retain(|file| {
        let name = file.to_string_lossy();
        // The variables of a collection are read with it.
        !import::is_environment(&folder.join(file))
            && (only.is_empty() || only.iter().any(|part| name.contains(part.as_str())))
    });
    files.sort();
    Ok(files)
}

fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// The name of the vendor that a file stands for: letters, digits and underscores.
fn vendor(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("x{name}"),
    }
}

/// Runs one file in a separate process.
fn child(folder: &Path, file: &Path, settings: &Settings) -> Row {
    let start = Instant::now();
    let name = file.to_string_lossy().into_owned();
    let failed = |failure: String| Row {
        file: name.clone(),
        failure: Some(failure),
        seconds: start.elapsed().as_secs_f64(),
        ..Row::default()
    };
    let (answer, log) = (
        settings.output.join(format!("{}.json", vendor(&name))),
        settings.output.join(format!("{}.log", vendor(&name))),
    );
    let _ = fs::remove_file(&answer);
    let started = fs::File::create(&log).and_then(|log| {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["corpus", "--one"])
            .arg(file)
            .arg("--output")
            .arg(&settings.output)
            .arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()
    });
    let mut process = match started {
        Ok(process) => process,
        Err(error) => return failed(format!("its process cannot be started: {error}")),
    };
    let status = loop {
        match process.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() > settings.limit => {
                let _ = process.kill();
                let _ = process.wait();
                return failed(format!("not finished after {} s", settings.limit.as_secs()));
            }
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(error) => return failed(format!("its process is lost: {error}")),
        }
    };
    let row =
        fs::read_to_string(&answer).ok().and_then(|text| serde_json::from_str::<Row>(&text).ok());
    match row {
        Some(row) if status.success() => Row { file: name, ..row },
        _ => {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let panic = log.lines().skip_while(|line| !line.contains("panicked")).take(2);
            let panic: Vec<&str> = panic.collect();
            failed(match panic.is_empty() {
                true => format!("its process ended with {status}"),
                false => panic.join(" "),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stands_for_a_vendor() {
        assert_eq!(vendor("a/dir-api.video.json"), "a_dir_api_video");
        assert_eq!(vendor("3d.yaml"), "x3d");
        assert_eq!(vendor("Größe.json"), "gr__e");
    }
}
