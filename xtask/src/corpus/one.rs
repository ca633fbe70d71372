//! One file of a corpus, in its own process.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use serde_json::Value;

use super::{Row, report, skeleton, vendor};
use crate::{
    blocked::{self, ALL_METHODS, Accepted},
    diagnostic::{Diagnostic, Diagnostics},
    emit,
    import::{self, Imported},
    normalise,
    spec::{Source, Spec, walk},
    workspace,
};

/// Enough for documents that are nested as deeply as they may be.
pub const STACK: usize = 256 << 20;

/// Imports and generates a file, and writes its row, its import report and its crate to the output folder.
///
/// # Errors
/// If the output cannot be written. What is wrong with the file is in the row.
pub fn run(folder: &Path, file: &Path, output: &Path) -> anyhow::Result<()> {
    let start = Instant::now();
    let vendor = vendor(&file.to_string_lossy());
    let mut row = Row { file: file.to_string_lossy().into_owned(), ..Row::default() };
    if let Err(error) = fill(&mut row, &vendor, &folder.join(file), output) {
        row.failure = Some(match error.downcast::<Diagnostics>() {
            Ok(Diagnostics(errors)) => {
                let mut causes: Vec<String> = errors.iter().map(|error| report::cause("whole file", &error.message)).collect();
                causes.dedup();
                causes.truncate(3);
                causes.join("; ")
            }
            Err(error) => format!("{error:#}"),
        });
    }
    row.seconds = start.elapsed().as_secs_f64();
    let path = output.join(format!("{vendor}.json"));
    fs::write(&path, serde_json::to_string_pretty(&row)?)
        .with_context(|| format!("{} cannot be written", path.display()))
}
