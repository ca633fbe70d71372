//! `cargo xtask import --evidence`: imports reports of `oneteg verify` into `specs/<vendor>`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use serde_json::json;

use super::{
    Output,
    import::{is_vendor_name, write},
};
use crate::{
    import::{
        Folder,
        evidence::{self, Applied, CHOICES, Evidence},
        report::{Kind, Report},
    },
    workspace,
};

/// What an import of evidence does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Shows what would change instead of writing.
    pub check: bool,
    /// Accepts reports of a server on the same machine.
    pub from_sandbox: bool,
}

/// Imports reports in their order.
///
/// # Errors
/// [`evidence::ReportError`] of a file that is no report of this vendor; [`crate::diagnostic::Diagnostics`] of the
/// specification; if a file cannot be written. Nothing is written then.
pub fn run(vendor: &str, reports: &[PathBuf], options: Options) -> anyhow::Result<Output> {
    run_in(&workspace::root(), vendor, reports, options)
}

/// The same in a given workspace.
///
/// # Errors
/// As [`run`].
pub fn run_in(
    root: &Path,
    vendor: &str,
    reports: &[PathBuf],
    options: Options,
) -> anyhow::Result<Output> {
    ensure!(is_vendor_name(vendor), "`{vendor}` is not a name for a vendor");
    let specs = root.join("specs");
    let before = Folder::read(&specs.join(vendor))?;
    ensure!(
        !before.is_empty(),
        "specs/{vendor} has no specification; a report can only be imported into one"
    );
    let table = fs::read_to_string(root.join(CHOICES)).ok();
    let (mut folder, mut choices, mut log) = (before.clone(), table.clone(), Report::default());
    let mut last = None;
    for path in reports {
        let evidence = Evidence::read(path, vendor, options.from_sandbox)
            .with_context(|| format!("{}", path.display()))?;
        let applied = evidence::apply(vendor, &evidence, &folder, choices.as_deref())?;
        folder.files.clone_from(&applied.imported.files);
        choices.clone_from(&applied.choices);
        log.entries.extend(applied.imported.report.entries.iter().cloned());
        last = Some(applied);
    }
    let Some(Applied { imported, .. }) = last else {
        anyhow::bail!("there is no report to import")
    };
    let names: BTreeSet<&String> = before.files.keys().chain(folder.files.keys()).collect();
    let mut changed: Vec<String> = names
        .into_iter()
        .filter(|name| before.files.get(*name) != folder.files.get(*name))
        .map(|name| format!("specs/{vendor}/{name}"))
        .collect();
    let is_specification_changed = !changed.is_empty();
    if choices != table {
        changed.push(CHOICES.to_owned());
    }
    if !options.check {
        if is_specification_changed {
            write(&specs, vendor, &imported)
                .with_context(|| format!("specs/{vendor} cannot be written"))?;
        }
        if let Some(choices) = choices.filter(|choices| Some(choices) != table.as_ref()) {
            fs::write(root.join(CHOICES), choices)
                .with_context(|| format!("{CHOICES} cannot be written"))?;
        }
    }
    let verb = if options.check { "would change" } else { "changed" };
    let files = match changed.len() {
        0 => format!("nothing {verb}"),
        _ => format!("{} {verb}", changed.join(", ")),
    };
    let next = match log.count(Kind::Changed) {
        0 => "",
        _ if options.check => "",
        _ => "\n\nNext: `cargo xtask generate`, then `cargo xtask impact`.",
    };
    let text = format!("{files}\n\n{}{next}\n", log.text());
    let json = json!({ "vendor": vendor, "changed": changed, "report": log.json() });
    Ok(Output { text, json, success: true })
}
