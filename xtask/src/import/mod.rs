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
mod formats;
pub mod input;
pub mod names;
mod openapi2;
mod openapi31;
pub mod report;
mod schemas;
pub mod write;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use draft::{Draft, Origin};
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
        let folder = Path::new("specs").join(vendor);
        let is_part = |name: &String| name.ends_with(".yaml") && *name != spec::INVENTORY_FILE;
        self.files
            .iter()
            .filter(|(name, _)| is_part(name))
            .map(|(name, text)| Source { path: folder.join(name), text: text.clone() })
            .collect()
    }
}

/// Reads files of any format, and joins what they describe.
///
/// # Errors
/// [`Diagnostics`] with every file that cannot be read, and why.
pub fn read(files: &[PathBuf]) -> Result<Draft, Diagnostics> {
    let mut errors = Vec::new();
    let mut joined: Option<Draft> = None;
    for file in files {
        match formats::read(file) {
            Ok(draft) => match &mut joined {
                None => joined = Some(draft),
                Some(all) => formats::join(all, draft),
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

/// Imports what a reader made of files.
///
/// # Errors
/// If the written files do not read as the draft, which is a fault of the import.
pub fn import_draft(vendor: &str, mut draft: Draft) -> Result<Imported, Diagnostics> {
    let names = names_for(vendor, &draft);
    conventions::apply(&mut draft, &names);
    let operations = draft.operations().len();
    let imported =
        Imported { files: write::files(vendor, &draft), operations, report: draft.report };
    check(&imported.sources(vendor), &draft.document)?;
    Ok(imported)
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

/// The names of a first import: the sources `v1`, `v2` and so on, and nothing else.
fn names_for(vendor: &str, draft: &Draft) -> Names {
    let mut names = Names {
        vendor: vendor.to_owned(),
        confidence: "documented".to_owned(),
        ..Names::default()
    };
    let title = draft.document["info"]["title"].as_str().unwrap_or(vendor).replace('\n', " ");
    let version = match &draft.document["info"]["version"] {
        Value::String(version) => version.clone(),
        version => version.to_string(),
    };
    for (index, origin) in draft.origins.iter().enumerate() {
        let Origin { name, format, hash } = origin;
        names.sources.push((
            format!("v{}", index + 1),
            format!("{title} {version}: {name} ({format}, SHA-256 {hash})"),
        ));
    }
    names
}
