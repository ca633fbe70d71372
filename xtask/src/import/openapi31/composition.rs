//! Alternatives that are `null`, and keys next to a reference.

use serde_json::{Map, Value, json};

use crate::import::report::Report;

/// Keys that describe a schema and do not restrict it.
const ANNOTATIONS: [&str; 10] = [
    "description",
    "title",
    "nullable",
    "deprecated",
    "readOnly",
    "writeOnly",
    "example",
    "examples",
    "default",
    "externalDocs",
];

/// `anyOf: [X, null]` becomes a nullable X.
pub fn null_alternatives(schema: &mut Map<String, Value>, _: &str, _: &mut Report) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(list)) = schema.get(key) else { continue };
        let mut rest: Vec<Value> = list.iter().filter(|part| !is_null(part)).cloned().collect();
        if rest.len() == list.len() {
            continue;
        }
        schema.insert("nullable".to_owned(), json!(true));
        match (rest.len(), rest.pop()) {
            (1, Some(only)) => {
                schema.remove(key);
                absorb(schema, only);
            }
            (_, Some(last)) => {
                rest.push(last);
                schema.insert(key.to_owned(), Value::Array(rest));
            }
            (_, None) => {
                schema.remove(key);
            }
        }
    }
}

/// Whether a schema accepts `null` only. Inner schemas are rewritten first, so `type: "null"` is nullable any value then.
fn is_null(schema: &Value) -> bool {
    let Some(members) = schema.as_object() else { return false };
    let rest = members.keys().filter(|key| !ANNOTATIONS.contains(&key.as_str())).count();
    members.get("nullable").is_some_and(|flag| *flag == true) && rest == 0
}

/// Makes a schema what its only alternative is.
fn absorb(schema: &mut Map<String, Value>, only: Value) {
    let Value::Object(only) = only else { return };
    let has_own =
        schema.keys().any(|key| !ANNOTATIONS.contains(&key.as_str()) && !key.starts_with("x-"));
    if only.contains_key("$ref") || has_own {
        let all = schema.entry("allOf").or_insert_with(|| json!([]));
        if let Some(all) = all.as_array_mut() {
            all.push(Value::Object(only));
        }
        return;
    }
    for (key, value) in only {
        schema.entry(key).or_insert(value);
    }
}

/// In 3.1, keys next to a reference count: the reference becomes a part of an `allOf`.
pub fn reference_siblings(schema: &mut Map<String, Value>) {
    let is_plain = |key: &String| matches!(key.as_str(), "$ref" | "description" | "nullable");
    if !schema.get("$ref").is_some_and(Value::is_string) || schema.keys().all(is_plain) {
        return;
    }
    let Some(target) = schema.remove("$ref") else { return };
    let mut parts = vec![json!({ "$ref": target })];
    if let Some(Value::Array(own)) = schema.remove("allOf") {
        parts.extend(own);
    }
    let structural: Vec<String> = schema
        .keys()
        .filter(|key| !ANNOTATIONS.contains(&key.as_str()) && !key.starts_with("x-"))
        .cloned()
        .collect();
    if !structural.is_empty() {
        let own: Map<String, Value> =
            structural.into_iter().filter_map(|key| schema.remove_entry(&key)).collect();
        parts.push(Value::Object(own));
    }
    schema.insert("allOf".to_owned(), Value::Array(parts));
}
