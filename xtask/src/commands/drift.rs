//! `cargo xtask drift`: what a newer file of a vendor would change, from the import to the version, in one report.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde_json::json;

use super::{Output, diff, generate::pipeline, interface};
use crate::{
    api::Step,
    emit,
    impact::Impact,
    import::{self, Folder},
    revision::Revision,
    semver::{CallError, Elsewhere, Version, with_generated},
    spec::Source,
    workspace,
};

/// Imports files in memory onto the specification of a vendor and reports what changes: nothing is written. With
/// `build`, the calls of the current SDK are compiled against the code that would be generated.
///
/// # Errors
/// If the files or the specification cannot be read. A specification that cannot be generated is a part of the report.
pub fn run(vendor: &str, files: &[PathBuf], build: bool) -> anyhow::Result<Output> {
    let root = workspace::root();
    let folder = Folder::read(&root.join("specs").join(vendor))?;
    anyhow::ensure!(
        !folder.is_empty(),
        "there is no specification of `{vendor}` to compare with; run `cargo xtask import {vendor} <file>` first"
    );
    let imported = import::import_into(vendor, import::read(files)?, &folder)?;
    let (old, new) = (folder.sources(vendor), imported.sources(vendor));
    let impact = Impact::of(vendor, &old, &new, interface::generated)?;
    let mut text = format!("# Drift of {vendor}\n\n");
    let names: BTreeSet<&String> = folder.files.keys().chain(imported.files.keys()).collect();
    let changed: Vec<&String> = names
        .into_iter()
        .filter(|name| folder.files.get(*name) != imported.files.get(*name))
        .collect();
    let _ = writeln!(
        text,
        "{} operations; {} of {} files of the specification change.\n",
        imported.operations,
        changed.len(),
        imported.files.len()
    );
    let generated = differing_files(&old, &new);
    match &generated {
        Ok(files) => {
            let _ = writeln!(text, "{} generated files change.\n", files.len());
        }
        Err(error) => {
            let _ = writeln!(text, "The code cannot be generated:\n\n```text\n{error}\n```\n");
        }
    }
    let calls = match (build, &generated) {
        (true, Ok(files)) if !files.is_empty() => Some(calls(&root, vendor, &new)),
        _ => None,
    };
    let (errors, note) = match calls {
        Some(Ok(errors)) => (errors, None),
        Some(Err(error)) => (Vec::new(), Some(format!("{error:#}"))),
        None => (Vec::new(), None),
    };
    let calls_step = if errors.is_empty() { Step::None } else { Step::Major };
    let step = impact.worst_step().max(calls_step);
    let version = Version::of(&Revision::working_tree(&root), &format!("{vendor}-sdk"));
    text.push_str("## Version\n\n");
    let next = match version {
        Ok(version) => {
            let next = version.after(step);
            let least = if generated.is_ok() { "" } else { " at least" };
            let _ = writeln!(text, "{step}{least}: {version} needs {next}.\n");
            Some(next.to_string())
        }
        Err(_) => {
            let _ = writeln!(text, "{step}.\n");
            None
        }
    };
    calls_text(&mut text, &errors, note.as_deref());
    let changes = diff::markdown(&impact, true);
    let changes = changes.trim_start_matches(&format!("# {vendor}\n\n"));
    let _ = write!(text, "## Changes\n\n{}", nested(changes));
    let _ = write!(text, "## Import\n\n{}", nested(&imported.report.text()));
    let json = json!({
        "vendor": vendor,
        "files": changed,
        "generated": generated.as_ref().ok(),
        "error": generated.as_ref().err(),
        "step": step,
        "needs": next,
        "calls": errors,
        "diff": diff::as_json(&impact),
        "import": imported.report.json(),
    });
    Ok(Output { text, json, success: true })
}

/// Markdown below a heading of the report.
fn nested(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("## ") {
        Some(title) => format!("### {title}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

fn calls_text(text: &mut String, errors: &[CallError], note: Option<&str>) {
    if let Some(note) = note {
        let _ = writeln!(text, "The generated calls were not judged: {note}\n");
    }
    if !errors.is_empty() {
        let _ = writeln!(text, "These generated calls of the current SDK do not compile:\n");
        for error in errors {
            let _ = writeln!(text, "- {error}");
        }
        text.push('\n');
    }
}

/// The generated files that differ; the errors if one side cannot be generated.
fn differing_files(old: &[Source], new: &[Source]) -> Result<Vec<PathBuf>, String> {
    let files = |sources: &[Source]| -> Result<_, String> {
        let generated = pipeline(sources).map_err(|errors| errors.to_string())?;
        Ok(generated
            .files
            .into_iter()
            .map(|file| (file.path, file.text))
            .collect::<std::collections::BTreeMap<_, _>>())
    };
    let (old, new) = (files(old)?, files(new)?);
    let paths: BTreeSet<&PathBuf> = old.keys().chain(new.keys()).collect();
    Ok(paths.into_iter().filter(|path| old.get(*path) != new.get(*path)).cloned().collect())
}

/// The errors of the current generated calls against the SDK that would be generated.
fn calls(root: &Path, vendor: &str, new: &[Source]) -> anyhow::Result<Vec<CallError>> {
    let package = format!("{vendor}-sdk");
    let generated = pipeline(new)?;
    let tree = Revision::working_tree(root);
    let written = tree.files(Path::new(&package))?;
    let manifest = written.get(Path::new("Cargo.toml")).context("the SDK has no manifest")?;
    let manifest = emit::with_features(manifest, &generated.features)
        .map_err(|error| anyhow::anyhow!("Cargo.toml: {error}"))?;
    let files = generated.files.into_iter().map(|file| (file.path, file.text));
    let mut files = with_generated(&written, files);
    files.insert("Cargo.toml".into(), manifest);
    let elsewhere = Elsewhere::new(root, &package)?;
    elsewhere.write(&files)?;
    elsewhere.compile_calls(&tree.files(&Path::new(&package).join(emit::TESTS))?)
}
