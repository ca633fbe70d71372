//! A vendor's specification: the merged files of a folder, YAML or JSON, and the location of every value.

mod json;
mod load;
mod merge;
mod parsed;
mod yaml;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use parsed::Parsed;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Diagnostics, Location};

/// The root file of a specification: everything but the paths and components of tags.
pub const ROOT_FILE: &str = "openapi.yaml";
/// The names that the root file may have.
pub const ROOT_FILES: [&str; 3] = [ROOT_FILE, "openapi.yml", "openapi.json"];
/// The list of the operations that are known to exist; not a part of the specification.
pub const INVENTORY_FILE: &str = "inventory.yaml";
/// The specification in one file for other tools; written by `cargo xtask bundle`, and not a part of the specification.
pub const BUNDLE_FILE: &str = "bundle.json";
/// The files of the folder that other commands read or write; not a part of the specification. Nor are files whose name
/// has a second dot, such as `import.map.yaml`: tags have none.
pub const BESIDE: [&str; 2] = [INVENTORY_FILE, BUNDLE_FILE];

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path, relative to the workspace.
    pub path: PathBuf,
    /// The content of the file.
    pub text: String,
}

/// A merged specification.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The merged document.
    pub root: Value,
    /// The name of the folder, which is the name of the vendor; empty if it is not known.
    pub vendor: String,
    locations: BTreeMap<String, Location>,
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

    /// Reads the files of a specification without parsing them.
    ///
    /// # Errors
    /// [`Diagnostics`] naming the file that cannot be read.
    pub fn sources(workspace: &Path, folder: &Path) -> Result<Vec<Source>, Diagnostics> {
        load::sources(workspace, folder)
    }

    /// Parses and merges source files, of which one must be `openapi.yaml`, or `.yml`, or `.json`.
    ///
    /// # Errors
    /// As [`Spec::read`].
    pub fn from_sources(sources: &[Source]) -> Result<Self, Diagnostics> {
        merge::merge(sources)
    }

    /// The location of the value at a JSON pointer, or of the nearest value around it.
    pub fn location(&self, pointer: &str) -> Option<Location> {
        let mut pointer = pointer;
        loop {
            if let Some(location) = self.locations.get(pointer) {
                return Some(location.clone());
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }

    /// Gives the value at a JSON pointer, which was moved or made, the location of the value at another.
    pub fn set_location(&mut self, pointer: &str, origin: &str) {
        if let Some(location) = self.location(origin) {
            self.locations.insert(pointer.to_owned(), location);
        }
    }

    /// Gives everything at and below a JSON pointer the locations of what was at another, from where it was moved.
    pub fn move_locations(&mut self, from: &str, to: &str) {
        let moved = self.locations_at(from);
        for (pointer, _) in &moved {
            self.locations.remove(pointer);
        }
        self.insert_locations(moved, from, to);
    }

    /// Gives everything at and below a JSON pointer the locations of what is at another, of which it is a copy.
    pub fn copy_locations(&mut self, from: &str, to: &str) {
        let copied = self.locations_at(from);
        self.insert_locations(copied, from, to);
    }

    fn locations_at(&self, pointer: &str) -> Vec<(String, Location)> {
        let inside = format!("{pointer}/");
        let below = self.locations.range(inside.clone()..);
        let below = below.take_while(|(pointer, _)| pointer.starts_with(&inside));
        let own = self.locations.get_key_value(pointer);
        own.into_iter().chain(below).map(|(p, location)| (p.clone(), location.clone())).collect()
    }

    fn insert_locations(&mut self, all: Vec<(String, Location)>, from: &str, to: &str) {
        let at = |pointer: &str| format!("{to}{}", &pointer[from.len()..]);
        self.locations.extend(all.into_iter().map(|(pointer, location)| (at(&pointer), location)));
    }

    /// An error at a JSON pointer.
    pub fn diagnostic(
        &self,
        pointer: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(message, self.location(pointer), help).at(pointer)
    }

    /// The keys of the object at a JSON pointer, in the order in which they are written.
    pub fn keys(&self, pointer: &str) -> Vec<String> {
        let Some(Value::Object(members)) = self.root.pointer(pointer) else { return Vec::new() };
        let mut keys: Vec<&String> = members.keys().collect();
        keys.sort_by_key(|key| self.location(&child(pointer, key)));
        keys.into_iter().cloned().collect()
    }
}

/// Parses a file, YAML or JSON, that is not part of a specification.
///
/// # Errors
/// [`Diagnostics`] with every error of the file.
pub fn parse_yaml(source: &Source) -> Result<Value, Diagnostics> {
    load::parse(source).map(|parsed| parsed.value)
}

/// Parses a file, YAML or JSON, with the location of every value.
///
/// # Errors
/// [`Diagnostics`] with every error of the file.
pub fn parse(source: &Source) -> Result<Parsed, Diagnostics> {
    load::parse(source)
}

/// The JSON pointer (RFC 6901) of a member.
pub fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Visits a value and all values in it, parents first, with their JSON pointers.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.to_owned() }
    }

    #[test]
    fn values_have_the_location_of_their_key_and_file() {
        let root = source(ROOT_FILE, "openapi: 3.0.3\npaths:\n  /a: {}\n");
        let part =
            source("part.yaml", "# A comment.\npaths:\n  /a/b:\n    get:\n      tags: [x]\n");
        let spec = Spec::from_sources(&[root, part]).unwrap();
        let shown = |pointer: &str| spec.location(pointer).unwrap().to_string();
        assert_eq!(shown("/paths/~1a"), "openapi.yaml:3:3");
        assert_eq!(shown("/paths/~1a~1b/get"), "part.yaml:4:5");
        assert_eq!(shown("/paths/~1a~1b/get/tags/0"), "part.yaml:5:14");
        assert_eq!(shown("/paths/~1a~1b/get/missing/deeper"), "part.yaml:4:5");
    }

    #[test]
    fn a_name_that_is_defined_twice_has_both_locations() {
        let root = source(ROOT_FILE, "components:\n  schemas:\n    A: {}\n");
        let part = source("part.yaml", "components:\n  schemas:\n    A: {}\n    B: {}\n");
        let error = Spec::from_sources(&[part, root]).unwrap_err().to_string();
        assert!(error.contains("the schema `A` is defined twice\n  --> part.yaml:3:5"), "{error}");
        assert!(error.contains("first defined at --> openapi.yaml:3:5"), "{error}");
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(child("/paths", "/a~b/{c}"), "/paths/~1a~0b~1{c}");
        let document = serde_json::json!({ "a": [{ "b/c": 1 }] });
        let mut pointers = Vec::new();
        walk(&document, "", &mut |_, pointer| pointers.push(pointer.to_owned()));
        assert_eq!(pointers, ["", "/a", "/a/0", "/a/0/b~1c"]);
        assert!(pointers.iter().all(|pointer| document.pointer(pointer).is_some()));
    }
}
