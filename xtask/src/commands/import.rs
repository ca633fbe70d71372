//! `cargo xtask import`: turns a vendor's file into `specs/<vendor>`, or updates that folder.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use serde_json::json;

use super::Output;
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    grouped::grouped,
    import::{self, Folder, Imported},
    normalise,
    spec::Spec,
    vet, workspace,
};

/// Imports files as the specification of a vendor. With `check`, reports what would change instead of writing.
///
/// # Errors
/// [`Diagnostics`] of files that cannot be read; if the folder cannot be written.
pub fn run(vendor: &str, files: &[PathBuf], check: bool) -> anyhow::Result<Output> {
    ensure!(
        is_vendor_name(vendor),
        "`{vendor}` is not a name for a vendor; use lower-case letters and digits, such as `netx`"
    );
    run_in(&workspace::root().join("specs"), vendor, files, check)
}

/// Whether a vendor may be called so; its name is that of a folder.
pub(super) fn is_vendor_name(vendor: &str) -> bool {
    vendor.starts_with(|c: char| c.is_ascii_lowercase())
        && vendor.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// The same in a given folder of specifications.
///
/// # Errors
/// As [`run`].
pub fn run_in(
    specs: &Path,
    vendor: &str,
    files: &[PathBuf],
    check: bool,
) -> anyhow::Result<Output> {
    let path = specs.join(vendor);
    let folder = Folder::read(&path)?;
    let imported = import::import_into(vendor, import::read(files)?, &folder)?;
    let names: BTreeSet<&String> = folder.files.keys().chain(imported.files.keys()).collect();
    let is_changed = |name: &&String| folder.files.get(*name) != imported.files.get(*name);
    let changed: Vec<&String> = names.into_iter().filter(is_changed).collect();
    if !changed.is_empty() && !check {
        write(specs, vendor, &imported)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let refused = refused(vendor, &imported);
    let verb = if check { "would change" } else { "changed" };
    let mut text = format!(
        "specs/{vendor}: {} operations in {} files, {} {verb}\n\n{}",
        imported.operations,
        imported.files.len(),
        changed.len(),
        imported.report.text()
    );
    if !refused.is_empty() {
        let count = refused.len();
        let heading = format!("## To fix before `cargo xtask generate` ({count})");
        text = format!("{}\n\n{heading}\n\n{}\n", text.trim_end(), grouped(&refused));
    }
    let json = json!({
        "vendor": vendor,
        "operations": imported.operations,
        "files": imported.files.keys().collect::<Vec<_>>(),
        "changed": changed,
        "report": imported.report.json(),
        "refused": refused.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    Ok(Output { text, json, success: true })
}

/// What `generate` would refuse in the imported specification: faults of the vendor's file, which a person must fix.
fn refused(vendor: &str, imported: &Imported) -> Vec<Diagnostic> {
    let vetted = Spec::from_sources(&imported.sources(vendor))
        .and_then(|spec| vet::vet(&normalise::normalise(spec).0));
    vetted.err().map(|Diagnostics(errors)| errors).unwrap_or_default()
}

/// Writes the folder wholly or not at all: next to the old one, which it then replaces.
pub(super) fn write(specs: &Path, vendor: &str, imported: &Imported) -> io::Result<()> {
    let (path, new, old) = (
        specs.join(vendor),
        specs.join(format!(".{vendor}.new")),
        specs.join(format!(".{vendor}.old")),
    );
    for leftover in [&new, &old] {
        if leftover.exists() {
            fs::remove_dir_all(leftover)?;
        }
    }
    fs::create_dir_all(&new)?;
    for (name, text) in &imported.files {
        fs::write(new.join(name), text)?;
    }
    if !path.exists() {
        return fs::rename(&new, &path);
    }
    fs::rename(&path, &old)?;
    if let Err(error) = fs::rename(&new, &path) {
        // The old folder comes back.
        fs::rename(&old, &path)?;
        return Err(error);
    }
    // Folders inside it are no part of a specification, and stay.
    for entry in fs::read_dir(&old)? {
        let entry = entry?;
        if entry.path().is_dir() {
            fs::rename(entry.path(), path.join(entry.file_name()))?;
        }
    }
    fs::remove_dir_all(&old)
}
