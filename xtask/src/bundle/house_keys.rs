//! The `x-` keys that only the generator understands. Keys that state facts about the API stay: `x-evidence`,
//! `x-sources`, `x-errors`, `x-prefix`, `x-idempotent`, `x-pagination` and those that nobody here defined.

use serde_json::{Map, Value, json};

use super::members::describe;

/// Keys that are instructions for the generator.
const REMOVED: [&str; 9] = [
    "x-aliases",
    "x-client-headers",
    "x-connection",
    "x-constructor",
    "x-envelope",
    "x-lenient",
    "x-rpc-params",
    "x-secret",
    "x-vendor",
];

/// Objects whose keys are chosen by the author, so that a key `x-...` in them is a name.
const MAPS: [&str; 14] = [
    "callbacks",
    "content",
    "encoding",
    "examples",
    "headers",
    "links",
    "mapping",
    "parameters",
    "paths",
    "properties",
    "requestBodies",
    "responses",
    "schemas",
    "variables",
];
/// Values that are not described by OpenAPI.
const VALUES: [&str; 5] = ["default", "enum", "example", "value", "x-sources"];

/// Replaces the keys in the whole document.
pub(super) fn replace(root: &mut Value) {
    object(root, false);
}

/// An object of OpenAPI, or a map of them.
fn object(value: &mut Value, is_map: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| object(item, is_map)),
        Value::Object(members) => {
            if !is_map {
                replace_in(members);
            }
            for (key, member) in members.iter_mut() {
                let is_value = !is_map && VALUES.contains(&key.as_str());
                if !is_value {
                    // A list of parameters is no map; an object under the same key is one.
                    let holds_map = MAPS.contains(&key.as_str()) && member.is_object();
                    object(member, !is_map && holds_map);
                }
            }
        }
        _ => {}
    }
}

fn replace_in(members: &mut Map<String, Value>) {
    // What is next to a reference, such as a description, would be ignored.
    let is_schema = |target: &str| target.starts_with("#/components/schemas/");
    if members.len() > 1 && members.get("$ref").and_then(Value::as_str).is_some_and(is_schema) {
        let reference = members.remove("$ref").unwrap_or_default();
        members.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
    if let Some(Value::Array(names)) = members.get("x-aliases") {
        let names: Vec<String> =
            names.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
        describe(members, " ", &format!("Responses may name it {}.", names.join(" or ")));
    }
    if members.get("x-lenient") == Some(&json!(true)) {
        describe(members, " ", "Responses may contain it as a number or as a string.");
    }
    if members.get("format") == Some(&json!("unix-ms")) {
        members.insert("format".to_owned(), "int64".into());
        let is_explained = members
            .get("description")
            .and_then(Value::as_str)
            .is_some_and(|description| description.contains("milliseconds"));
        if !is_explained {
            describe(members, " ", "In milliseconds since 1970-01-01 UTC.");
        }
    }
    // The generated types take the first form that fits, and so may the value fit several.
    if !members.contains_key("discriminator")
        && !members.contains_key("anyOf")
        && let Some(forms) = members.remove("oneOf")
    {
        members.insert("anyOf".to_owned(), forms);
    }
    // The name under which other generators know it.
    if let Some(names) = members.remove("x-enum-names") {
        members.insert("x-enum-varnames".to_owned(), names);
    }
    // Questions for `oneteg verify`.
    if let Some(evidence) = members.get_mut("x-evidence").and_then(Value::as_object_mut) {
        evidence.remove("probe");
    }
    members.retain(|key, _| !REMOVED.contains(&key.as_str()));
}
