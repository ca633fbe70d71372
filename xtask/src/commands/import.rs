//! `cargo xtask import`: turns a vendor's file into `specs/<vendor>`.

use std::{fs, path::PathBuf};

use anyhow::{Context, ensure};
use serde_json::json;

use super::Output;
use crate::{import, workspace};

/// Imports files as the specification of a vendor.
///
/// # Errors
/// [`Diagnostics`](crate::diagnostic::Diagnostics) of files that cannot be read; if the folder cannot be written.
pub fn run(vendor: &str, files: &[PathBuf]) -> anyhow::Result<Output> {
    let is_name = vendor.starts_with(|c: char| c.is_ascii_lowercase())
        && vendor.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    ensure!(
        is_name,
        "`{vendor}` is not a name for a vendor; use lower-case letters and digits, such as `netx`"
    );
    let imported = import::import(vendor, files)?;
    let folder = workspace::root().join("specs").join(vendor);
    fs::create_dir_all(&folder)?;
    for (name, text) in &imported.files {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let text = format!(
        "specs/{vendor}: {} operations in {} files\n\n{}",
        imported.operations,
        imported.files.len(),
        imported.report.text()
    );
    let json = json!({
        "vendor": vendor,
        "operations": imported.operations,
        "files": imported.files.keys().collect::<Vec<_>>(),
        "report": imported.report.json(),
    });
    Ok(Output { text, json, success: true })
}
