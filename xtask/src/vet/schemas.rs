//! Rules about schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, Report, closest};
use crate::openapi::{Kind, Node};
use crate::spec::child;

const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
pub(super) const COMPOSITIONS: [&str; 3] = ["allOf", "oneOf", "anyOf"];
/// Deeper nesting gives unreadable names, and a cyclic schema must end somewhere.
pub(super) const MAX_DEPTH: usize = 12;

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

/// Only objects have members, and only lists have items.
pub fn members(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        let kind = node.value["type"].as_str();
        for (key, expected) in
            [("properties", "object"), ("additionalProperties", "object"), ("items", "array")]
        {
            if node.value.get(key).is_some() && kind.is_some_and(|kind| kind != expected) {
                report.error(
                    &child(&node.pointer, key),
                    format!("`{key}` has no meaning for the type `{}`", kind.unwrap_or_default()),
                    format!("write `type: {expected}`, or remove it"),
                );
            }
        }
    }
}

/// Required members exist, and are listed once.
pub fn required(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        let Some(list) = node.value["required"].as_array() else { continue };
        let mut known = BTreeSet::new();
        members_of(context, node.value, &mut known, 0);
        for (index, name) in list.iter().enumerate() {
            let Some(name) = name.as_str() else { continue };
            let pointer = format!("{}/required/{index}", node.pointer);
            // A part of an `allOf` may require a member of another part.
            let is_part = node.pointer.contains("/allOf/");
            if !known.contains(name) && !is_part {
                report.error(
                    &pointer,
                    format!("`{name}` is required but is not a member"),
                    "add it to `properties`, or correct the name",
                );
            }
            if list[..index].iter().any(|other| other == name) {
                report.error(&pointer, format!("`{name}` is required twice"), "list it once");
            }
        }
    }
}

pub(super) fn members_of<'a>(
    context: &Context<'a>,
    schema: &'a Value,
    known: &mut BTreeSet<&'a str>,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    let schema = context.resolve(schema);
    known.extend(schema["properties"].as_object().into_iter().flatten().map(|(n, _)| n.as_str()));
    for key in COMPOSITIONS {
        for part in schema[key].as_array().into_iter().flatten() {
            members_of(context, part, known, depth + 1);
        }
    }
}

/// `allOf`, `oneOf` and `anyOf` are lists of schemas, and a schema has one of them.
pub fn compositions(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        let present: Vec<&str> =
            COMPOSITIONS.into_iter().filter(|key| node.value.get(*key).is_some()).collect();
        for key in &present {
            if node.value[*key].as_array().is_none_or(Vec::is_empty) {
                report.error(
                    &child(&node.pointer, key),
                    format!("`{key}` is not a list of schemas"),
                    "list at least one schema",
                );
            }
        }
        if present.len() > 1 {
            report.error(
                &node.pointer,
                format!("`{}` in one schema are not supported", present.join("` and `")),
                "move one of them into a named schema, and refer to it",
            );
        }
        let is_choice = present.iter().any(|key| *key != "allOf");
        if is_choice && node.value.get("properties").is_some() {
            report.error(
                &node.pointer,
                "`properties` next to alternatives are not supported",
                "move the members into each alternative; `allOf` shares them",
            );
        }
    }
}

/// The parts of an `allOf` agree on the members that they share.
pub fn contradictions(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        let parts = node.value["allOf"].as_array().into_iter().flatten();
        let mut taken: Vec<(&str, &str)> = Vec::new();
        let mut kinds: Vec<&str> = node.value["type"].as_str().into_iter().collect();
        for part in parts.map(|part| context.resolve(part)) {
            let kind = part["type"].as_str();
            if let Some(kind) = kind
                && kinds.iter().any(|other| *other != kind)
            {
                report.error(
                    &child(&node.pointer, "allOf"),
                    format!("no value is both {} and {kind}", kinds.join(" and ")),
                    "correct the types of the parts; write `oneOf` for alternatives",
                );
            }
            kinds.extend(kind);
            for (name, member) in part["properties"].as_object().into_iter().flatten() {
                let Some(kind) = context.resolve(member)["type"].as_str() else { continue };
                if taken.iter().any(|(other, of)| other == name && *of != kind) {
                    report.error(
                        &child(&node.pointer, "allOf"),
                        format!("the parts give the member `{name}` different types"),
                        "keep the member in one of them",
                    );
                }
                taken.push((name, kind));
            }
        }
    }
}

/// Keywords of OpenAPI 3.0 that the generator does not support.
pub fn unsupported(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        for (key, help) in [
            ("not", "describe what the value is, or remove it to accept any value"),
            (
                "discriminator",
                "remove it: required members distinguish alternatives, and a member that they share \
                 can be an enum",
            ),
            ("xml", "remove it; bodies are JSON, text, forms or bytes"),
        ] {
            if node.value.get(key).is_some() {
                report.error(
                    &child(&node.pointer, key),
                    format!("`{key}` in a schema is not supported"),
                    help,
                );
            }
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

/// Times are members of named types: `#[serde(with)]` on a field selects the module that reads them.
pub fn times(context: &Context<'_>, report: &mut Report<'_>) {
    for node in schemas(context) {
        let is_time = matches!(node.value["format"].as_str(), Some("unix-ms" | "date-time"));
        let Some((owner, _)) = node.pointer.rsplit_once("/properties/") else { continue };
        if !is_time || !context.nodes.iter().any(|n| n.pointer == owner && n.kind == Kind::Schema) {
            continue;
        }
        // The members of an `allOf` part are members of the composed type.
        let mut top = owner;
        while let Some((before, index)) = top.rsplit_once("/allOf/") {
            if index.parse::<usize>().is_err() {
                break;
            }
            top = before;
        }
        let is_named = context.nodes.iter().any(|n| n.pointer == top && n.is_named);
        let is_rpc = context.operations.iter().any(|operation| {
            operation.is_rpc()
                && operation.body(&context.spec.root).is_some_and(|(content, _)| {
                    top == child(&content, "application/json") + "/schema"
                })
        });
        // `multipart_members` checks multipart forms.
        if !is_named && !is_rpc && !top.contains("multipart~1form-data") {
            report.error(
                &node.pointer,
                "a time is a member of an unnamed object",
                "move the object to `components.schemas`, and refer to it",
            );
        }
    }
}
