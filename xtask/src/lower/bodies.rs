//! Rules about request bodies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{CLOSED, FormMember, Lowered, PartKind, add_schema, each_operation};
use crate::{
    model::{form_type, is_json, params_type, resolve},
    names,
    spec::{Spec, child},
};

/// Names the schema of the parameters of a JSON-RPC procedure, so that typify generates a struct. The
/// emitters turn its fields into arguments.
pub(super) fn rpc_params(_: &Spec, lowered: &mut Lowered) {
    let mut added = Vec::new();
    each_operation(&mut lowered.document, |id, operation| {
        let is_rpc = operation.as_object_mut().and_then(|o| o.remove("x-rpc-params")).is_some();
        let schema = operation.pointer_mut("/requestBody/content/application~1json/schema");
        if let (true, Some(schema)) = (is_rpc, schema) {
            let name = params_type(id);
            let mut taken = std::mem::replace(schema, super::reference(&name));
            // Parameters are sent by position, so there is no place for others.
            taken[CLOSED] = true.into();
            taken["description"] = format!("The parameters of `{id}`.").into();
            added.push((name, taken));
        }
    });
    for (name, schema) in added {
        add_schema(&mut lowered.document, &name, schema);
    }
}

/// Opens the objects in JSON bodies, except those that are declared closed, so that callers can send members
/// that the specification lacks. In OpenAPI, objects are open by default, but typify drops the unknown
/// members of objects that are not declared open.
pub(super) fn open_bodies(_: &Spec, lowered: &mut Lowered) {
    let mut names = Vec::new();
    each_operation(&mut lowered.document, |_, operation| {
        let schema = operation.pointer_mut("/requestBody/content/application~1json/schema");
        schema.into_iter().for_each(|schema| open(schema, &mut names));
    });
    // The form itself is not read, but its parts may be JSON.
    for name in lowered.forms.keys() {
        let pointer = child(&child("/components/schemas", name), "properties");
        let parts = lowered.document.pointer_mut(&pointer).and_then(Value::as_object_mut);
        parts.into_iter().flatten().for_each(|(_, part)| open(part, &mut names));
    }
    let mut seen = BTreeSet::new();
    while let Some(name) = names.pop() {
        let schema = lowered.document.pointer_mut(&child("/components/schemas", &name));
        if let Some(schema) = schema
            && seen.insert(name.clone())
        {
            open(schema, &mut names);
        }
    }
}

/// Opens a schema and those inside it, and collects the names of schemas that they refer to.
fn open(schema: &mut Value, names: &mut Vec<String>) {
    let target = schema["$ref"].as_str().and_then(|to| to.strip_prefix("#/components/schemas/"));
    names.extend(target.map(str::to_owned));
    let Some(members) = schema.as_object_mut() else { return };
    if let Some(properties) = members.get("properties").and_then(Value::as_object) {
        // A member `extra` would have the name of the field for unknown members.
        let is_taken = properties.keys().any(|name| names::snake(name) == "extra");
        let is_stated =
            members.contains_key("additionalProperties") || members.contains_key(CLOSED);
        if !is_taken && !is_stated {
            members.insert("additionalProperties".to_owned(), true.into());
        }
    }
    for (key, member) in members.iter_mut() {
        match (key.as_str(), member) {
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| open(property, names));
            }
            ("items" | "additionalProperties", member) => open(member, names),
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| open(part, names));
            }
            _ => {}
        }
    }
}

/// Replaces multipart bodies, which progenitor refuses, by bytes, and names the schema of the form. The
/// emitters add the file parts to its struct.
pub(super) fn multipart_forms(spec: &Spec, lowered: &mut Lowered) {
    const MULTIPART: &str = "multipart/form-data";
    let root = lowered.document.clone();
    let mut added = Vec::new();
    for operation in crate::model::operations(spec) {
        let pointer = child(&child(&operation.pointer, "requestBody"), "content");
        let Some(content) = lowered.document.pointer_mut(&pointer).and_then(Value::as_object_mut)
        else {
            continue;
        };
        let Some(form) = content.remove(MULTIPART) else { continue };
        content.clear();
        content.insert("application/octet-stream".to_owned(), bytes());
        let schema = resolve(&root, &form["schema"]);
        // The specification decides the order of the parts on the wire.
        let body = &spec.root.pointer(&operation.pointer).unwrap_or(&Value::Null)["requestBody"];
        let written =
            body["$ref"].as_str().map(|target| child(target.trim_start_matches('#'), "content"));
        let written = written.unwrap_or_else(|| pointer.clone());
        let mut properties = child(&child(&written, MULTIPART), "schema");
        if let Some(target) = form["schema"]["$ref"].as_str() {
            properties = target.trim_start_matches('#').to_owned();
        }
        let order = spec.keys(&child(&properties, "properties"));
        let name = form_type(&operation.id);
        if schema.get("additionalProperties").is_some_and(|open| *open != false) {
            lowered.open_forms.insert(name.clone());
        }
        let encoding = form["encoding"].clone();
        added.push((name, operation.id.clone(), schema.clone(), order, encoding));
    }
    for (name, id, schema, order, encoding) in added {
        let (schema, members) = form_schema(&root, &id, schema, &order, &encoding);
        add_schema(&mut lowered.document, &name, schema);
        lowered.forms.insert(name, members);
    }
}

fn bytes() -> Value {
    json!({ "schema": { "type": "string", "format": "binary" } })
}

fn form_schema(
    root: &Value,
    id: &str,
    mut schema: Value,
    order: &[String],
    encoding: &Value,
) -> (Value, Vec<FormMember>) {
    let required: Vec<String> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut members = Vec::new();
    for name in order {
        let Some(property) = schema["properties"].get_mut(name) else { continue };
        // A list is written as several parts, and a file has another type, even if they have names.
        let target = unwrapped(root, property);
        if target["type"] == "array" || target["format"] == "binary" {
            let is_nullable = property["nullable"] == true;
            *property = target.clone();
            if is_nullable {
                property["nullable"] = true.into();
            }
        }
        let many = property["type"] == "array";
        if many && !property["items"].is_object() {
            property["items"] = json!({});
        }
        let part = if many { &mut property["items"] } else { property };
        let is_file = unwrapped(root, part)["format"] == "binary";
        let as_json = encoding[name]["contentType"].as_str().is_some_and(is_json);
        let kind = match part["type"].as_str() {
            _ if is_file => PartKind::File,
            _ if as_json => PartKind::Json,
            // Items that may be `null` are not plain.
            Some("string" | "integer" | "number" | "boolean")
                if !(is_time(part) || many && part["nullable"] == true) =>
            {
                PartKind::Text
            }
            None if resolve(root, part)["enum"].is_array() => PartKind::Text,
            _ => PartKind::Value,
        };
        if is_file {
            // The emitters replace the type by `FilePart`.
            *part = json!({ "type": "string", "description": part["description"] });
        }
        members.push(FormMember {
            name: name.clone(),
            kind,
            many,
            required: required.contains(name),
        });
    }
    if let Some(schema) = schema.as_object_mut() {
        // The emitters add a place for parts that the specification lacks.
        schema.remove("additionalProperties");
        schema.insert(CLOSED.to_owned(), true.into());
    }
    schema["description"] = format!("The multipart form of `{id}`.").into();
    (schema, members)
}

/// The schema that a reference leads to, also one in an `allOf` of one entry, as OpenAPI 3.0 describes references.
fn unwrapped<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match resolve(root, schema)["allOf"].as_array().map(Vec::as_slice) {
        Some([part]) => resolve(root, part),
        _ => resolve(root, schema),
    }
}

fn is_time(schema: &Value) -> bool {
    matches!(schema["format"].as_str(), Some("date-time" | "unix-ms"))
}

/// Replaces media types that progenitor does not support: variants of JSON by JSON, the rest by bytes. The
/// emitters put back the `Content-Type`, and make optional bodies optional again.
pub(super) fn one_request_media_type(_: &Spec, lowered: &mut Lowered) {
    each_operation(&mut lowered.document, |_, operation| {
        let Some(content) =
            operation.pointer_mut("/requestBody/content").and_then(Value::as_object_mut)
        else {
            return;
        };
        let Some((media_type, body)) = std::mem::take(content).into_iter().next() else { return };
        let (media_type, body) = match media_type.as_str() {
            json if is_json(json) => ("application/json", with_schema(body)),
            "application/x-www-form-urlencoded" => {
                ("application/x-www-form-urlencoded", with_schema(body))
            }
            "text/plain" => ("text/plain", json!({ "schema": { "type": "string" } })),
            _ => ("application/octet-stream", bytes()),
        };
        *content = Map::from_iter([(media_type.to_owned(), body)]);
        operation["requestBody"]["required"] = true.into();
    });
}

/// The body with its schema only. The runtime decides how fields are encoded.
fn with_schema(mut body: Value) -> Value {
    let schema = body.get_mut("schema").map_or_else(|| json!({}), Value::take);
    json!({ "schema": schema })
}
