//! A value of every schema, with every member: what the generated tests send, answer and read back.

use serde_json::{Map, Value, json};

use crate::model::resolve;

/// How deep a sample goes into optional things that contain themselves.
const DEEPEST: usize = 8;

/// A value of a schema. The name gives texts a meaning.
pub fn sample(root: &Value, schema: &Value, name: &str) -> Value {
    value(root, schema, name, &mut Vec::new()).unwrap_or(Value::Null)
}

/// `None` where a schema contains itself: the member around it is left out.
fn value(root: &Value, schema: &Value, name: &str, inside: &mut Vec<String>) -> Option<Value> {
    if let Some(target) = schema["$ref"].as_str() {
        if inside.iter().any(|outer| outer == target) || inside.len() >= DEEPEST {
            return None;
        }
        inside.push(target.to_owned());
        let found = value(root, resolve(root, schema), name, inside);
        inside.pop();
        return found;
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return Some(first.clone());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut all = object(root, schema, inside)?;
        for part in parts {
            match value(root, part, name, inside)? {
                Value::Object(members) => all.extend(members),
                // A reference that is wrapped for its description.
                other => return Some(other),
            }
        }
        return Some(Value::Object(all));
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(first) = schema[key].as_array().and_then(|parts| parts.first()) {
            return value(root, first, name, inside);
        }
    }
    match schema["type"].as_str() {
        Some("string") => Some(text(schema, name).into()),
        Some("integer") if schema["format"] == "unix-ms" => Some(1_714_979_289_000_i64.into()),
        Some("integer") => Some(7.into()),
        Some("number") => Some(1.5.into()),
        Some("boolean") => Some(true.into()),
        Some("array") => match value(root, &schema["items"], name, inside) {
            Some(item) => Some(json!([item])),
            None => Some(json!([])),
        },
        Some("object") => object(root, schema, inside).map(Value::Object),
        _ if schema.get("properties").is_some() => object(root, schema, inside).map(Value::Object),
        // Any value at all.
        _ => Some(json!({ "any": [1, "two"] })),
    }
}

fn object(root: &Value, schema: &Value, inside: &mut Vec<String>) -> Option<Map<String, Value>> {
    let required = schema["required"].as_array();
    let is_required = |name: &String| required.is_some_and(|list| list.iter().any(|r| r == name));
    let mut members = Map::new();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        match value(root, member, name, inside) {
            Some(value) => {
                members.insert(name.clone(), value);
            }
            None if is_required(name) => return None,
            None => {}
        }
    }
    match &schema["additionalProperties"] {
        // Unknown members are kept.
        Value::Bool(true) => {
            members.insert("notYetKnown".to_owned(), json!({ "kept": [true] }));
        }
        further @ Value::Object(_) => {
            if let Some(value) = value(root, further, "value", inside) {
                members.insert("key".to_owned(), value);
            }
        }
        _ => {}
    }
    Some(members)
}

fn text(schema: &Value, name: &str) -> String {
    match schema["format"].as_str() {
        Some("date-time") => "2024-05-06T07:08:09Z".to_owned(),
        Some("date") => "2024-05-06".to_owned(),
        Some("uuid") => "6f1a2b3c-0d4e-4f5a-8b6c-7d8e9fa0b1c2".to_owned(),
        // Characters that paths, queries and JSON must encode.
        _ => format!("{name} & \"more\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_has_a_value_and_nothing_goes_on_for_ever() {
        let root = json!({ "components": { "schemas": {
            "Node": { "type": "object", "additionalProperties": true, "properties": {
                "id": { "type": "integer" },
                "kind": { "type": "string", "enum": ["leaf", "branch"] },
                "at": { "type": "string", "format": "date-time" },
                "parent": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Node" }] },
                "children": { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
                "names": { "type": "object", "additionalProperties": { "type": "string" } },
                "any": {}
            } }
        } } });
        let node = sample(&root, &json!({ "$ref": "#/components/schemas/Node" }), "node");
        let expected = json!({
            "id": 7, "kind": "leaf", "at": "2024-05-06T07:08:09Z", "children": [],
            "names": { "key": "value & \"more\"" }, "any": { "any": [1, "two"] },
            "notYetKnown": { "kept": [true] }
        });
        assert_eq!(node, expected);
    }
}
