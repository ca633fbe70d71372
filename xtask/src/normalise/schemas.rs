//! The schemas of a document, and what the rules ask about one.

use serde_json::{Map, Value, json};

use super::Draft;
use crate::{model::resolve, spec::child};

/// The lists of parts or alternatives of a schema.
pub(super) const COMPOSITIONS: [&str; 3] = ["allOf", "oneOf", "anyOf"];
/// A cyclic composition must end somewhere.
pub(super) const MAX_DEPTH: usize = 12;

/// The pointers of all schemas, outer ones first.
pub(super) fn pointers(root: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for (name, schema) in root["components"]["schemas"].as_object().into_iter().flatten() {
        inside(schema, child("/components/schemas", name), &mut all);
    }
    for group in ["parameters", "requestBodies", "responses", "headers"] {
        outside(&root["components"][group], &child("/components", group), &mut all);
    }
    outside(&root["paths"], "/paths", &mut all);
    all
}

/// Looks for the schemas of parameters, bodies and responses.
fn outside(value: &Value, pointer: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match key.as_str() {
                    "schema" => inside(member, child(pointer, key), all),
                    "example" | "examples" => {}
                    _ => outside(member, &child(pointer, key), all),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                outside(item, &format!("{pointer}/{index}"), all);
            }
        }
        _ => {}
    }
}

fn inside(schema: &Value, pointer: String, all: &mut Vec<String>) {
    let Some(members) = schema.as_object() else { return };
    all.push(pointer.clone());
    for (key, member) in members {
        let pointer = child(&pointer, key);
        match key.as_str() {
            "properties" => {
                for (name, property) in member.as_object().into_iter().flatten() {
                    inside(property, child(&pointer, name), all);
                }
            }
            "items" | "additionalProperties" | "not" => inside(member, pointer, all),
            key if COMPOSITIONS.contains(&key) => {
                for (index, part) in member.as_array().into_iter().flatten().enumerate() {
                    inside(part, format!("{pointer}/{index}"), all);
                }
            }
            _ => {}
        }
    }
}

/// Rewrites every schema that has one of the keys; inner ones before those around them. The rule gets a copy, so
/// that it can look at the whole document meanwhile.
pub(super) fn each_with(
    draft: &mut Draft,
    keys: &[&str],
    mut rule: impl FnMut(&mut Draft, &str, &mut Map<String, Value>),
) {
    for pointer in pointers(&draft.spec.root).iter().rev() {
        let Some(Value::Object(schema)) = draft.value(pointer) else { continue };
        if !keys.iter().any(|key| schema.contains_key(*key)) {
            continue;
        }
        let mut changed = schema.clone();
        rule(draft, pointer, &mut changed);
        if let Some(schema) = draft.value(pointer) {
            *schema = Value::Object(changed);
        }
    }
}

/// The keys that describe a schema without limiting its values.
pub(crate) fn is_annotation(key: &str) -> bool {
    const ANNOTATIONS: [&str; 11] = [
        "title",
        "description",
        "nullable",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "xml",
    ];
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}

/// Whether a schema accepts any value: it has nothing but annotations and limits.
pub(super) fn is_any(schema: &Value) -> bool {
    const STRUCTURE: [&str; 8] = [
        "$ref",
        "type",
        "properties",
        "items",
        "additionalProperties",
        "enum",
        "format",
        "required",
    ];
    schema.as_object().is_some_and(|members| {
        !members
            .keys()
            .any(|key| STRUCTURE.contains(&key.as_str()) || COMPOSITIONS.contains(&key.as_str()))
    })
}

/// Removes what only annotates, so that two schemas of the same values are equal.
pub(super) fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| !is_annotation(key));
            Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

/// The type of a schema's values, if all of them have one: that of a reference is the type of its target.
pub(super) fn kind<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a str> {
    kind_at(root, schema, 0)
}

fn kind_at<'a>(root: &'a Value, schema: &'a Value, depth: usize) -> Option<&'a str> {
    let schema = resolve(root, schema);
    if let Some(word) = schema["type"].as_str() {
        return Some(word);
    }
    if schema.get("properties").is_some() {
        return Some("object");
    }
    let parts = schema["allOf"].as_array().filter(|_| depth < MAX_DEPTH)?;
    parts.iter().find_map(|part| kind_at(root, part, depth + 1))
}

/// The members of an object, with those of its parts: the wire name and the schema.
pub(super) fn members<'a>(root: &'a Value, schema: &'a Value) -> Map<String, Value> {
    let mut all = Map::new();
    collect_members(root, schema, &mut all, 0);
    all
}

fn collect_members(root: &Value, schema: &Value, all: &mut Map<String, Value>, depth: usize) {
    let schema = resolve(root, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if depth < MAX_DEPTH {
            collect_members(root, part, all, depth + 1);
        }
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        all.insert(name.clone(), member.clone());
    }
}

/// The names of the members that an object requires, with those of its parts.
pub(super) fn required(root: &Value, schema: &Value) -> Vec<String> {
    let mut all = Vec::new();
    collect_required(root, schema, &mut all, 0);
    all
}

fn collect_required(root: &Value, schema: &Value, all: &mut Vec<String>, depth: usize) {
    let schema = resolve(root, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if depth < MAX_DEPTH {
            collect_required(root, part, all, depth + 1);
        }
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
}

/// A schema that is what a reference leads to, with the annotations of another schema.
pub(super) fn annotated(target: Value, annotations: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = match target {
        Value::Object(members) if !members.contains_key("$ref") => members,
        Value::Object(members) => {
            let of_reference = members.iter().filter(|(key, _)| is_annotation(key));
            let mut outer: Map<String, Value> =
                of_reference.map(|(key, value)| (key.clone(), value.clone())).collect();
            outer.insert("allOf".to_owned(), json!([{ "$ref": members["$ref"] }]));
            outer
        }
        _ => Map::new(),
    };
    for (key, value) in annotations.iter().filter(|(key, _)| is_annotation(key)) {
        schema.insert(key.clone(), value.clone());
    }
    if let Some(reference) = plain_reference(&schema) {
        return reference;
    }
    schema
}

/// A reference in an `allOf` with nothing next to it is the reference.
fn plain_reference(schema: &Map<String, Value>) -> Option<Map<String, Value>> {
    let parts = schema.get("allOf")?.as_array()?;
    match parts.as_slice() {
        [Value::Object(part)] if schema.len() == 1 && part.contains_key("$ref") => {
            Some(part.clone())
        }
        _ => None,
    }
}
