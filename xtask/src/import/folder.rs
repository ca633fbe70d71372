//! The files of a specification that exists already, and the places of their values.

use std::{collections::BTreeMap, fs, path::Path};

use super::map::{self, Map};
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
    pub spec: Spec,
    /// The files of the specification, by name.
    pub parts: BTreeMap<String, Parsed>,
    pub map: Map,
    /// The name of the root file.
    pub root: String,
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
        let sources = self.sources(vendor);
        let spec = Spec::from_sources(&sources)?;
        let mut parts = BTreeMap::new();
        for source in &sources {
            let name = source.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            parts.insert(name, spec::parse(source)?);
        }
        let map = match self.files.get(map::FILE) {
            None => Map::default(),
            Some(text) => {
                let path = Path::new("specs").join(vendor).join(map::FILE);
                Map::read(&Source { path, text: text.clone() })?
            }
        };
        let root = ROOT_FILES.iter().find(|root| self.files.contains_key(**root));
        Ok(Existing { spec, parts, map, root: root.map_or("", |root| root).to_owned() })
    }
}
