//! Reads files: their values, the order of their members, and the location of every value.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::draft::Order;
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Location},
    spec::{self, Source, child},
};

/// A file that was read.
#[derive(Debug)]
pub struct Input {
    pub path: PathBuf,
    pub value: Value,
    pub locations: BTreeMap<String, Location>,
    /// The first twelve hexadecimal digits of the SHA-256 of its content.
    pub hash: String,
}

impl Input {
    /// Reads a file, and learns the order of its members.
    ///
    /// # Errors
    /// If it cannot be read, or is neither JSON nor YAML.
    pub fn read(path: &Path, order: &mut Order) -> Result<Self, Diagnostics> {
        let bytes = fs::read(path).map_err(|error| {
            Diagnostics::one(Diagnostic::new(
                format!("{} cannot be read: {error}", path.display()),
                None,
                "check the path; of a folder, import the root file",
            ))
        })?;
        let hash = hash(&bytes);
        let Ok(text) = String::from_utf8(bytes) else {
            let help = "convert it to UTF-8; an archive must be unpacked first";
            return Err(refused(path, "the file is not UTF-8", help));
        };
        if text.trim().is_empty() {
            return Err(refused(path, "the file is empty", "get it again"));
        }
        let parsed = spec::parse(&Source { path: path.to_owned(), text })?;
        learn(&parsed.value, "", &parsed.locations, order);
        Ok(Self { path: path.to_owned(), value: parsed.value, locations: parsed.locations, hash })
    }

    /// An error at the first line.
    pub fn refused(&self, message: impl Into<String>, help: &str) -> Diagnostics {
        refused(&self.path, message, help)
    }

    /// The name of the file, without its folder.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

fn refused(path: &Path, message: impl Into<String>, help: &str) -> Diagnostics {
    let location = Location { file: path.to_owned(), line: 1, column: 1 };
    Diagnostics::one(Diagnostic::new(message, Some(location), help))
}

/// Learns the order of the members of all objects from their locations.
fn learn(value: &Value, at: &str, locations: &BTreeMap<String, Location>, order: &mut Order) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<(&String, String)> =
                members.keys().map(|name| (name, child(at, name))).collect();
            names.sort_by_key(|(_, pointer)| locations.get(pointer));
            let sorted: Vec<String> = names.iter().map(|(name, _)| (*name).clone()).collect();
            order.learn(&sorted);
            for (name, pointer) in names {
                learn(&members[name], &pointer, locations, order);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                learn(item, &format!("{at}/{index}"), locations, order);
            }
        }
        _ => {}
    }
}

fn hash(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes).iter().take(6) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
