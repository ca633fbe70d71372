//! Which file a path or a component belongs to: the file of its tag, or the common one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::COMMON_FILE;
use crate::{
    import::draft::{Draft, METHODS},
    spec::{self, INVENTORY_FILE, ROOT_FILE},
};

/// The groups of components that are divided among the files; the others stay in the root.
pub const DIVIDED: [&str; 6] =
    ["schemas", "parameters", "requestBodies", "responses", "headers", "examples"];

/// The paths and components of a file.
#[derive(Debug, Clone, Default)]
pub struct Part {
    pub paths: BTreeMap<String, Value>,
    pub components: BTreeMap<String, BTreeMap<String, Value>>,
}

/// The name of a tag's file.
pub fn file_of_tag(tag: &str) -> String {
    let name = format!("{tag}.yaml");
    if [ROOT_FILE, INVENTORY_FILE, COMMON_FILE].contains(&name.as_str()) {
        return format!("{tag}-operations.yaml");
    }
    name
}

/// Divides a document into files.
pub fn divide(draft: &Draft) -> BTreeMap<String, Part> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, item) in draft.document["paths"].as_object().into_iter().flatten() {
        let file = file_of_tag(tag_of_path(item));
        // A schema that a path uses is in use by the tag of the path's file, whatever its other operations are.
        reach(&draft.document, item, &file, &mut users);
        parts.entry(file).or_default().paths.insert(path.clone(), item.clone());
    }
    for group in DIVIDED {
        let named = draft.document["components"][group].as_object().into_iter().flatten();
        for (name, value) in named {
            let pointer = spec::child(&format!("#/components/{group}"), name);
            let file = match users.get(&pointer).map(BTreeSet::len) {
                Some(1) => {
                    users.get(&pointer).and_then(BTreeSet::first).cloned().unwrap_or_default()
                }
                _ => COMMON_FILE.to_owned(),
            };
            let components = &mut parts.entry(file).or_default().components;
            components.entry(group.to_owned()).or_default().insert(name.clone(), value.clone());
        }
    }
    parts
}

/// The tag of a path: that of its first operation.
fn tag_of_path(item: &Value) -> &str {
    METHODS.iter().find_map(|method| item.get(method)?["tags"][0].as_str()).unwrap_or("general")
}

/// Notes that a file uses the components that a value refers to, directly or indirectly.
fn reach(
    document: &Value,
    value: &Value,
    file: &str,
    users: &mut BTreeMap<String, BTreeSet<String>>,
) {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        spec::walk(value, "", &mut |value, _| {
            let Some(target) = value.get("$ref").and_then(Value::as_str) else { return };
            if users.entry(target.to_owned()).or_default().insert(file.to_owned())
                && let Some(found) = target.strip_prefix('#').and_then(|at| document.pointer(at))
            {
                pending.push(found);
            }
        });
    }
}
