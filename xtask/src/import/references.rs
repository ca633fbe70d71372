//! References to components that have other names now.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::draft::each_value;

/// Follows components that were renamed. Both names are references, such as `#/components/schemas/Asset`.
pub fn rename(document: &mut Value, moved: &BTreeMap<String, String>) {
    if moved.is_empty() {
        return;
    }
    each_value(document, &mut |value| {
        let Some(members) = value.as_object_mut() else { return };
        for key in ["$ref", "operationRef"] {
            let Some(Value::String(target)) = members.get(key) else { continue };
            if let Some(to) = new_target(target, moved) {
                members.insert(key.to_owned(), json!(to));
            }
        }
        let mapping = members.get_mut("mapping").and_then(Value::as_object_mut);
        for target in mapping.into_iter().flat_map(Map::values_mut) {
            // A mapping may give the bare name of a schema.
            let full = target.as_str().map(|target| match target.contains('/') {
                true => target.to_owned(),
                false => format!("#/components/schemas/{target}"),
            });
            if let Some(to) = full.and_then(|full| new_target(&full, moved)) {
                *target = json!(to);
            }
        }
    });
}

fn new_target(target: &str, moved: &BTreeMap<String, String>) -> Option<String> {
    if let Some(to) = moved.get(target) {
        return Some(to.clone());
    }
    // A reference into a component.
    let mut parts = target.splitn(5, '/');
    let component: Vec<&str> = parts.by_ref().take(4).collect();
    let rest = parts.next()?;
    moved.get(&component.join("/")).map(|to| format!("{to}/{rest}"))
}
