//! The bodies and responses of a document, and what the rules about them ask.

use serde_json::Value;

use super::Draft;
use crate::{
    model::resolve,
    spec::{child, walk},
};

/// A cyclic composition must end somewhere.
const MAX_DEPTH: usize = 12;

/// The pointers of all request bodies that are not references.
pub(super) fn bodies(draft: &Draft) -> Vec<String> {
    let root = &draft.spec.root;
    let of_operations = draft.operations().into_iter().map(|operation| operation + "/requestBody");
    let shared = root["components"]["requestBodies"].as_object().into_iter().flatten();
    let shared = shared.map(|(name, _)| child("/components/requestBodies", name));
    let is_written = |pointer: &String| {
        root.pointer(pointer).is_some_and(|body| body.is_object() && body.get("$ref").is_none())
    };
    of_operations.chain(shared).filter(is_written).collect()
}

/// The pointers of all responses that are not references and not errors.
pub(super) fn responses(draft: &Draft) -> Vec<String> {
    let root = &draft.spec.root;
    let mut all = Vec::new();
    for operation in draft.operations() {
        let pointer = operation + "/responses";
        let responses = root.pointer(&pointer).and_then(Value::as_object);
        let successes = responses.into_iter().flatten().filter(|(status, _)| !is_error(status));
        all.extend(successes.map(|(status, _)| child(&pointer, status)));
    }
    let shared = root["components"]["responses"].as_object().into_iter().flatten();
    all.extend(shared.map(|(name, _)| child("/components/responses", name)));
    all.retain(|pointer| {
        root.pointer(pointer).is_some_and(|response| response.get("$ref").is_none())
    });
    all
}

fn is_error(status: &str) -> bool {
    status.starts_with('4') || status.starts_with('5')
}

/// The form of a media type: its pointer, its resolved schema, and the pointer where that is written. `None` as well for
/// what vetting refuses.
pub(super) fn form(draft: &Draft, body: &str, media_type: &str) -> Option<Form> {
    let root = &draft.spec.root;
    let pointer = child(&child(body, "content"), media_type);
    let written = &root.pointer(&pointer).filter(|media_type| media_type.is_object())?["schema"];
    let origin = match written["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        Some(target) => target.to_owned(),
        None => child(&pointer, "schema"),
    };
    let schema = resolve(root, written).clone();
    (schema.is_object() || written.is_null()).then_some(Form { schema, pointer, origin })
}

/// What [`form`] finds.
pub(super) struct Form {
    pub pointer: String,
    pub schema: Value,
    pub origin: String,
}

/// Whether the values of a schema are objects; `None` if that is not known.
pub(super) fn is_object(root: &Value, schema: &Value) -> Option<bool> {
    kind(root, schema).map(|kind| kind == "object")
}

/// The type of a schema's values, if all of them have one.
pub(super) fn kind<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a str> {
    kind_at(root, schema, 0)
}

fn kind_at<'a>(root: &'a Value, schema: &'a Value, depth: usize) -> Option<&'a str> {
    let schema = resolve(root, schema);
    if let Some(word) = schema["type"].as_str() {
        return Some(word);
    }
    if schema.get("properties").is_some() || schema["additionalProperties"].is_object() {
        return Some("object");
    }
    if schema.get("items").is_some() {
        return Some("array");
    }
    let parts = |key: &str| schema[key].as_array().filter(|_| depth < MAX_DEPTH);
    if let Some(parts) = parts("allOf") {
        return parts.iter().find_map(|part| kind_at(root, part, depth + 1));
    }
    // Alternatives of one type.
    let alternatives = parts("oneOf").or_else(|| parts("anyOf"))?;
    let mut kinds = alternatives.iter().map(|part| kind_at(root, part, depth + 1));
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// The members of an object with those of its parts and alternatives: the wire name, and the pointer of each. `origin`
/// is the pointer of the schema.
pub(super) fn members(root: &Value, schema: &Value, origin: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    collect(root, schema, origin, &mut all, 0);
    all
}

fn collect(
    root: &Value,
    schema: &Value,
    origin: &str,
    all: &mut Vec<(String, String)>,
    depth: usize,
) {
    let origin = schema["$ref"].as_str().and_then(|to| to.strip_prefix('#')).unwrap_or(origin);
    let schema = resolve(root, schema);
    for (name, _) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = child(&child(origin, "properties"), name);
        all.retain(|(known, _)| known != name);
        all.push((name.clone(), pointer));
    }
    for key in ["allOf", "oneOf", "anyOf"].into_iter().filter(|_| depth < MAX_DEPTH) {
        for (index, part) in schema[key].as_array().into_iter().flatten().enumerate() {
            collect(root, part, &format!("{origin}/{key}/{index}"), all, depth + 1);
        }
    }
}

/// The names of the members that every value has: those that the object or one of its parts requires.
pub(super) fn required(root: &Value, schema: &Value) -> Vec<String> {
    let mut all = Vec::new();
    collect_required(root, schema, &mut all, 0);
    all
}

fn collect_required(root: &Value, schema: &Value, all: &mut Vec<String>, depth: usize) {
    let schema = resolve(root, schema);
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !all.iter().any(|known| known == name) {
            all.push(name.to_owned());
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten().filter(|_| depth < MAX_DEPTH) {
        collect_required(root, part, all, depth + 1);
    }
}

/// Gives a value that was copied the locations of the original.
pub(super) fn locate(draft: &mut Draft, pointer: &str, origin: &str) {
    let mut inside = Vec::new();
    if let Some(value) = draft.spec.root.pointer(pointer) {
        walk(value, "", &mut |_, inner| inside.push(inner.to_owned()));
    }
    for inner in inside {
        draft.spec.set_location(&format!("{pointer}{inner}"), &format!("{origin}{inner}"));
    }
}
