//! Successes of an operation, which become one type.

use serde_json::{Map, Value, json};

use super::{
    Draft,
    content::{kind, members, required},
};
use crate::{
    model::{is_json, resolve},
    names,
    spec::child,
};

/// Leaves out successes of which the first is JSON and another is not, or the reverse: an operation returns a value or
/// a stream, not either.
pub(super) fn one_kind_of_success(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for operation in draft.operations() {
            let pointer = child(&operation, "responses");
            let root = &draft.spec.root;
            let kinds: Vec<(String, bool)> = successes(root, &pointer)
                .into_iter()
                .filter_map(|status| {
                    let response = resolve(root, root.pointer(&child(&pointer, &status))?);
                    let content = response["content"].as_object().filter(|of| !of.is_empty())?;
                    let has_json = content.iter().any(|(media_type, _)| is_json(media_type));
                    Some((status, has_json))
                })
                .collect();
            let Some(&(_, first)) = kinds.first() else { continue };
            for (status, _) in kinds.into_iter().filter(|(_, has_json)| *has_json != first) {
                let (kept, other) = if first { ("JSON", "bytes") } else { ("bytes", "JSON") };
                draft.warn(
                &child(&pointer, &status),
                format!(
                    "the success {status} is {other}, and an earlier one is {kept}; it is left out"
                ),
                "keep the one that the client should accept",
            );
                if let Some(responses) = draft.value(&pointer).and_then(Value::as_object_mut) {
                    responses.remove(&status);
                }
            }
        }
    });
}

/// Merges successes that cannot be distinguished. Objects become one object, whose required members are those that all of
/// them require; other values become any value.
pub(super) fn one_object_of_successes(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for operation in draft.operations() {
            let pointer = child(&operation, "responses");
            let shapes = shapes(&draft.spec.root, &pointer);
            let root = &draft.spec.root;
            let schemas: Vec<&Value> =
                shapes.iter().filter_map(|shape| root.pointer(&shape.schema)).collect();
            let is_ambiguous = schemas.iter().enumerate().any(|(index, later)| {
                schemas[..index].iter().any(|earlier| accepts(root, earlier, later))
            });
            if !is_ambiguous {
                continue;
            }
            let all_objects = schemas.iter().all(|schema| is_plain_object(root, schema));
            let merged = if all_objects {
                let merged = merged(draft, &shapes);
                named(draft, &operation, merged, &shapes)
            } else {
                draft.warn(
                    &pointer,
                    "the successes cannot be distinguished by their type; any value is accepted",
                    "use one schema for all successes",
                );
                json!({})
            };
            for shape in &shapes {
                replace(draft, &pointer, shape, &merged);
            }
        }
    });
}

/// Adds a schema of an operation's successes to the components, and returns a reference to it.
fn named(draft: &mut Draft, operation: &str, schema: Value, shapes: &[Shape]) -> Value {
    let id = draft.spec.root.pointer(operation).map(|operation| &operation["operationId"]);
    let wanted =
        format!("{}Success", names::pascal(id.and_then(Value::as_str).unwrap_or_default()));
    let taken = draft.spec.root["components"]["schemas"].as_object();
    let is_taken =
        |name: &str| taken.into_iter().flatten().any(|(taken, _)| names::pascal(taken) == name);
    let mut numbered = (2..).map(|number| format!("{wanted}{number}"));
    let free = if is_taken(&wanted) { numbered.find(|name| !is_taken(name)) } else { None };
    let name = free.unwrap_or(wanted);
    for group in ["/components", "/components/schemas"] {
        let (outer, inner) = group.rsplit_once('/').unwrap_or_default();
        let outer = draft.value(outer).and_then(Value::as_object_mut);
        let inner = outer.map(|outer| outer.entry(inner).or_insert_with(|| json!({})));
        if let Some(inner) = inner.filter(|inner| !inner.is_object()) {
            *inner = json!({});
        }
    }
    draft.spec.root["components"]["schemas"][&name] = schema;
    let pointer = child("/components/schemas", &name);
    if let [first, ..] = shapes {
        draft.spec.set_location(&pointer, &first.schema);
    }
    json!({ "$ref": format!("#{pointer}") })
}

/// A JSON success with another schema than those before it.
struct Shape {
    status: String,
    media_type: String,
    /// The pointer of the schema.
    schema: String,
}

fn shapes(root: &Value, pointer: &str) -> Vec<Shape> {
    let mut all: Vec<Shape> = Vec::new();
    let mut seen: Vec<&Value> = Vec::new();
    for status in successes(root, pointer) {
        let mut response = child(pointer, &status);
        let written = root.pointer(&response).map_or(&Value::Null, |response| response);
        if let Some(target) = written["$ref"].as_str().and_then(|to| to.strip_prefix('#')) {
            response = target.to_owned();
        }
        let content = resolve(root, written)["content"].as_object();
        let json = content.into_iter().flatten().find(|(media_type, _)| is_json(media_type));
        if let Some((media_type, body)) = json
            && let Some(schema) = body.get("schema")
            && !seen.contains(&schema)
        {
            seen.push(schema);
            let schema = child(&child(&child(&response, "content"), media_type), "schema");
            all.push(Shape { status, media_type: media_type.clone(), schema });
        }
    }
    all
}

/// The statuses of success, in their order.
fn successes(root: &Value, pointer: &str) -> Vec<String> {
    let responses = root.pointer(pointer).and_then(Value::as_object);
    let statuses = responses.into_iter().flatten().map(|(status, _)| status.clone());
    statuses.filter(|status| status.starts_with('2')).collect()
}

/// Whether an object without alternatives.
fn is_plain_object(root: &Value, schema: &Value) -> bool {
    let schema = resolve(root, schema);
    let is_alternative = schema.get("oneOf").is_some() || schema.get("anyOf").is_some();
    !is_alternative && kind(root, schema) == Some("object")
}

/// Whether the earlier schema accepts values of the later one, as far as types and members tell.
fn accepts(root: &Value, earlier: &Value, later: &Value) -> bool {
    let format = resolve(root, earlier).get("format");
    match (kind(root, earlier), kind(root, later)) {
        (Some("object"), Some("object")) => {
            let known = members(root, later, "");
            let has = |name: &String| known.iter().any(|(known, _)| known == name);
            required(root, earlier).iter().all(has)
        }
        (Some("array"), Some("array")) => false,
        (Some("string"), Some("string")) => format.is_none(),
        (Some("number"), Some("integer")) => true,
        // Any value. The alternatives of a composition are not compared.
        (None, _) => {
            let schema = resolve(root, earlier);
            !["allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
        }
        (one, other) => one == other,
    }
}

/// An object with the members of all shapes.
fn merged(draft: &mut Draft, shapes: &[Shape]) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    let mut always: Option<Vec<String>> = None;
    let mut differing = Vec::new();
    for shape in shapes {
        let root = &draft.spec.root;
        let schema = root.pointer(&shape.schema).cloned().unwrap_or_default();
        for (name, pointer) in members(root, &schema, &shape.schema) {
            let member = root.pointer(&pointer).cloned().unwrap_or_default();
            match properties.get_mut(&name) {
                Some(known) if bare(known) != bare(&member) => {
                    differing.push(format!("`{name}`"));
                    *known = json!({});
                }
                Some(_) => {}
                None => {
                    properties.insert(name, member);
                }
            }
        }
        let required = required(root, &schema);
        always = Some(match always {
            Some(always) => always.into_iter().filter(|name| required.contains(name)).collect(),
            None => required,
        });
    }
    if let (false, [first, ..]) = (differing.is_empty(), shapes) {
        differing.sort();
        differing.dedup();
        draft.warn(
            &first.schema,
            format!(
                "the successes describe {} differently; any value is accepted there",
                differing.join(", ")
            ),
            "use one schema for all successes",
        );
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if let Some(required) = always.filter(|required| !required.is_empty()) {
        schema["required"] = required.into();
    }
    schema
}

/// A schema without what only describes it.
fn bare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|key, _| !matches!(key.as_str(), "description" | "title" | "example"));
    }
    schema
}

/// Sets the schema of a success. A shared response is copied, because other operations use it as it is.
fn replace(draft: &mut Draft, responses: &str, shape: &Shape, schema: &Value) {
    let pointer = child(responses, &shape.status);
    let response =
        draft.spec.root.pointer(&pointer).map(|of| resolve(&draft.spec.root, of).clone());
    let response = response.filter(Value::is_object);
    if let (Some(response), Some(written)) = (response, draft.value(&pointer)) {
        *written = response;
        written["content"] = json!({ shape.media_type.as_str(): { "schema": schema } });
    }
}
