//! Lists of types.

use serde_json::{Map, Value, json};

use crate::import::{report::Report, schemas};

/// The keywords that mean something for a type only.
const KEYWORDS: [(&str, &[&str]); 5] = [
    ("string", &["minLength", "maxLength", "pattern", "format"]),
    (
        "number",
        &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"],
    ),
    (
        "integer",
        &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"],
    ),
    ("array", &["items", "minItems", "maxItems", "uniqueItems"]),
    (
        "object",
        &["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
    ),
];

/// `null` in the list becomes `nullable`; several other types become alternatives.
pub fn type_lists(schema: &mut Map<String, Value>, at: &str, report: &mut Report) {
    if schema.get("type").is_some_and(|kind| kind == "null") {
        schema.remove("type");
        schema.insert("nullable".to_owned(), json!(true));
        let holder = at.rsplit('/').nth(1).unwrap_or_default();
        // As an alternative, it makes the others nullable.
        if !matches!(holder, "anyOf" | "oneOf") {
            let place = schemas::place(at);
            report.guessed("openapi_31", "what is always null is any value here", &place, "");
        }
        return;
    }
    let Some(Value::Array(list)) = schema.get("type") else { return };
    let mut types: Vec<String> = Vec::new();
    let mut is_nullable = false;
    for kind in list.iter().filter_map(Value::as_str) {
        if kind == "null" {
            is_nullable = true;
        } else if !types.iter().any(|known| known == kind) {
            types.push(kind.to_owned());
        }
    }
    // Every integer is a number.
    if types.iter().any(|kind| kind == "number") {
        types.retain(|kind| kind != "integer");
    }
    if is_nullable {
        schema.insert("nullable".to_owned(), json!(true));
    }
    match types.as_slice() {
        [] => {
            schema.remove("type");
        }
        [one] => {
            schema.insert("type".to_owned(), json!(one));
        }
        several if has_every_type(several) => {
            schema.remove("type");
            for (_, keywords) in KEYWORDS {
                keywords.iter().for_each(|keyword| {
                    schema.remove(*keyword);
                });
            }
        }
        several => {
            schema.remove("type");
            split(schema, several);
        }
    }
}

fn has_every_type(types: &[String]) -> bool {
    ["string", "number", "boolean", "array", "object"]
        .iter()
        .all(|kind| types.iter().any(|known| known == kind))
}

/// One alternative for each type, with the keywords that are for it.
fn split(schema: &mut Map<String, Value>, types: &[String]) {
    let mut parts = Vec::new();
    let values = schema.remove("enum");
    for kind in types {
        let mut part = Map::new();
        part.insert("type".to_owned(), json!(kind));
        let keywords =
            KEYWORDS.iter().find(|(name, _)| name == kind).map_or(&[][..], |(_, list)| *list);
        for keyword in keywords {
            let is_of_another = *keyword == "format"
                && schema.get("format").and_then(Value::as_str).is_some_and(|format| {
                    let is_number = ["int32", "int64", "float", "double"].contains(&format);
                    is_number != matches!(kind.as_str(), "number" | "integer")
                });
            if let Some(value) = schema.get(*keyword).filter(|_| !is_of_another) {
                part.insert((*keyword).to_owned(), value.clone());
            }
        }
        if let Some(values) = values.as_ref().and_then(Value::as_array) {
            let fitting: Vec<Value> =
                values.iter().filter(|value| fits(kind, value)).cloned().collect();
            if fitting.is_empty() {
                continue;
            }
            part.insert("enum".to_owned(), Value::Array(fitting));
        }
        parts.push(Value::Object(part));
    }
    for (_, keywords) in KEYWORDS {
        for keyword in keywords {
            schema.remove(*keyword);
        }
    }
    let key = if schema.contains_key("anyOf") { "oneOf" } else { "anyOf" };
    schema.entry(key).or_insert(Value::Array(parts));
}

fn fits(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// The type of a value.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
    }
}
