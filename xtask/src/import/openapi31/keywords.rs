//! Single keywords of JSON Schema 2020-12.

use serde_json::{Map, Value, json};

use super::types::type_of;
use crate::import::{draft::each_value, report::Report, schemas};

/// `const` becomes an enum of one value; `null` leaves the values and becomes `nullable`.
pub fn constants(schema: &mut Map<String, Value>, _: &str, _: &mut Report) {
    if let Some(value) = schema.remove("const") {
        if !value.is_null() {
            schema.entry("type").or_insert_with(|| json!(type_of(&value)));
        }
        schema.entry("enum").or_insert(Value::Array(vec![value]));
    }
    let Some(Value::Array(values)) = schema.get_mut("enum") else { return };
    let before = values.len();
    values.retain(|value| !value.is_null());
    let (is_nullable, is_empty) = (values.len() < before, values.is_empty());
    if is_nullable {
        schema.insert("nullable".to_owned(), json!(true));
        if is_empty {
            schema.remove("enum");
            // With no type, this is what the alternatives recognise as null.
            schema.remove("type");
        }
    }
}

/// The first of several examples is the example.
pub fn examples(schema: &mut Map<String, Value>, _: &str, _: &mut Report) {
    match schema.remove("examples") {
        Some(Value::Array(list)) => {
            if let Some(first) = list.into_iter().next() {
                schema.entry("example").or_insert(first);
            }
        }
        Some(Value::Object(named)) => {
            let first = named.into_values().next();
            if let Some(first) = first.and_then(|example| example.get("value").cloned()) {
                schema.entry("example").or_insert(first);
            }
        }
        _ => {}
    }
}

/// Exclusive bounds are numbers in 3.1, and flags in 3.0.
pub fn bounds(schema: &mut Map<String, Value>, _: &str, _: &mut Report) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if schema.get(exclusive).is_some_and(Value::is_number)
            && let Some(value) = schema.remove(exclusive)
        {
            schema.insert(bound.to_owned(), value);
            schema.insert(exclusive.to_owned(), json!(true));
        }
    }
}

/// Encoded strings have a format in 3.0.
pub fn contents(schema: &mut Map<String, Value>, at: &str, report: &mut Report) {
    let encoding = schema.remove("contentEncoding");
    let media_type = schema.remove("contentMediaType");
    schema.remove("contentSchema");
    let encoding = encoding.as_ref().and_then(Value::as_str).unwrap_or_default();
    let media_type = media_type.as_ref().and_then(Value::as_str).unwrap_or_default();
    if encoding.is_empty() && media_type.is_empty() {
        return;
    }
    let is_text = media_type.starts_with("text/") || media_type.ends_with("json");
    let format = match encoding {
        "base64" => Some("byte"),
        "" | "binary" | "8bit" | "7bit" if !is_text => Some("binary"),
        _ => None,
    };
    match format {
        Some(format) => {
            schema.entry("type").or_insert_with(|| json!("string"));
            schema.entry("format").or_insert_with(|| json!(format));
        }
        None => {
            let detail = [encoding, media_type].join(" ");
            report.left_out(
                "openapi_31",
                "what strings contain",
                &schemas::place(at),
                detail.trim(),
            );
        }
    }
}

/// A list whose first items have separate types has items of any of these.
pub fn lists(schema: &mut Map<String, Value>, at: &str, report: &mut Report) {
    let Some(Value::Array(mut first)) = schema.remove("prefixItems") else {
        return;
    };
    // More items, if there may be any. `false` has become any value by now.
    if let Some(rest) =
        schema.remove("items").filter(|rest| rest.as_object().is_some_and(|rest| !rest.is_empty()))
    {
        first.push(rest);
    }
    first.dedup();
    let items = match (first.len(), first.pop()) {
        (1, Some(only)) => only,
        _ => json!({}),
    };
    schema.insert("items".to_owned(), items);
    schema.entry("type").or_insert_with(|| json!("array"));
    report.changed("openapi_31", "tuples became lists", &schemas::place(at), "");
}

/// Members whose names fit a pattern are members of any name.
pub fn maps(schema: &mut Map<String, Value>, at: &str, report: &mut Report) {
    if let Some(Value::Object(patterns)) = schema.remove("patternProperties") {
        let mut values: Vec<Value> = patterns.into_values().collect();
        values.dedup();
        let is_open = schema.get("additionalProperties").is_some_and(|open| *open != false);
        let value = match (values.len(), values.pop()) {
            (1, Some(only)) if !is_open => only,
            _ => json!(true),
        };
        schema.insert("additionalProperties".to_owned(), value);
        schema.entry("type").or_insert_with(|| json!("object"));
        report.changed("openapi_31", "patterns of names became any names", &schemas::place(at), "");
    }
    if let Some(value) = schema.remove("unevaluatedProperties")
        && !schema.contains_key("additionalProperties")
        && !schema.contains_key("allOf")
    {
        let value = if value == json!({}) { json!(true) } else { value };
        schema.insert("additionalProperties".to_owned(), value);
    }
}

/// What only a validator needs.
pub fn validators(schema: &mut Map<String, Value>, at: &str, report: &mut Report) {
    for key in ["$schema", "$id", "$comment", "$vocabulary", "$anchor", "$dynamicAnchor"] {
        if schema.get(key).is_some_and(Value::is_string) {
            schema.remove(key);
        }
    }
    for key in [
        "if",
        "then",
        "else",
        "propertyNames",
        "dependentSchemas",
        "dependentRequired",
        "contains",
        "minContains",
        "maxContains",
        "unevaluatedItems",
    ] {
        if schema.remove(key).is_some() {
            report.left_out(
                "openapi_31",
                "conditions that only a validator checks",
                &schemas::place(at),
                key,
            );
        }
    }
}

/// In 3.1, a body of bytes has a media type and no type.
pub fn binary_bodies(document: &mut Value) {
    each_value(document, &mut |value| {
        let Some(content) = value.get_mut("content").and_then(Value::as_object_mut) else { return };
        for (media_type, value) in content {
            let is_binary = media_type == "application/octet-stream"
                || ["image/", "video/", "audio/"].iter().any(|kind| media_type.starts_with(kind))
                || ["application/zip", "application/pdf"].contains(&media_type.as_str());
            let is_empty = value.get("schema").is_none_or(|schema| *schema == json!({}));
            if is_binary && is_empty && value.is_object() {
                value["schema"] = json!({ "type": "string", "format": "binary" });
            }
        }
    });
}
