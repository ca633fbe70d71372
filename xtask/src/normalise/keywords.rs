//! Keywords of a schema that say nothing about its type, or say it in a form of another tool.

use serde_json::{Map, Value, json};

use super::{
    Draft,
    schemas::{COMPOSITIONS, each_with, is_annotation, pointers},
};
use crate::spec::child;

/// Removes `xml`, which describes another format than the one that is sent, `not`, which no type expresses, and
/// `discriminator` where there are no alternatives.
pub(super) fn foreign_keywords(draft: &mut Draft) {
    each_with(draft, &["xml", "not", "discriminator"], |draft, pointer, schema| {
        schema.remove("xml");
        if schema.remove("not").is_some() {
            draft.warn(
                &child(pointer, "not"),
                "`not` is ignored: the type accepts the values that it excludes",
                "describe what the value is",
            );
        }
        let is_union = schema.contains_key("oneOf") || schema.contains_key("anyOf");
        if !is_union && schema.remove("discriminator").is_some() {
            // The type reads its subtypes, whose other members are unknown ones.
            schema.entry("additionalProperties").or_insert(Value::Bool(true));
        }
    });
}

/// The types of the keys of a schema; a key with another value is as good as absent.
const KEYS: [(&str, &str); 29] = [
    ("description", "string"),
    ("title", "string"),
    ("format", "string"),
    ("pattern", "string"),
    ("nullable", "boolean"),
    ("deprecated", "boolean"),
    ("readOnly", "boolean"),
    ("writeOnly", "boolean"),
    ("uniqueItems", "boolean"),
    ("exclusiveMinimum", "boolean"),
    ("exclusiveMaximum", "boolean"),
    ("minimum", "number"),
    ("maximum", "number"),
    ("multipleOf", "number"),
    ("minLength", "number"),
    ("maxLength", "number"),
    ("minItems", "number"),
    ("maxItems", "number"),
    ("minProperties", "number"),
    ("maxProperties", "number"),
    ("externalDocs", "object"),
    ("discriminator", "object"),
    ("properties", "object"),
    ("required", "list"),
    ("enum", "list"),
    ("allOf", "list"),
    ("oneOf", "list"),
    ("anyOf", "list"),
    ("items", "object"),
];

/// Reads keys whose value has another type as what is meant, or leaves them out.
pub(super) fn key_types(draft: &mut Draft) {
    any_schemas(&mut draft.spec.root["components"], false);
    any_schemas(&mut draft.spec.root["paths"], false);
    for pointer in pointers(&draft.spec.root) {
        let Some(Value::Object(schema)) = draft.value(&pointer) else { continue };
        let is_right =
            |(key, kind): &(&str, &str)| schema.get(*key).is_none_or(|value| fits(value, kind));
        if KEYS.iter().all(is_right) && !has_odd_members(schema) {
            continue;
        }
        let mut schema = std::mem::take(schema);
        let mut ignored = Vec::new();
        for (key, kind) in KEYS {
            let Some(value) = schema.get_mut(key).filter(|value| !fits(value, kind)) else {
                continue;
            };
            match meant(value, kind) {
                Some(meant) => *value = meant,
                None => {
                    let says_nothing = value.is_null() || (key == "required" && value.is_boolean());
                    schema.remove(key);
                    if !says_nothing {
                        ignored.push(key);
                    }
                }
            }
        }
        odd_members(&mut schema);
        if let Some(place) = draft.value(&pointer) {
            *place = Value::Object(schema);
        }
        for key in ignored {
            draft.warn(
                &child(&pointer, key),
                format!("`{key}` has a value of another type and is ignored"),
                "correct the value, or remove it",
            );
        }
    }
}

/// Schemas that are empty or `true` accept any value.
fn any_schemas(value: &mut Value, keys_are_names: bool) {
    match value {
        Value::Object(members) => {
            for (key, member) in
                members.iter_mut().filter(|(key, _)| keys_are_names || !key.starts_with("example"))
            {
                let is_schema = !keys_are_names && matches!(key.as_str(), "schema" | "items");
                if is_schema && (member.is_null() || *member == true) {
                    *member = json!({});
                }
                let holds_names = matches!(key.as_str(), "properties" | "schemas" | "headers");
                any_schemas(member, holds_names && !keys_are_names);
            }
            // A named schema without a description.
            if keys_are_names {
                let empty =
                    members.values_mut().filter(|member| member.is_null() || **member == true);
                empty.for_each(|member| *member = json!({}));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| any_schemas(item, false)),
        _ => {}
    }
}

fn fits(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        _ => value.is_array(),
    }
}

fn meant(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("boolean", Value::String(word)) => {
            word.trim().to_lowercase().parse::<bool>().ok().map(Value::Bool)
        }
        ("number", Value::String(word)) => {
            serde_json::from_str::<Value>(word.trim()).ok().filter(Value::is_number)
        }
        ("string", Value::Number(number)) => Some(number.to_string().into()),
        ("string", Value::Bool(flag)) => Some(flag.to_string().into()),
        // `required: name`, and a single value.
        ("list", Value::String(_)) => Some(json!([value])),
        ("list", Value::Object(_)) => Some(json!([value])),
        // The schemas of JSON Schema for any value.
        ("object", Value::Bool(true)) => Some(json!({})),
        ("object", Value::Array(items)) if items.len() == 1 => {
            items.first().filter(|item| item.is_object()).cloned()
        }
        _ => None,
    }
}

fn has_odd_members(schema: &Map<String, Value>) -> bool {
    let odd = |value: Option<&Value>| {
        value.and_then(Value::as_object).is_some_and(|members| {
            members.values().any(|member| !member.is_object() || member["required"].is_boolean())
        })
    };
    odd(schema.get("properties"))
        || schema
            .get("additionalProperties")
            .is_some_and(|value| !value.is_object() && !value.is_boolean())
}

/// Members that are `true` or empty accept any value; a member that is `required: true`, as in an early draft of JSON
/// Schema, is required.
fn odd_members(schema: &mut Map<String, Value>) {
    let mut required = Vec::new();
    for (name, member) in
        schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        if !member.is_object() {
            let description = member.as_str().map(|text| json!({ "description": text }));
            *member = description.unwrap_or_else(|| json!({}));
        }
        if let Some(member) = member.as_object_mut()
            && member.get("required").is_some_and(Value::is_boolean)
            && member.remove("required") == Some(Value::Bool(true))
        {
            required.push(Value::from(name.as_str()));
        }
    }
    if !required.is_empty()
        && let Some(list) = schema.entry("required").or_insert_with(|| json!([])).as_array_mut()
    {
        required.retain(|name| !list.contains(name));
        list.append(&mut required);
    }
    match schema.get("additionalProperties") {
        Some(Value::String(word)) if word == "true" || word == "false" => {
            let is_open = word == "true";
            schema.insert("additionalProperties".to_owned(), is_open.into());
        }
        Some(value) if !value.is_object() && !value.is_boolean() => {
            schema.remove("additionalProperties");
        }
        _ => {}
    }
}

/// The type that a schema describes without naming it; names of types in other languages; keys that another type has.
pub(super) fn schema_types(draft: &mut Draft) {
    const KEYS: [&str; 6] =
        ["type", "properties", "items", "additionalProperties", "format", "enum"];
    each_with(draft, &KEYS, |draft, pointer, schema| {
        if let Some(word) = schema.get("type").and_then(Value::as_str).map(str::to_owned)
            && let Some((kind, format)) = known_as(&word)
        {
            if kind.is_empty() {
                schema.remove("type");
            } else {
                schema.insert("type".to_owned(), kind.into());
            }
            if !format.is_empty() {
                schema.insert("format".to_owned(), format.into());
            }
            if word == "null" {
                schema.insert("nullable".to_owned(), true.into());
            }
        }
        if !schema.contains_key("type") {
            let is_object = ["properties", "additionalProperties"]
                .iter()
                .any(|key| schema.get(*key).is_some_and(|value| value.is_object()));
            if is_object
                && !schema.contains_key("oneOf")
                && !schema.contains_key("anyOf")
                && !schema.contains_key("allOf")
            {
                schema.insert("type".to_owned(), "object".into());
            } else if schema.contains_key("items") {
                schema.insert("type".to_owned(), "array".into());
            }
        }
        if !schema.contains_key("type")
            && let Some(kind) = schema.get("format").and_then(Value::as_str).and_then(of_format)
            && !COMPOSITIONS.iter().chain(&["$ref", "enum"]).any(|key| schema.contains_key(*key))
        {
            schema.insert("type".to_owned(), kind.into());
        }
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (key, expected) in
            [("properties", "object"), ("additionalProperties", "object"), ("items", "array")]
        {
            let of_another = !kind.is_empty() && kind != expected;
            if of_another && let Some(value) = schema.remove(key) {
                // The items of a list, without `items`.
                if key == "properties" && kind == "array" && !schema.contains_key("items") {
                    schema.insert(
                        "items".to_owned(),
                        json!({ "type": "object", "properties": value }),
                    );
                } else if value.as_object().is_some_and(|value| {
                    !value.is_empty() && value.keys().any(|key| !is_annotation(key))
                }) {
                    draft.warn(
                        &child(pointer, key),
                        format!("`{key}` has no meaning for the type `{kind}` and is ignored"),
                        format!("write `type: {expected}`, or remove it"),
                    );
                }
            }
        }
        if let Some(format) = schema.get("format").and_then(Value::as_str)
            && !has_meaning(&kind, format)
        {
            schema.remove("format");
        }
    });
}

/// The type and format that a word means; `None` for the types of OpenAPI and for unknown words.
fn known_as(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "file" => ("string", "binary"),
        "int" | "Integer" | "INTEGER" => ("integer", ""),
        "int32" => ("integer", "int32"),
        "int64" | "long" | "Long" | "timestamp" => ("integer", "int64"),
        "float" | "double" | "decimal" | "Number" | "NUMBER" => ("number", ""),
        "bool" | "Boolean" | "BOOLEAN" => ("boolean", ""),
        "String" | "STRING" | "str" | "text" | "uri" | "url" | "email" => ("string", ""),
        "date" => ("string", "date"),
        "datetime" | "dateTime" | "date-time" | "DateTime" => ("string", "date-time"),
        "uuid" | "UUID" => ("string", "uuid"),
        "Object" | "OBJECT" | "map" | "dict" | "hash" | "json" => ("object", ""),
        "Array" | "ARRAY" | "list" | "List" => ("array", ""),
        "any" | "mixed" | "null" | "" => ("", ""),
        _ => return None,
    })
}

/// The type of the values of a format, if the schema has none. Some write the type as the format.
fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "string" | "text" | "date" | "date-time" | "uuid" | "byte" | "binary" | "uri" | "url"
        | "email" | "password" | "hostname" | "ipv4" | "ipv6" => "string",
        "integer" | "int32" | "int64" | "unix-ms" => "integer",
        "number" | "float" | "double" => "number",
        "boolean" => "boolean",
        "object" => "object",
        "array" => "array",
        _ => return None,
    })
}

/// Whether a format changes how a value of the type is read. Formats of strings are open, so they are kept.
fn has_meaning(kind: &str, format: &str) -> bool {
    match kind {
        "integer" => matches!(
            format,
            "int8"
                | "int16"
                | "int32"
                | "int64"
                | "uint8"
                | "uint16"
                | "uint32"
                | "uint64"
                | "uint"
                | "int"
                | "unix-ms"
        ),
        "number" => matches!(format, "float" | "double"),
        "string" => !matches!(format, "string" | "text"),
        "" => of_format(format).is_some(),
        _ => false,
    }
}
