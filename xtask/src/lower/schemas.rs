//! Rules about schemas.

use serde_json::{Value, json};

use super::{CLOSED, Lowered, each_schema};
use crate::spec::Spec;

/// Removes formats that typify parses strictly: one malformed value would fail the whole response.
pub(super) fn plain_strings(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        let is_strict = ["uuid", "ip", "ipv4", "ipv6"].iter().any(|f| schema["format"] == *f);
        if is_strict && let Some(schema) = schema.as_object_mut() {
            schema.remove("format");
        }
    });
}

/// Makes optional lists and objects nullable, and so an `Option`. Without it, typify fails on `null`, and
/// cannot send an empty list, which it takes for an absent one.
pub(super) fn nullable_collections(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        let required: Vec<String> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        for (name, property) in
            schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let is_collection = property["type"] == "array" || property["type"] == "object";
            if is_collection && !required.contains(name) {
                property["nullable"] = true.into();
            }
        }
    });
}

/// Removes limits. typify would also enforce them on responses, where they must not fail a call; requests
/// are checked by the server. In the specification they document the API.
pub(super) fn no_constraints(_: &Spec, lowered: &mut Lowered) {
    const LIMITS: [&str; 15] = [
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "readOnly",
        "writeOnly",
    ];
    each_schema(&mut lowered.document, |_, schema| {
        if let Some(schema) = schema.as_object_mut() {
            schema.retain(|key, _| !LIMITS.contains(&key.as_str()));
        }
    });
}

/// Removes defaults: typify *sends* them, so an update would overwrite values that the caller did not set.
pub(super) fn no_defaults(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("default");
        }
    });
}

/// Removes titles: typify merges unnamed schemas that have the same title, and drops members.
pub(super) fn no_titles(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| {
        if let Some(schema) = schema.as_object_mut()
            && schema.get("title").is_some_and(Value::is_string)
        {
            schema.remove("title");
        }
    });
}

fn has_members(schema: &Value) -> bool {
    schema["properties"].as_object().is_some_and(|members| !members.is_empty())
}

/// Makes open objects keep unknown members in `extra`, and closed ones ignore them. As written, typify
/// would drop them in open objects and fail on them in closed ones.
pub(super) fn open_objects(_: &Spec, lowered: &mut Lowered) {
    each_schema(&mut lowered.document, |_, schema| match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => schema["additionalProperties"] = json!({}),
        // Next to known members, unknown ones may have any type: a member that cannot be read is one of them.
        Some(Value::Object(_)) if has_members(schema) => schema["additionalProperties"] = json!({}),
        Some(Value::Bool(false)) => {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("additionalProperties");
                schema.insert(CLOSED.to_owned(), true.into());
            }
        }
        _ => {}
    });
    // typify ignores a description next to a reference; in an `allOf` it is kept.
    each_schema(&mut lowered.document, |_, schema| {
        let is_described = schema.get("description").is_some() || schema.get("nullable").is_some();
        if is_described && let Some(target) = schema.as_object_mut().and_then(|s| s.remove("$ref"))
        {
            schema["allOf"] = json!([{ "$ref": target }]);
        }
    });
}
