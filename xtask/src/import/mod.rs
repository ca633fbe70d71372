//! Turns a vendor's file into a specification: reads it, converts it to OpenAPI 3.0.3, adds the house conventions, and
//! writes the files of `specs/<vendor>`.
//!
//! ```text
//! files ─> read ─> convert ─> conventions ─> write
//!          text    openapi2    ids, tags,     YAML, inventory, README
//!                  openapi31   evidence, ...
//! ```
//!
//! The document stays close to the vendor's words: what the generator can read differently is left to
//! [`normalise`](crate::normalise). Whatever is left out or guessed is in the [`Report`].

mod bundle;
pub mod conventions;
pub mod draft;
mod edit;
pub mod evidence;
pub mod examples;
pub mod folder;
mod formats;
pub mod har;
pub mod input;
mod insert;
mod join;
pub mod map;
pub mod names;
mod openapi2;
mod openapi31;
pub mod postman;
mod references;
mod render;
pub mod report;
mod schemas;
mod update;
pub mod write;

use std::{collections::BTreeMap, path::PathBuf};

pub use draft::{Draft, Origin};
pub use folder::Folder;
pub use formats::is_environment;
pub use names::Names;
pub use report::Report;

use serde_json::Value;

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    spec::{self, Source, Spec},
};

/// An imported API.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The files of the specification, by name.
    pub files: BTreeMap<String, String>,
    /// What was changed, left out and guessed.
    pub report: Report,
    /// The number of operations.
    pub operations: usize,
}

impl Imported {
    /// The files as the generator reads them.
    pub fn sources(&self, vendor: &str) -> Vec<Source> {
        Folder { files: self.files.clone() }.sources(vendor)
    }
}

/// Reads files of any format, and joins what they describe.
///
/// # Errors
/// [`Diagnostics`] with every file that cannot be read, and why.
pub fn read(files: &[PathBuf]) -> Result<Draft, Diagnostics> {
    let mut errors = Vec::new();
    let mut joined: Option<Draft> = None;
    let environments = formats::environments(files);
    for file in files.iter().filter(|file| files.len() == 1 || !is_environment(file)) {
        match formats::read(file, &environments) {
            Ok(draft) => match &mut joined {
                None => joined = Some(draft),
                Some(all) => join::join(all, draft),
            },
            Err(Diagnostics(found)) => errors.extend(found),
        }
    }
    match joined {
        Some(draft) if errors.is_empty() => Ok(draft),
        _ if errors.is_empty() => {
            Err(Diagnostics::one(Diagnostic::new("there is no file to import", None, "name one")))
        }
        _ => Err(Diagnostics(errors)),
    }
}

/// Imports files into a new specification.
///
/// # Errors
/// As [`read`].
pub fn import(vendor: &str, files: &[PathBuf]) -> Result<Imported, Diagnostics> {
    import_draft(vendor, read(files)?)
}

/// Imports what a reader made of files into a new specification.
///
/// # Errors
/// If the written files do not read as the draft, which is a fault of the import.
pub fn import_draft(vendor: &str, mut draft: Draft) -> Result<Imported, Diagnostics> {
    conventions::prepare(&mut draft, vendor);
    let names = first_names(vendor, &draft);
    conventions::apply(&mut draft, &names);
    let mut files = write::files(vendor, &draft);
    files.insert(map::FILE.to_owned(), render::map(&draft, &names).text());
    let operations = draft.operations().len();
    let imported = Imported { files, operations, report: draft.report };
    check(&imported.sources(vendor), &draft.document)?;
    Ok(imported)
}

/// Imports files into the specification in a folder, or into a new one if there is none.
///
/// # Errors
/// As [`read`], and if the specification in the folder cannot be read.
pub fn import_into(vendor: &str, draft: Draft, folder: &Folder) -> Result<Imported, Diagnostics> {
    if folder.is_empty() {
        let mut imported = import_draft(vendor, draft)?;
        // What a person has written already, such as a README, stays.
        imported.files.extend(folder.files.clone());
        return Ok(imported);
    }
    update::update(vendor, draft, folder)
}

/// The names of a first import: the sources `v1`, `v2` and so on, and nothing else.
fn first_names(vendor: &str, draft: &Draft) -> Names {
    let mut names = Names {
        vendor: vendor.to_owned(),
        confidence: "documented".to_owned(),
        ..Names::default()
    };
    for (index, Origin { name, format, hash }) in draft.origins.iter().enumerate() {
        let description = description(draft, name, format, hash);
        names.sources.push((format!("v{}", index + 1), description));
    }
    names
}

/// How a file is described among the sources.
fn description(draft: &Draft, name: &str, format: &str, hash: &str) -> String {
    let text = |key: &str| match &draft.document["info"][key] {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        _ => "API".to_owned(),
    };
    format!("{} {}: {name} ({format}, SHA-256 {hash})", text("title"), text("version"))
}

/// Reads the written files again: they must be the document.
fn check(sources: &[Source], document: &Value) -> Result<(), Diagnostics> {
    let spec = Spec::from_sources(sources)?;
    let mut expected = document.clone();
    if let Some(root) = expected.as_object_mut() {
        root.entry("components").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    match difference(&expected, &spec.root, "") {
        None => Ok(()),
        Some(pointer) => Err(Diagnostics::one(spec.diagnostic(
            &pointer,
            format!("`{pointer}` is not read as it was written"),
            "this is a fault of the import; report it with the value in the vendor's file",
        ))),
    }
}

/// The pointer of the first value that differs. Numbers that are equal, such as 1 and 1.0, do not.
fn difference(a: &Value, b: &Value, pointer: &str) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            names.into_iter().find_map(|name| match (a.get(name), b.get(name)) {
                (Some(a), Some(b)) => difference(a, b, &spec::child(pointer, name)),
                _ => Some(spec::child(pointer, name)),
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => (0..a.len())
            .find_map(|index| difference(&a[index], &b[index], &format!("{pointer}/{index}"))),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        (a, b) => (a != b).then(|| pointer.to_owned()),
    }
}
