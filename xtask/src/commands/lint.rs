//! `cargo xtask lint`: the house rules that no compiler checks.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Output;
use crate::{
    lints::workspace::{PLATFORMS, import_circles, misplaced_dependencies, platform_code, wording},
    workspace,
};

/// Lists what breaks a rule below the given files and folders; in the whole workspace if there are none.
///
/// # Errors
/// If a file cannot be read.
pub fn run(paths: &[PathBuf]) -> anyhow::Result<Output> {
    let root = workspace::root();
    let is_asked_for =
        |file: &Path| paths.is_empty() || paths.iter().any(|path| file.starts_with(path));
    let mut found: Vec<String> = Vec::new();
    for circle in import_circles(&root)? {
        if circle.steps.iter().any(|step| is_asked_for(&step.file)) {
            found.push(format!("{circle}\n"));
        }
    }
    for misplaced in misplaced_dependencies(&root)? {
        if is_asked_for(&misplaced.path) {
            found.push(misplaced.to_string());
        }
    }
    let (specific, unused) = platform_code(&root)?;
    let specific = specific.iter().filter(|specific| is_asked_for(&specific.path));
    found.extend(specific.map(ToString::to_string));
    found.extend(
        unused
            .iter()
            .map(|path| format!("{PLATFORMS}: the exception {path} is not needed; remove it")),
    );
    let (findings, unused) = wording(&root)?;
    let findings = findings.iter().filter(|finding| is_asked_for(&finding.path));
    found.extend(findings.map(ToString::to_string));
    found.extend(unused.iter().map(|words| {
        format!("xtask/tests/data/wording.toml: the exception \"{words}\" is not needed; remove it")
    }));
    let text = match found.len() {
        0 => String::new(),
        count => format!("{}\n{count} findings", found.join("\n")),
    };
    Ok(Output { text, success: found.is_empty(), json: json!({ "findings": found }) })
}
