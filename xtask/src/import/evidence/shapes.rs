//! The schema of values that were seen.

use oneteg_catalog::evidence::Shape;
use serde_json::{Map, Value, json};

use super::words::is_name;

/// An object with more members than this is a map whose names are data.
const MAX_MEMBERS: usize = 50;
/// Deeper values are any value.
const MAX_DEPTH: usize = 6;

/// The schema of values, every one of which may be absent or `null` as everywhere in responses. `None` if only `null`
/// was seen, or values of several types.
pub fn schema(shape: &Shape) -> Option<Value> {
    nested(shape, 0)
}

fn nested(shape: &Shape, depth: usize) -> Option<Value> {
    let types: Vec<&str> = shape
        .types
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(name, _)| name.as_str())
        .collect();
    let mut schema = match types.as_slice() {
        ["string"] => json!({ "type": "string" }),
        ["integer"] => json!({ "type": "integer", "format": "int64" }),
        ["number"] | ["integer", "number"] => json!({ "type": "number", "format": "double" }),
        ["boolean"] => json!({ "type": "boolean" }),
        ["array"] => {
            let items = shape.items.as_deref().filter(|_| depth < MAX_DEPTH);
            json!({ "type": "array", "items": items.and_then(|items| nested(items, depth + 1)).unwrap_or(json!({})) })
        }
        ["object"] => object(shape, depth),
        _ => return None,
    };
    if types == ["string"]
        && let Some(format) = format(shape)
    {
        schema["format"] = format.into();
    }
    schema["nullable"] = true.into();
    Some(schema)
}

/// The format of all strings.
fn format(shape: &Shape) -> Option<&'static str> {
    let all = *shape.types.get("string")?;
    let count = |name: &str| shape.formats.get(name).copied().unwrap_or_default();
    let dates = count("date-time").saturating_add(count("local-date-time"));
    [("date-time", dates), ("date", count("date")), ("uuid", count("uuid"))]
        .into_iter()
        .find(|(_, count)| *count == all)
        .map(|(name, _)| name)
}

fn object(shape: &Shape, depth: usize) -> Value {
    let mut schema = json!({ "type": "object", "additionalProperties": true });
    let is_map = shape.members.len() > MAX_MEMBERS || shape.members.contains_key("*");
    if depth >= MAX_DEPTH || is_map {
        return schema;
    }
    // What cannot be described stays among the unknown members.
    let members: Map<String, Value> = shape
        .members
        .iter()
        .filter(|(name, _)| is_name(name))
        .filter_map(|(name, member)| Some((name.clone(), nested(member, depth + 1)?)))
        .collect();
    if !members.is_empty() {
        schema["properties"] = members.into();
    }
    schema
}

/// Adds values that were seen elsewhere. Examples and words of enums are left out.
pub fn add(to: &mut Shape, other: &Shape) {
    to.count = to.count.saturating_add(other.count);
    to.null = to.null.saturating_add(other.null);
    for (to, other) in [(&mut to.types, &other.types), (&mut to.formats, &other.formats)] {
        for (name, count) in other {
            let count = to.get(name).copied().unwrap_or_default().saturating_add(*count);
            to.insert(name.clone(), count);
        }
    }
    for (name, member) in &other.members {
        add(to.members.entry(name.clone()).or_default(), member);
    }
    if let Some(items) = &other.items {
        add(to.items.get_or_insert_default(), items);
    }
}

/// Whether a schema without references describes the values, as far as their type is concerned.
pub fn admits(schema: &Value, shape: &Shape) -> bool {
    let is_lenient = schema["x-lenient"] == true;
    let Some(expected) = schema["type"].as_str() else { return true };
    shape.types.iter().filter(|(_, count)| **count > 0).all(|(seen, _)| {
        seen == expected
            || expected == "number" && seen == "integer"
            || is_lenient
                && matches!(expected, "string" | "integer")
                && matches!(seen.as_str(), "string" | "integer")
    })
}

/// The types of values for people, such as `integer 12 times, null once`.
pub fn shown(shape: &Shape) -> String {
    const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "object", "array"];
    let known = TYPES.into_iter().filter_map(|name| Some((name, *shape.types.get(name)?)));
    let all: Vec<String> = known
        .chain([("null", shape.null)])
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| match count {
            1 => format!("{name} once"),
            count => format!("{name} {count} times"),
        })
        .collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(value: Value) -> Shape {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_schema_has_the_types_that_were_seen() {
        for (seen, expected) in [
            (
                json!({ "types": { "string": 2 }, "formats": { "uuid": 2 } }),
                json!({ "type": "string", "format": "uuid", "nullable": true }),
            ),
            (
                json!({ "types": { "string": 3 }, "formats": { "date-time": 2, "local-date-time": 1 } }),
                json!({ "type": "string", "format": "date-time", "nullable": true }),
            ),
            (
                json!({ "types": { "string": 3 }, "formats": { "date": 2 } }),
                json!({ "type": "string", "nullable": true }),
            ),
            (
                json!({ "types": { "integer": 1, "number": 4 } }),
                json!({ "type": "number", "format": "double", "nullable": true }),
            ),
            (
                json!({ "types": { "array": 1 }, "items": { "types": { "integer": 2 } } }),
                json!({ "type": "array", "nullable": true,
                     "items": { "type": "integer", "format": "int64", "nullable": true } }),
            ),
            (
                json!({ "types": { "object": 1 }, "members": {
                "a": { "types": { "boolean": 1 } }, "b: c": { "types": { "string": 1 } },
                "mixed": { "types": { "string": 1, "object": 1 } }, "none": { "null": 1 } } }),
                json!({ "type": "object", "additionalProperties": true, "nullable": true,
                     "properties": { "a": { "type": "boolean", "nullable": true } } }),
            ),
            (
                json!({ "types": { "object": 1 }, "members": { "*": { "types": { "boolean": 1 } } } }),
                json!({ "type": "object", "additionalProperties": true, "nullable": true }),
            ),
        ] {
            assert_eq!(schema(&shape(seen)), Some(expected));
        }
        assert_eq!(schema(&shape(json!({ "null": 2 }))), None);
        assert_eq!(schema(&shape(json!({ "types": { "string": 1, "integer": 1 } }))), None);
    }

    #[test]
    fn types_are_compared_as_the_sdk_reads_them() {
        let integers = shape(json!({ "types": { "integer": 1, "string": 0 } }));
        for (schema, expected) in [
            (json!({ "type": "integer" }), true),
            (json!({ "type": "number" }), true),
            (json!({ "type": "string" }), false),
            (json!({ "type": "string", "x-lenient": true }), true),
            (json!({ "type": "object", "x-lenient": true }), false),
            (json!({}), true),
        ] {
            assert_eq!(admits(&schema, &integers), expected, "{schema}");
        }
        assert_eq!(
            shown(&shape(json!({ "null": 1, "types": { "integer": 2, "<b>": 3 } }))),
            "integer 2 times, null once"
        );
        assert_eq!(shown(&Shape::default()), "nothing");
    }
}
