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
    emit, import, normalise,
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
                let mut causes: Vec<String> = errors
                    .iter()
                    .map(|error| report::cause("whole file", &error.message))
                    .collect();
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

fn fill(row: &mut Row, vendor: &str, file: &Path, output: &Path) -> anyhow::Result<()> {
    let draft = import::read(&[file.to_owned()])?;
    row.format = draft.origins.first().map(|origin| origin.format.clone()).unwrap_or_default();
    row.operations = operations(&draft.document) + draft.left_out.len();
    let imported = import::import(vendor, &[file.to_owned()])?;
    for entry in &imported.report.entries {
        let cause = report::cause(entry.rule, &entry.message);
        *row.imported.entry(format!("{} {cause}", entry.kind.key())).or_default() += 1;
    }
    let sources = imported.sources(vendor);
    write(
        &output.join("specs").join(vendor),
        imported.files.iter().map(|(name, text)| (name.as_str(), text.as_str())),
    )?;
    let (spec, warnings) = normalise::normalise(Spec::from_sources(&sources)?);
    row.unions = unions(&imported_document(&sources)?);
    for warning in &warnings {
        *row.warnings.entry(report::cause("warning", &warning.message)).or_default() += 1;
        row.any_value_unions += usize::from(is_lost_union(warning));
    }
    let accepted = blocked::generate(spec, &sources)?;
    row.generated = accepted.operations;
    for causes in accepted.blocked.values() {
        let names: BTreeSet<String> =
            causes.iter().map(|cause| report::cause(cause.rule, &cause.error.message)).collect();
        for name in names {
            *row.causes.entry(name).or_default() += 1;
        }
    }
    write_details(&accepted, &output.join(format!("{vendor}.blocked")))?;
    write_crate(vendor, &accepted, output)
}

/// The operations of a document with any method, also those that no client calls.
fn operations(document: &Value) -> usize {
    let items = document["paths"].as_object().into_iter().flatten();
    items
        .map(|(_, item)| ALL_METHODS.iter().filter(|method| item[**method].is_object()).count())
        .sum()
}

fn imported_document(sources: &[Source]) -> anyhow::Result<Value> {
    Ok(Spec::from_sources(sources)?.root)
}

/// How many schemas have several alternatives.
fn unions(document: &Value) -> usize {
    let mut found = 0;
    walk(document, "", &mut |value, pointer| {
        let is_schema = !pointer.contains("/example");
        let has = |key: &str| value[key].as_array().is_some_and(|list| list.len() > 1);
        found += usize::from(is_schema && (has("oneOf") || has("anyOf")));
    });
    found
}

/// Whether a warning states that a union is read as any value.
fn is_lost_union(warning: &Diagnostic) -> bool {
    let message = &warning.message;
    message.contains("any value")
        && ["alternative", "union", "oneOf", "anyOf"].iter().any(|word| message.contains(word))
}

/// Every cause with its place, for the person who corrects it.
fn write_details(accepted: &Accepted, path: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    for (operation, causes) in &accepted.blocked {
        text.push_str(&format!("{operation}\n"));
        let lines: BTreeSet<String> = causes
            .iter()
            .map(|cause| {
                let pointer = cause.error.pointer.as_deref().unwrap_or_default();
                format!("    {}: {} ({pointer})\n", cause.rule, cause.error.message)
            })
            .collect();
        text.extend(lines);
    }
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn write_crate(vendor: &str, accepted: &Accepted, output: &Path) -> anyhow::Result<()> {
    let mut files: BTreeMap<PathBuf, String> = skeleton::files(vendor, &workspace::root())
        .into_iter()
        .map(|(path, text)| (path.into(), text))
        .collect();
    let manifest = Path::new("Cargo.toml");
    if let Some(text) = files.get_mut(manifest) {
        *text = emit::with_features(text, &accepted.features).map_err(anyhow::Error::msg)?;
    }
    for file in &accepted.files {
        files.insert(file.path.clone(), file.text.clone());
    }
    let folder = output.join("crates").join(format!("{vendor}_sdk"));
    write(&folder, files.iter().filter_map(|(path, text)| Some((path.to_str()?, text.as_str()))))
}

/// Replaces a folder by these files.
fn write<'a>(folder: &Path, files: impl Iterator<Item = (&'a str, &'a str)>) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for (name, text) in files {
        let path = folder.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
