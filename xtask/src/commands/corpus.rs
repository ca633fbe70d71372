//! `cargo xtask corpus`: what the tool makes of a folder of files that others wrote.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::json;

use super::Output;
use crate::{
    corpus::{self, Settings},
    workspace,
};

/// The arguments of the command.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether to stop after generation.
    pub no_build: bool,
    /// How many files are worked on at the same time.
    pub jobs: Option<usize>,
    /// Only files whose names contain one of these.
    pub only: Vec<String>,
    /// Where crates and details are written.
    pub output: Option<PathBuf>,
    /// After this number of seconds, a file is given up.
    pub limit: u64,
    /// The single file of a process that this command started.
    pub one: Option<PathBuf>,
}

/// Imports and generates every file, and shows a row for each and the causes over all. Fails if an operation is missing, a crate does
/// not compile, or a generated test fails.
///
/// # Errors
/// If the folder cannot be read, or the output cannot be written.
pub fn run(folder: &Path, options: Options) -> anyhow::Result<Output> {
    let start = Instant::now();
    let output = options.output.unwrap_or_else(|| workspace::root().join("target/corpus"));
    if let Some(file) = options.one {
        let folder = folder.to_owned();
        let work = move || corpus::one(&folder, &file, &output);
        let thread = thread::Builder::new().stack_size(corpus::STACK).spawn(work)?;
        return match thread.join() {
            Ok(result) => {
                result.map(|()| Output { text: String::new(), json: json!(null), success: true })
            }
            Err(_) => anyhow::bail!("the file caused a panic"),
        };
    }
    let settings = Settings {
        output: std::path::absolute(&output).context("the output folder has no absolute path")?,
        build: !options.no_build,
        jobs: options
            .jobs
            .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)),
        limit: Duration::from_secs(options.limit),
        only: options.only,
    };
    let rows = corpus::run(folder, &settings)?;
    let seconds = start.elapsed().as_secs_f64();
    let text = format!(
        "{}\n{}\n{seconds:.0} s; details in {}",
        corpus::table(&rows),
        corpus::causes(&rows),
        settings.output.display()
    );
    let success = rows.iter().all(corpus::Row::succeeded);
    Ok(Output { text, json: json!({ "files": rows, "seconds": seconds }), success })
}
