//! Rules about request bodies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{CLOSED, FormMember, Lowered, add_schema, each_operation};
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
        added.push((form_type(&operation.id), operation.id.clone(), schema.clone(), order));
    }
    for (name, id, schema, order) in added {
        let (schema, members) = form_schema(&id, schema, &order);
        add_schema(&mut lowered.document, &name, schema);
        lowered.forms.insert(name, members);
    }
}

fn bytes() -> Value {
    json!({ "schema": { "type": "string", "format": "binary" } })
}

fn form_schema(id: &str, mut schema: Value, order: &[String]) -> (Value, Vec<FormMember>) {
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
        let many = property["type"] == "array" && property["items"].is_object();
        let part = if many { &mut property["items"] } else { property };
        let file = part["format"] == "binary";
        if file {
            // The emitters replace the type by `FilePart`.
            *part = json!({ "type": "string", "description": part["description"] });
        }
        members.push(FormMember {
            name: name.clone(),
            file,
            many,
            required: required.contains(name),
        });
    }
    schema["description"] = format!("The multipart form of `{id}`.").into();
    (schema, members)
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
