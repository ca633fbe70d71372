//! The text of an operation or a component, as it is written into a file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    draft::{Draft, Order, operation_place},
    map::{self, Item, Map},
    names::Names,
    write::{
        division::DIVIDED,
        yaml::{self, Style},
    },
};

/// The indentation of operations below their path, and of components below their group.
pub const INDENT: usize = 4;

/// The sections of the root that an update compares.
pub const ROOT: [&str; 2] = ["servers", "security"];
/// The group of the security schemes, which are in the root file.
pub const SCHEMES: &str = "securitySchemes";

/// The hashes of these sections.
pub fn root_hashes(document: &Value) -> BTreeMap<String, String> {
    ROOT.iter().map(|key| ((*key).to_owned(), map::hash(&document[*key].to_string()))).collect()
}

/// An operation below its path.
pub fn operation(method: &str, operation: &Value, indent: usize, order: &Order) -> String {
    yaml::member(method, operation, Style::Object, indent, order)
}

/// A component below its group.
pub fn component(name: &str, value: &Value, indent: usize, order: &Order) -> String {
    yaml::member(name, value, Style::Names, indent, order)
}

/// The map of a draft whose every operation and component was written.
pub fn map(draft: &Draft, names: &Names) -> Map {
    let source = names.sources.first().map(|(key, _)| key.clone()).unwrap_or_default();
    let mut map = Map {
        sources: names.sources.iter().cloned().collect(),
        tags: draft.chosen.tags.clone(),
        root: root_hashes(&draft.document),
        ..Map::default()
    };
    for (path, method) in draft.operations() {
        let place = operation_place(&path, &method);
        let value = &draft.document["paths"][&path][&method];
        let item = Item {
            name: value["operationId"].as_str().unwrap_or_default().to_owned(),
            seen: draft.seen.get(&place).cloned().unwrap_or_default(),
            written: map::hash(&operation(&method, value, INDENT, &draft.order)),
            source: source.clone(),
            members: Vec::new(),
        };
        map.operations.insert(place, item);
    }
    for group in DIVIDED.into_iter().chain([SCHEMES]) {
        for (name, value) in draft.document["components"][group].as_object().into_iter().flatten() {
            let (key, item) = component_item(draft, group, name, value, &source);
            map.components.insert(key, item);
        }
    }
    map
}

/// The key and the item of a component that is written from a draft.
pub fn component_item(
    draft: &Draft,
    group: &str,
    name: &str,
    value: &Value,
    source: &str,
) -> (String, Item) {
    let key = component_key(draft, group, name);
    let members = value["properties"].as_object().into_iter().flatten();
    let item = Item {
        name: name.to_owned(),
        seen: draft.seen.get(&key).cloned().unwrap_or_default(),
        written: map::hash(&component(name, value, INDENT, &draft.order)),
        source: source.to_owned(),
        members: members.map(|(name, _)| name.clone()).collect(),
    };
    (key, item)
}

/// `group/name` with the vendor's name of a component.
pub fn component_key(draft: &Draft, group: &str, name: &str) -> String {
    let vendors = draft.chosen.components.get(&format!("{group}/{name}"));
    format!("{group}/{}", vendors.map_or(name, String::as_str))
}
