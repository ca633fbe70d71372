//! A vendor's specification: the YAML files of a folder, merged, with the place of every value.

mod load;
mod merge;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::diagnostic::{Diagnostic, Diagnostics, Place};

/// The file that holds what belongs to no tag.
pub const ROOT: &str = "openapi.yaml";
/// The list of known operations, which is not part of the specification.
pub const INVENTORY: &str = "inventory.yaml";

/// One source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path, relative to the workspace.
    pub path: PathBuf,
    /// The content.
    pub text: String,
}

/// A merged specification.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The merged document.
    pub root: Value,
    places: BTreeMap<String, Place>,
}

impl Spec {
    /// Reads the specification in a folder of the workspace.
    ///
    /// # Errors
    /// [`Diagnostics`] naming every file that cannot be read, parsed or merged.
    pub fn read(workspace: &Path, folder: &Path) -> Result<(Self, Vec<Source>), Diagnostics> {
        let sources = load::sources(workspace, folder)?;
        Ok((Self::from_sources(&sources)?, sources))
    }

    /// Parses and merges source files; the one called `openapi.yaml` is the root.
    ///
    /// # Errors
    /// As [`Spec::read`].
    pub fn from_sources(sources: &[Source]) -> Result<Self, Diagnostics> {
        merge::merge(sources)
    }

    /// The place of a JSON pointer, or of its nearest parent that has one.
    pub fn place(&self, pointer: &str) -> Option<Place> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                return Some(place.clone());
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// A fault at a JSON pointer.
    pub fn fault(
        &self,
        pointer: &str,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(message, self.place(pointer), cure)
    }

    /// The keys of an object in the order they are written in.
    pub fn keys(&self, pointer: &str) -> Vec<String> {
        let Some(Value::Object(members)) = self.root.pointer(pointer) else { return Vec::new() };
        let mut keys: Vec<&String> = members.keys().collect();
        keys.sort_by_key(|key| self.place(&child(pointer, key)));
        keys.into_iter().cloned().collect()
    }
}

/// Parses a YAML file that is not part of a specification.
///
/// # Errors
/// [`Diagnostics`] with every fault of the file.
pub fn parse_yaml(source: &Source) -> Result<Value, Diagnostics> {
    load::parse(source).map(|parsed| parsed.value)
}

/// A JSON pointer one member deeper (RFC 6901).
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Walks every value below a pointer, parents first.
pub fn walk<'a>(value: &'a Value, pointer: &str, visit: &mut dyn FnMut(&'a Value, &str)) {
    visit(value, pointer);
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                walk(member, &child(pointer, key), visit);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{pointer}/{index}"), visit);
            }
        }
        _ => {}
    }
}
