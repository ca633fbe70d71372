//! `cargo xtask lint`: the house rules that no compiler checks.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::{
    lints::workspace::{import_circles, misplaced_dependencies, wording},
    workspace,
};

/// Prints what breaks a rule below the given files and folders; in the whole workspace if there are none.
///
/// # Errors
/// If a rule is broken, or a file cannot be read.
pub fn run(paths: &[PathBuf]) -> anyhow::Result<()> {
    let root = workspace::root();
    let is_asked_for =
        |file: &Path| paths.is_empty() || paths.iter().any(|path| file.starts_with(path));
    let mut count = 0;
    for circle in import_circles(&root)? {
        if circle.steps.iter().any(|step| is_asked_for(&step.file)) {
            println!("{circle}\n");
            count += 1;
        }
    }
    for misplaced in misplaced_dependencies(&root)? {
        if is_asked_for(&misplaced.path) {
            println!("{misplaced}");
            count += 1;
        }
    }
    let (findings, unused) = wording(&root)?;
    for finding in findings.iter().filter(|finding| is_asked_for(&finding.path)) {
        println!("{finding}");
        count += 1;
    }
    for words in unused {
        println!(
            "xtask/tests/data/wording.toml: the exception \"{words}\" is not needed; remove it"
        );
        count += 1;
    }
    if count > 0 {
        bail!("{count} findings");
    }
    Ok(())
}
