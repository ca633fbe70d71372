//! Rules about schemas.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Context, Faults, Kind, Node};
use crate::spec::child;

const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
const COMPOSITIONS: [&str; 3] = ["allOf", "oneOf", "anyOf"];
/// More levels than a reader follows, and than generated names can show.
const DEEPEST: usize = 12;

fn schemas<'c, 'a>(context: &'c Context<'a>) -> impl Iterator<Item = &'c Node<'a>> {
    context.each(Kind::Schema).filter(|node| node.value.is_object())
}

/// `type` is one of OpenAPI 3.0's words.
pub fn types(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        let pointer = child(&node.pointer, "type");
        match node.value.get("type") {
            None => {}
            Some(Value::Array(_)) => faults.add(
                &pointer,
                "a list of types is OpenAPI 3.1",
                "write one type, and `nullable: true` if the value may be null",
            ),
            Some(Value::String(word)) if TYPES.contains(&word.as_str()) => {}
            Some(Value::String(word)) if word == "null" => faults.add(
                &pointer,
                "the type `null` is OpenAPI 3.1",
                "write `nullable: true` beside the type that the value has otherwise",
            ),
            Some(Value::String(word)) => {
                let near = TYPES
                    .into_iter()
                    .map(|known| (strsim::normalized_damerau_levenshtein(word, known), known))
                    .filter(|(likeness, _)| *likeness > 0.5)
                    .max_by(|a, b| a.0.total_cmp(&b.0));
                faults.add(
                    &pointer,
                    format!("`{word}` is no type"),
                    match (word.as_str(), near) {
                        ("file", _) => {
                            "write `type: string` and `format: binary` for a file".to_owned()
                        }
                        (_, Some((_, near))) => format!("did you mean `{near}`?"),
                        _ => format!("write one of: {}", TYPES.join(", ")),
                    },
                );
            }
            Some(_) => faults.add(
                &pointer,
                "the type is not a text",
                format!("write one of: {}", TYPES.join(", ")),
            ),
        }
    }
}

/// Members belong to objects, and items to lists.
pub fn members(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        let kind = node.value["type"].as_str();
        for (key, wanted) in
            [("properties", "object"), ("additionalProperties", "object"), ("items", "array")]
        {
            if node.value.get(key).is_some() && kind.is_some_and(|kind| kind != wanted) {
                faults.add(
                    &child(&node.pointer, key),
                    format!("`{key}` has no meaning for the type `{}`", kind.unwrap_or_default()),
                    format!("write `type: {wanted}`, or remove it"),
                );
            }
        }
    }
}

/// Required members exist.
pub fn required(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        let Some(list) = node.value["required"].as_array() else { continue };
        let mut known = BTreeSet::new();
        members_of(context, node.value, &mut known, 0);
        for (index, name) in list.iter().enumerate() {
            let Some(name) = name.as_str() else { continue };
            let pointer = format!("{}/required/{index}", node.pointer);
            // A part of an `allOf` may require what another part describes.
            let is_part = node.pointer.contains("/allOf/");
            if !known.contains(name) && !is_part {
                faults.add(
                    &pointer,
                    format!("`{name}` is required, but it is not a member"),
                    "add it to `properties`, or correct the name",
                );
            }
            if list[..index].iter().any(|other| other == name) {
                faults.add(&pointer, format!("`{name}` is required twice"), "write it once");
            }
        }
    }
}

fn members_of<'a>(
    context: &Context<'a>,
    schema: &'a Value,
    known: &mut BTreeSet<&'a str>,
    depth: usize,
) {
    if depth > DEEPEST {
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

/// Compositions are lists of schemas.
pub fn compositions(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        let present: Vec<&str> =
            COMPOSITIONS.into_iter().filter(|key| node.value.get(*key).is_some()).collect();
        for key in &present {
            if node.value[*key].as_array().is_none_or(Vec::is_empty) {
                faults.add(
                    &child(&node.pointer, key),
                    format!("`{key}` is not a list of schemas"),
                    "list at least one schema below it",
                );
            }
        }
        if present.len() > 1 {
            faults.add(
                &node.pointer,
                format!("`{}` stand beside each other", present.join("` and `")),
                "put one of them into a schema of its own, and refer to it",
            );
        }
        let is_choice = present.iter().any(|key| *key != "allOf");
        if is_choice && node.value.get("properties").is_some() {
            faults.add(
                &node.pointer,
                "members beside alternatives are not supported",
                "put the members into each alternative, by `allOf` if they are many",
            );
        }
    }
}

/// The first alternative that fits is taken, so it must not fit what is meant for another.
pub fn alternatives(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        for key in ["oneOf", "anyOf"] {
            let Some(list) = node.value[key].as_array() else { continue };
            let list: Vec<&Value> = list.iter().collect();
            if let Some((first, second)) = ambiguous(context, &list) {
                faults.add(
                    &child(&node.pointer, key),
                    format!(
                        "alternative {} also takes what is meant for alternative {}",
                        first + 1,
                        second + 1
                    ),
                    "put the stricter one first, require a member that only it has, or describe \
                     any value and decode it by hand",
                );
            }
        }
    }
}

/// Two alternatives, of which the first takes the values of the second.
pub fn ambiguous<'a>(context: &Context<'a>, list: &[&'a Value]) -> Option<(usize, usize)> {
    for (second, later) in list.iter().enumerate() {
        for (first, earlier) in list[..second].iter().enumerate() {
            if takes(context, context.resolve(earlier), context.resolve(later)) {
                return Some((first, second));
            }
        }
    }
    None
}

fn takes<'a>(context: &Context<'a>, earlier: &'a Value, later: &'a Value) -> bool {
    let kind = |schema: &Value| {
        let word = schema["type"].as_str().unwrap_or_default().to_owned();
        let is_object = schema.get("properties").is_some() || schema.get("allOf").is_some();
        if word.is_empty() && is_object { "object".to_owned() } else { word }
    };
    match (kind(earlier).as_str(), kind(later).as_str()) {
        ("object", "object") => {
            let (mut required, mut known) = (BTreeSet::new(), BTreeSet::new());
            required_of(context, earlier, &mut required, 0);
            members_of(context, later, &mut known, 0);
            required.is_subset(&known)
        }
        ("array", "array") => false,
        // Text with a format takes less than text without.
        ("string", "string") => earlier.get("format").is_none(),
        ("number", "integer") => true,
        // Any value, or a composition that is looked at by itself.
        ("", _) => !COMPOSITIONS.iter().any(|key| earlier.get(key).is_some()),
        (one, other) => one == other,
    }
}

fn required_of<'a>(
    context: &Context<'a>,
    schema: &'a Value,
    all: &mut BTreeSet<&'a str>,
    depth: usize,
) {
    if depth > DEEPEST {
        return;
    }
    let schema = context.resolve(schema);
    all.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        required_of(context, part, all, depth + 1);
    }
}

/// Parts of an `allOf` agree about the members that they share.
pub fn contradictions(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        let parts = node.value["allOf"].as_array().into_iter().flatten();
        let mut taken: Vec<(&str, &str)> = Vec::new();
        let mut kinds: Vec<&str> = node.value["type"].as_str().into_iter().collect();
        for part in parts.map(|part| context.resolve(part)) {
            let kind = part["type"].as_str();
            if let Some(kind) = kind
                && kinds.iter().any(|other| *other != kind)
            {
                faults.add(
                    &child(&node.pointer, "allOf"),
                    format!("no value is {} and {kind} at once", kinds.join(" and ")),
                    "correct the types of the parts; alternatives are `oneOf`",
                );
            }
            kinds.extend(kind);
            for (name, member) in part["properties"].as_object().into_iter().flatten() {
                let Some(kind) = context.resolve(member)["type"].as_str() else { continue };
                if taken.iter().any(|(other, of)| other == name && *of != kind) {
                    faults.add(
                        &child(&node.pointer, "allOf"),
                        format!("the parts give the member `{name}` different types"),
                        "keep the member in one part",
                    );
                }
                taken.push((name, kind));
            }
        }
    }
}

/// What OpenAPI 3.0 has and the generator does not.
pub fn unsupported(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        for (key, cure) in [
            ("not", "describe what the value is, or leave it out to take any value"),
            (
                "discriminator",
                "leave it out: alternatives are told apart by their required members, and a \
                 common member can be an enum",
            ),
            ("xml", "leave it out; bodies are JSON, text, forms or bytes"),
        ] {
            if node.value.get(key).is_some() {
                faults.add(
                    &child(&node.pointer, key),
                    format!("`{key}` in a schema is not supported"),
                    cure,
                );
            }
        }
    }
}

/// The names of unnamed schemas are made of the names on the way to them.
pub fn nesting(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context).filter(|node| node.depth == DEEPEST) {
        faults.add(
            &node.pointer,
            format!("this schema is inside of {DEEPEST} others"),
            "give the inner ones names in `components.schemas`, and refer to them",
        );
    }
}

/// A value that must hold one of its own kind has no end.
pub fn infinite(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (name, schema) in context.components("schemas") {
        let mut seen = BTreeSet::new();
        let mut open = Vec::new();
        needed(schema, &mut open, 0);
        while let Some(next) = open.pop() {
            if next == name {
                faults.add(
                    &child("/components/schemas", name),
                    format!("a value of `{name}` always holds another one of it, without end"),
                    "make a member on the way optional or nullable, or a list",
                );
                break;
            }
            if seen.insert(next) {
                needed(&context.spec.root["components"]["schemas"][next], &mut open, 0);
            }
        }
    }
}

/// The named schemas of which a value of this one always holds a value.
fn needed<'a>(schema: &'a Value, open: &mut Vec<&'a str>, depth: usize) {
    if schema["nullable"] == true || depth > 100 {
        return;
    }
    if let Some(target) = schema["$ref"].as_str() {
        open.extend(target.strip_prefix("#/components/schemas/"));
        return;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(member) = schema["properties"].get(name) {
            needed(member, open, depth + 1);
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        needed(part, open, depth + 1);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some([only]) = schema[key].as_array().map(Vec::as_slice) {
            needed(only, open, depth + 1);
        }
    }
}

/// Times are read by a module that only members of a type of their own can name.
pub fn times(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in schemas(context) {
        let is_time = matches!(node.value["format"].as_str(), Some("unix-ms" | "date-time"));
        let Some((owner, _)) = node.pointer.rsplit_once("/properties/") else { continue };
        if !is_time || !context.nodes.iter().any(|n| n.pointer == owner && n.kind == Kind::Schema) {
            continue;
        }
        // Parts of an `allOf` are members of the type that they make up.
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
        // Multipart forms have a rule of their own.
        if !is_named && !is_rpc && !top.contains("multipart~1form-data") {
            faults.add(
                &node.pointer,
                "a time is a member of an object without a name",
                "give the object a name in `components.schemas`, and refer to it",
            );
        }
    }
}
