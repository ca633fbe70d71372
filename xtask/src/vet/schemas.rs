//! Rules about schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, Report, closest};
use crate::openapi::{Kind, Node};
use crate::spec::child;

const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
/// Deeper nesting gives unreadable names, and a cyclic schema must end somewhere.
const MAX_DEPTH: usize = 12;

fn schemas<'c, 'a>(context: &'c Context<'a>) -> impl Iterator<Item = &'c Node<'a>> {
    context.each(Kind::Schema).filter(|node| node.value.is_object())
}

/// `type` is a type of OpenAPI 3.0.
pub fn types(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        let pointer = child(&node.pointer, "type");
        match node.value.get("type") {
            None => {}
            Some(Value::Array(_)) => report.error(
                &pointer,
                "a list of types is OpenAPI 3.1",
                "write a single type, and `nullable: true` if the value may be null",
            ),
            Some(Value::String(word)) if TYPES.contains(&word.as_str()) => {}
            Some(Value::String(word)) if word == "null" => report.error(
                &pointer,
                "the type `null` is OpenAPI 3.1",
                "write the type of the other values, and `nullable: true`",
            ),
            Some(Value::String(word)) => {
                let near = closest(word, TYPES, 0.51);
                report.error(
                    &pointer,
                    format!("`{word}` is not a type"),
                    match (word.as_str(), near) {
                        ("file", _) => {
                            "write `type: string` and `format: binary` for a file".to_owned()
                        }
                        (_, Some(near)) => format!("did you mean `{near}`?"),
                        _ => format!("write one of: {}", TYPES.join(", ")),
                    },
                );
            }
            Some(_) => report.error(
                &pointer,
                "`type` is not a string",
                format!("write one of: {}", TYPES.join(", ")),
            ),
        }
    }
}

/// Unnamed schemas get their type name from the names on the path to them, so it must be short.
pub fn nesting(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context).filter(|node| node.depth == MAX_DEPTH) {
        report.error(
            &node.pointer,
            format!("this schema is nested in {MAX_DEPTH} others"),
            "move the inner schemas to `components.schemas`, and refer to them",
        );
    }
}

/// No type requires a value of itself: such a value would be infinite.
pub fn infinite(context: &Context<'_>, report: &mut Report<'_>) {
    for (name, schema) in context.components("schemas") {
        let mut seen = BTreeSet::new();
        let mut pending = Vec::new();
        required_schemas(schema, &mut pending, 0);
        while let Some(next) = pending.pop() {
            if next == name {
                report.error(
                    &child("/components/schemas", name),
                    format!("a value of `{name}` always contains another one, without end"),
                    "make a member on the cycle optional, nullable, or a list",
                );
                break;
            }
            if seen.insert(next) {
                required_schemas(
                    &context.spec.root["components"]["schemas"][next],
                    &mut pending,
                    0,
                );
            }
        }
    }
}

/// The named schemas of which a value of this schema always contains one.
fn required_schemas<'a>(schema: &'a Value, pending: &mut Vec<&'a str>, depth: usize) {
    if schema["nullable"] == true || depth > 100 {
        return;
    }
    if let Some(target) = schema["$ref"].as_str() {
        pending.extend(target.strip_prefix("#/components/schemas/"));
        return;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(member) = schema["properties"].get(name) {
            required_schemas(member, pending, depth + 1);
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        required_schemas(part, pending, depth + 1);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some([only]) = schema[key].as_array().map(Vec::as_slice) {
            required_schemas(only, pending, depth + 1);
        }
    }
}
