//! The map of a folder, `import.map.yaml`: which operation and which component of the vendor's file became which of the
//! specification, and what was written for it.
//!
//! With it, a later import distinguishes what the vendor changed from what was edited in the folder.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map as Object, Value, json};
use sha2::{Digest, Sha256};

use super::{
    draft::Order,
    write::yaml::{self, Style},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, Location},
    spec::{self, Source},
};

/// The name of the file. A second dot keeps it out of the specification.
pub const FILE: &str = "import.map.yaml";

/// What became of an operation or a component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Its name in the specification.
    pub name: String,
    /// The hash of what the vendor wrote.
    pub seen: String,
    /// The hash of the text that was written for it here.
    pub written: String,
    /// The key of the source that it was last seen in.
    pub source: String,
    /// The members that it had, if it is a schema.
    pub members: Vec<String>,
}

/// The map of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Map {
    /// The description of each source, as it was written, by key.
    pub sources: BTreeMap<String, String>,
    /// Hashes of sections of the root, as they were imported.
    pub root: BTreeMap<String, String>,
    /// Operations by method and path.
    pub operations: BTreeMap<String, Item>,
    /// Tags by the vendor's tag.
    pub tags: BTreeMap<String, String>,
    /// Components by `group/name`, the name being the vendor's.
    pub components: BTreeMap<String, Item>,
}

impl Map {
    /// Reads the map.
    ///
    /// # Errors
    /// [`Diagnostics`] if it is not valid YAML, or not a map.
    pub fn read(source: &Source) -> Result<Self, Diagnostics> {
        let value = spec::parse_yaml(source)?;
        if !value.is_object() {
            let location = Location { file: source.path.clone(), line: 1, column: 1 };
            return Err(Diagnostics::one(Diagnostic::new(
                "the map of the import is not a mapping",
                Some(location),
                "restore the committed file",
            )));
        }
        let strings = |key: &str| -> BTreeMap<String, String> {
            let members = value[key].as_object().into_iter().flatten();
            members
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                .collect()
        };
        let items = |key: &str| -> BTreeMap<String, Item> {
            let members = value[key].as_object().into_iter().flatten();
            members.map(|(key, value)| (key.clone(), item(value))).collect()
        };
        Ok(Self {
            sources: strings("sources"),
            root: strings("root"),
            operations: items("operations"),
            tags: strings("tags"),
            components: items("components"),
        })
    }

    /// The content of the file.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "# Written by `cargo xtask import`: what became of the operations and components of the vendor's file.\n",
        );
        let order = Order::default();
        let mut section = |name: &str, members: Vec<(&String, Value)>| {
            if members.is_empty() {
                return;
            }
            let _ = writeln!(text, "{name}:");
            for (key, value) in members {
                let value = yaml::flow(&value, Style::Data, &order);
                let _ = writeln!(text, "  {}: {value}", yaml::key(key));
            }
        };
        let strings = |map: &BTreeMap<String, String>| -> Vec<(String, Value)> {
            map.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
        };
        let items = |map: &BTreeMap<String, Item>| -> Vec<(String, Value)> {
            map.iter().map(|(key, item)| (key.clone(), to_value(item))).collect()
        };
        for (name, members) in [
            ("sources", strings(&self.sources)),
            ("root", strings(&self.root)),
            ("tags", strings(&self.tags)),
            ("operations", items(&self.operations)),
            ("components", items(&self.components)),
        ] {
            section(name, members.iter().map(|(key, value)| (key, value.clone())).collect());
        }
        text
    }
}

fn item(value: &Value) -> Item {
    let string = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let members = value["members"].as_array().into_iter().flatten();
    Item {
        name: string("name"),
        seen: string("seen"),
        written: string("written"),
        source: string("source"),
        members: members.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
    }
}

fn to_value(item: &Item) -> Value {
    let mut object = Object::new();
    object.insert("name".to_owned(), json!(item.name));
    object.insert("seen".to_owned(), json!(item.seen));
    object.insert("written".to_owned(), json!(item.written));
    object.insert("source".to_owned(), json!(item.source));
    if !item.members.is_empty() {
        object.insert("members".to_owned(), json!(item.members));
    }
    Value::Object(object)
}

/// The hash of what is written: twelve hexadecimal digits. Empty lines at its end do not count.
pub fn hash(text: &str) -> String {
    let mut digits = String::from("h");
    for byte in Sha256::digest(text.trim_end()).iter().take(6) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
