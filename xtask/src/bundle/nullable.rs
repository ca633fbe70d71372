//! `nullable` for readers that take OpenAPI 3.0.3 by its letter: it adds `null` to the `type` next to it, and to nothing
//! else. What `allOf`, `oneOf` or `enum` refuse stays refused, so `null` becomes an alternative there.
//!
//! | The specification | The bundle |
//! |---|---|
//! | `nullable` next to `allOf` or `enum`, or to members and the like without a type | `anyOf` of it and `null` |
//! | `nullable` next to `oneOf` or `anyOf` | a further alternative |
//! | `nullable` alone | nothing: a schema without a type accepts `null` |

use serde_json::{Map, Value, json};

use crate::normalise::is_annotation;

/// Compositions of which one entry applies.
const ALTERNATIVES: [&str; 2] = ["oneOf", "anyOf"];

/// Makes every `nullable` one that strict readers understand.
pub(super) fn make_explicit(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(make_explicit);
            if members.get("nullable") == Some(&json!(true)) {
                explicit(members);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_explicit),
        _ => {}
    }
}

/// The alternative that is `null`. It has neither `type` nor `nullable`: some validators add `null` to the values of an
/// enum that is nullable, and reject a value that is there twice.
pub(super) fn null_value() -> Value {
    json!({ "enum": [null] })
}

fn explicit(schema: &mut Map<String, Value>) {
    let limits = ALTERNATIVES.iter().chain(&["allOf", "enum"]);
    let is_limited = limits.into_iter().any(|key| schema.contains_key(*key));
    if schema.contains_key("type") && !is_limited {
        return;
    }
    schema.remove("nullable");
    // What describes the values of an enum belongs to it.
    let is_outer = |key: &str| is_annotation(key) && !key.starts_with("x-enum");
    let (annotations, mut own): (Map<_, _>, Map<_, _>) =
        std::mem::take(schema).into_iter().partition(|(key, _)| is_outer(key));
    *schema = annotations;
    if own.is_empty() {
        return;
    }
    if let Some(Value::Array(values)) = own.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let only = |own: &Map<String, Value>, key: &str| own.len() == 1 && own.contains_key(key);
    if let Some(key) = ALTERNATIVES.iter().find(|key| only(&own, key))
        && let Some(Value::Array(alternatives)) = own.get_mut(*key)
    {
        alternatives.push(null_value());
        schema.append(&mut own);
        return;
    }
    let single = own.get_mut("allOf").and_then(Value::as_array_mut).filter(|all| all.len() == 1);
    let single = single.map(|all| all[0].take());
    let inner = match single {
        Some(single) if own.len() == 1 => single,
        Some(single) => {
            own.insert("allOf".to_owned(), json!([single]));
            own.into()
        }
        None => own.into(),
    };
    schema.insert("anyOf".to_owned(), json!([inner, null_value()]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_an_alternative() {
        let after = |mut schema: Value| {
            make_explicit(&mut schema);
            schema
        };
        let (a, b) = (json!({ "$ref": "#/components/schemas/A" }), json!({ "type": "string" }));
        for (schema, expected) in [
            (
                json!({ "nullable": true, "allOf": [a], "description": "An A." }),
                json!({ "description": "An A.", "anyOf": [a, null_value()] }),
            ),
            (
                json!({ "nullable": true, "type": "object", "allOf": [a] }),
                json!({ "anyOf": [{ "type": "object", "allOf": [a] }, null_value()] }),
            ),
            (
                json!({ "nullable": true, "allOf": [a, b], "x-evidence": {} }),
                json!({ "x-evidence": {}, "anyOf": [{ "allOf": [a, b] }, null_value()] }),
            ),
            (
                json!({ "nullable": true, "oneOf": [a, b] }),
                json!({ "oneOf": [a, b, null_value()] }),
            ),
            (
                json!({ "nullable": true, "properties": { "b": b } }),
                json!({ "anyOf": [{ "properties": { "b": b } }, null_value()] }),
            ),
            (
                json!({ "nullable": true, "type": "string", "enum": ["a", null] }),
                json!({ "anyOf": [{ "type": "string", "enum": ["a"] }, null_value()] }),
            ),
            (json!({ "nullable": true, "description": "Any." }), json!({ "description": "Any." })),
        ] {
            assert_eq!(after(schema), expected);
        }
        for unchanged in [
            json!({ "type": "string", "nullable": true }),
            json!({ "properties": { "nullable": { "type": "boolean" } } }),
            json!({ "type": "string", "nullable": false, "enum": ["a"] }),
            null_value(),
        ] {
            assert_eq!(after(unchanged.clone()), unchanged);
        }
    }
}
