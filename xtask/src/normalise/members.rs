//! Members of objects: their names, and which are required.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Draft,
    schemas::{MAX_DEPTH, each_with, members},
};
use crate::{model::resolve, names, spec::child};

/// Leaves out members whose names are no fields in Rust, or the same field as another one. They stay in the map of
/// unknown members.
pub(super) fn member_names(draft: &mut Draft) {
    each_with(draft, &["properties"], |draft, pointer, schema| {
        // The parts of a form have no such map.
        if pointer.contains("/multipart~1form-data/") {
            return;
        }
        let is_open = schema.get("additionalProperties").is_some_and(|open| *open != false);
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        let mut left_out: Vec<(String, String)> = Vec::new();
        let Some(Value::Object(properties)) = schema.get("properties") else { return };
        // The name that is already written as a field has precedence.
        let mut wires: Vec<&String> = properties.keys().collect();
        wires.sort_by_key(|wire| {
            (names::snake(wire) != **wire, !wire.starts_with(char::is_alphabetic))
        });
        for wire in wires {
            let field = names::snake(wire);
            let has_letters = wire.chars().any(char::is_alphanumeric);
            let reason = if !has_letters || !names::is_identifier(&field) {
                "is not a valid field name in Rust".to_owned()
            } else if is_open && field == "extra" {
                "is the name of the field for unknown members".to_owned()
            } else if let Some(other) = taken.get(&field) {
                format!("becomes the same field as `{other}`")
            } else {
                taken.insert(field, wire.clone());
                continue;
            };
            left_out.push((wire.clone(), reason));
        }
        if left_out.is_empty() {
            return;
        }
        for (wire, reason) in left_out {
            if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
                properties.remove(&wire);
            }
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|name| *name != *wire);
            }
            draft.warn(
                &child(&child(pointer, "properties"), &wire),
                format!("the member `{wire}` {reason}; it is one of the unknown members"),
                "remove it, or the other one",
            );
        }
        schema.entry("additionalProperties").or_insert(Value::Bool(true));
    });
}

/// Removes names from `required` that no member has, and repetitions.
pub(super) fn required_members(draft: &mut Draft) {
    each_with(draft, &["required"], |draft, pointer, schema| {
        let Some(Value::Array(list)) = schema.get("required").cloned() else { return };
        // A part of an `allOf` may require a member of another part.
        let root = &draft.spec.root;
        let whole = root.pointer(whole_of(pointer)).unwrap_or(&Value::Null);
        let (known, is_open) = (members(root, whole), has_choice(root, whole, 0));
        let mut seen = BTreeSet::new();
        let mut kept = Vec::new();
        let mut unknown = Vec::new();
        for (index, name) in list.iter().enumerate() {
            let Some(word) = name.as_str() else { continue };
            if !seen.insert(word.to_owned()) {
                continue;
            }
            if known.contains_key(word) || is_open {
                kept.push(name.clone());
            } else {
                unknown.push((index, word.to_owned()));
            }
        }
        for (index, name) in unknown {
            draft.warn(
                &format!("{pointer}/required/{index}"),
                format!("`{name}` is required but is not a member; the type does not have it"),
                "add it to `properties`, or correct the name",
            );
        }
        if kept.is_empty() {
            schema.remove("required");
        } else {
            schema.insert("required".to_owned(), kept.into());
        }
    });
}

/// The pointer of the composition that a part belongs to; that of the schema itself if it is no part.
fn whole_of(pointer: &str) -> &str {
    match pointer.rsplit_once("/allOf/") {
        Some((whole, part)) if part.bytes().all(|byte| byte.is_ascii_digit()) => whole_of(whole),
        _ => pointer,
    }
}

/// Whether a schema or one of its parts is a choice, whose alternatives may have further members.
fn has_choice(root: &Value, schema: &Value, depth: usize) -> bool {
    let schema = resolve(root, schema);
    let mut parts = schema["allOf"].as_array().into_iter().flatten();
    ["oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
        || depth < MAX_DEPTH && parts.any(|part| has_choice(root, part, depth + 1))
}

/// Makes a named type that may be `null` nullable where it is referred to: the type itself has no such value.
pub(super) fn nullable_types(draft: &mut Draft) {
    let mut nullable = BTreeSet::new();
    let schemas = draft.value("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten() {
        let Some(members) = schema.as_object_mut() else { continue };
        let is_type = ["properties", "enum", "allOf", "oneOf", "anyOf"]
            .iter()
            .any(|key| members.contains_key(*key));
        // A named reference is another name of the same type.
        if is_type && members.get("nullable").is_some_and(|nullable| *nullable == true) {
            members.remove("nullable");
            nullable.insert(format!("#/components/schemas/{}", &child("", name)[1..]));
        }
    }
    if nullable.is_empty() {
        return;
    }
    each_with(draft, &["$ref"], |_, pointer, schema| {
        let target = schema.get("$ref").and_then(Value::as_str);
        // Parts of a composition are merged into it.
        let is_part = pointer.rsplit_once("/allOf/").is_some_and(|(_, index)| !index.contains('/'));
        if target.is_some_and(|target| nullable.contains(target)) && !is_part {
            schema.insert("nullable".to_owned(), true.into());
        }
    });
    each_with(draft, &["allOf"], |_, _, schema| {
        let Some([Value::Object(part)]) =
            schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
        else {
            return;
        };
        let target = part.get("$ref").and_then(Value::as_str);
        if target.is_some_and(|target| nullable.contains(target)) {
            schema.insert("nullable".to_owned(), true.into());
        }
    });
}

/// Makes a member optional that would make every value of its type infinite.
pub(super) fn finite_types(draft: &mut Draft) {
    let names: Vec<String> = draft.spec.root["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let pointer = child("/components/schemas", &name);
        let Some(list) = draft
            .spec
            .root
            .pointer(&pointer)
            .and_then(|schema| schema["required"].as_array())
            .cloned()
        else {
            continue;
        };
        for member in list.iter().filter_map(Value::as_str) {
            let root = &draft.spec.root;
            let schema = &root["components"]["schemas"][&name]["properties"][member];
            if schema["nullable"] == true || !contains(root, schema, &name) {
                continue;
            }
            if let Some(required) =
                draft.value(&child(&pointer, "required")).and_then(Value::as_array_mut)
            {
                required.retain(|other| other != member);
            }
            draft.warn(
                &child(&child(&pointer, "properties"), member),
                format!("a required `{member}` would contain another `{name}`, without end; it is optional"),
                "make a member on the cycle optional, nullable, or a list",
            );
        }
        if draft.value(&child(&pointer, "required")).is_some_and(|list| *list == json!([]))
            && let Some(schema) = draft.value(&pointer).and_then(Value::as_object_mut)
        {
            schema.remove("required");
        }
    }
}

/// Whether a value of the schema always contains one of the named schema.
fn contains(root: &Value, schema: &Value, name: &str) -> bool {
    let mut pending = vec![schema];
    let mut seen = BTreeSet::new();
    while let Some(schema) = pending.pop() {
        if schema["nullable"] == true {
            continue;
        }
        if let Some(target) =
            schema["$ref"].as_str().and_then(|target| target.strip_prefix("#/components/schemas/"))
        {
            if target == name {
                return true;
            }
            if seen.insert(target) {
                pending.push(&root["components"]["schemas"][target]);
            }
            continue;
        }
        for member in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
        {
            pending.extend(schema["properties"].get(member));
        }
        pending.extend(schema["allOf"].as_array().into_iter().flatten());
        for key in ["oneOf", "anyOf"] {
            if let Some([only]) = schema[key].as_array().map(Vec::as_slice) {
                pending.push(only);
            }
        }
    }
    false
}
