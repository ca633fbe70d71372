//! The files of a specification that exists already, and the places of their values.

use std::{collections::BTreeMap, fs, path::Path, rc::Rc};

use serde_json::{Value, json};

use super::{
    edit::Text,
    map::{self, Map},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    spec::{self, BESIDE, INVENTORY_FILE, Parsed, ROOT_FILES, Source, Spec},
};

/// The folder of a vendor's specification.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The contents of its files, by name.
    pub files: BTreeMap<String, String>,
}

/// A folder with the values of its files.
#[derive(Debug)]
pub struct Existing {
    /// The merged document.
    pub document: Value,
    /// The files of the specification, by name.
    pub parts: BTreeMap<String, Part>,
    pub map: Map,
    /// The name of the root file.
    pub root: String,
}

/// A file of the specification.
#[derive(Debug, Clone)]
pub struct Part {
    text: String,
    pub parsed: Rc<Parsed>,
}

impl Folder {
    /// Reads a folder; one that does not exist is empty.
    ///
    /// # Errors
    /// [`Diagnostics`] if a file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Diagnostics> {
        let mut files = BTreeMap::new();
        let Ok(entries) = fs::read_dir(path) else { return Ok(Self::default()) };
        for entry in entries.filter_map(Result::ok) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !entry.path().is_file() {
                continue;
            }
            let text = fs::read_to_string(entry.path()).map_err(|error| {
                Diagnostics::one(Diagnostic::new(
                    format!("{} cannot be read: {error}", entry.path().display()),
                    None,
                    "a specification has text files only; move the others elsewhere",
                ))
            })?;
            files.insert(name, text);
        }
        Ok(Self { files })
    }

    /// Whether there is no specification.
    pub fn is_empty(&self) -> bool {
        !ROOT_FILES.iter().any(|root| self.files.contains_key(*root))
    }

    /// The files of the specification, with their paths below `specs`.
    pub fn sources(&self, vendor: &str) -> Vec<Source> {
        let folder = Path::new("specs").join(vendor);
        let is_part = |name: &str| {
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            matches!(extension, "yaml" | "yml" | "json")
                && !stem.contains('.')
                && !BESIDE.contains(&name)
                && name != INVENTORY_FILE
        };
        self.files
            .iter()
            .filter(|(name, _)| is_part(name))
            .map(|(name, text)| Source { path: folder.join(name), text: text.clone() })
            .collect()
    }

    /// Reads the values of the files.
    ///
    /// # Errors
    /// [`Diagnostics`] if the specification in the folder cannot be read.
    pub fn existing(&self, vendor: &str) -> Result<Existing, Diagnostics> {
        // The files must fit together. Later steps read only those that have changed.
        Spec::from_sources(&self.sources(vendor))?;
        self.read_again(vendor, &BTreeMap::new())
    }

    /// Reads the values of the files; those that are as they were before are not parsed again.
    ///
    /// # Errors
    /// [`Diagnostics`] if a file cannot be parsed.
    pub fn read_again(
        &self,
        vendor: &str,
        before: &BTreeMap<String, Part>,
    ) -> Result<Existing, Diagnostics> {
        let mut parts: BTreeMap<String, Part> = BTreeMap::new();
        for source in self.sources(vendor) {
            let name = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let part = match before.get(&name).filter(|part| part.text == source.text) {
                Some(part) => part.clone(),
                None => {
                    let parsed = Rc::new(spec::parse(&source)?);
                    Part { text: source.text, parsed }
                }
            };
            parts.insert(name, part);
        }
        let map = match self.files.get(map::FILE) {
            None => Map::default(),
            Some(text) => {
                let path = Path::new("specs").join(vendor).join(map::FILE);
                Map::read(&Source { path, text: text.clone() })?
            }
        };
        let root = ROOT_FILES.iter().find(|root| self.files.contains_key(**root));
        let root = root.map_or("", |root| root).to_owned();
        Ok(Existing { document: merged(&parts, &root), parts, map, root })
    }
}

impl Existing {
    /// The contents of all files, to be edited. `folder` is what was read.
    pub fn texts<'a>(&'a self, folder: &'a Folder) -> BTreeMap<String, Text<'a>> {
        self.parts
            .iter()
            .filter_map(|(name, part)| {
                Some((name.clone(), Text::new(folder.files.get(name)?, &part.parsed)))
            })
            .collect()
    }

    /// The file that has a value at a pointer.
    pub fn file_of(&self, pointer: &str) -> Option<String> {
        self.parts
            .iter()
            .find(|(_, part)| part.parsed.value.pointer(pointer).is_some())
            .map(|(name, _)| name.clone())
    }
}

/// The document of files that fit together.
fn merged(parts: &BTreeMap<String, Part>, root: &str) -> Value {
    let mut document = parts.get(root).map_or_else(|| json!({}), |part| part.parsed.value.clone());
    let add = |to: &mut Value, key: &str, members: &Value| {
        if !to[key].is_object() {
            to[key] = json!({});
        }
        for (name, value) in members.as_object().into_iter().flatten() {
            to[key][name] = value.clone();
        }
    };
    for part in parts.iter().filter(|(name, _)| *name != root).map(|(_, part)| &part.parsed.value) {
        add(&mut document, "paths", &part["paths"]);
        for (group, named) in part["components"].as_object().into_iter().flatten() {
            if !document["components"].is_object() {
                document["components"] = json!({});
            }
            add(&mut document["components"], group, named);
        }
    }
    document
}
