//! What every reader makes of a vendor's file, and every later step works on.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::report::Report;
use crate::diagnostic::Location;

/// An API that is being imported: OpenAPI 3.0.3, with the report of what happened to it on the way.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The document.
    pub document: Value,
    /// What was changed, left out or guessed so far.
    pub report: Report,
    /// The order of the members of objects, as the vendor wrote them.
    pub order: Order,
    /// The files that were read.
    pub origins: Vec<Origin>,
    /// Operations that are known but not described: the name, and the reason.
    pub left_out: Vec<(String, String)>,
    /// What the names of the vendor became.
    pub chosen: Chosen,
    /// Hashes of what the vendor wrote, before names were changed: operations by method and path, components by
    /// `group/name`.
    pub seen: BTreeMap<String, String>,
    /// Where the vendor's files refer to what does not exist, by the reference.
    pub dangling: BTreeMap<String, Location>,
}

/// What the names of the vendor became.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// The tag by the vendor's tag.
    pub tags: BTreeMap<String, String>,
    /// The vendor's name of a component by `group/name`, the name being ours.
    pub components: BTreeMap<String, String>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The name of the file, without its folder.
    pub name: String,
    /// The format, such as `OpenAPI 3.1`.
    pub format: String,
    /// The first twelve hexadecimal digits of the SHA-256 of its content.
    pub hash: String,
}

/// The order of the members of objects, which JSON values do not keep.
#[derive(Debug, Clone, Default)]
pub struct Order {
    by_names: BTreeMap<Vec<String>, Vec<String>>,
}

impl Order {
    /// Remembers the order of an object. Of two objects with the same names, the first one counts.
    pub fn learn(&mut self, names: &[String]) {
        let mut sorted = names.to_vec();
        sorted.sort();
        if sorted != names {
            self.by_names.entry(sorted).or_insert_with(|| names.to_vec());
        }
    }

    /// Adds what another one knows.
    pub fn extend(&mut self, other: Self) {
        for (sorted, names) in other.by_names {
            self.by_names.entry(sorted).or_insert(names);
        }
    }

    /// The names of an object in the order of the vendor; alphabetically if that is not known.
    pub fn keys<'a>(&self, members: &'a Map<String, Value>) -> Vec<&'a String> {
        let mut keys: Vec<&String> = members.keys().collect();
        let sorted: Vec<String> = keys.iter().map(|key| (*key).clone()).collect();
        if let Some(names) = self.by_names.get(&sorted) {
            keys.sort_by_key(|key| names.iter().position(|name| name == *key));
        }
        keys
    }
}

/// The methods that a path can have.
pub const METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl Draft {
    /// An empty API.
    pub fn new(document: Value) -> Self {
        Self { document, ..Self::default() }
    }

    /// The methods and paths of all operations, in the order of the document.
    pub fn operations(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (path, item) in self.document["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                if item.get(method).is_some_and(Value::is_object) {
                    all.push((path.clone(), method.to_owned()));
                }
            }
        }
        all
    }

    /// An operation.
    pub fn operation(&mut self, path: &str, method: &str) -> Option<&mut Map<String, Value>> {
        self.document.get_mut("paths")?.get_mut(path)?.get_mut(method)?.as_object_mut()
    }

    /// The object at a key of the root; an empty one is added where there is none.
    pub fn section(&mut self, key: &str) -> &mut Map<String, Value> {
        if !self.document.is_object() {
            self.document = json!({});
        }
        object(&mut self.document[key])
    }

    /// A group of components, such as `schemas`.
    pub fn components(&mut self, group: &str) -> &mut Map<String, Value> {
        let components = self.section("components");
        object(components.entry(group).or_insert(Value::Null))
    }
}

/// The value as an object; anything else is replaced by an empty one.
#[allow(clippy::missing_panics_doc, clippy::unreachable)]
fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(members) => members,
        _ => unreachable!("it was just made an object"),
    }
}

/// Visits a value and all values in it, parents first, and may change them.
pub fn each_value(value: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    visit(value);
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| each_value(member, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_value(item, visit)),
        _ => {}
    }
}

/// How a place of the document is named in reports: `GET /assets`, `components.schemas.Asset`.
pub fn operation_place(path: &str, method: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}
