//! Paths, operations and responses.

use serde_json::{Map, Value, json};

use super::{Defaults, JSON, media_types, parameters};
use crate::import::{
    draft::{METHODS, operation_place},
    report::Report,
};

/// A path with its operations.
pub fn path_item(path: &str, item: Value, defaults: &Defaults, report: &mut Report) -> Value {
    let Value::Object(mut item) = item else { return item };
    let shared = match item.remove("parameters") {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    for method in METHODS {
        let Some(Value::Object(operation)) = item.remove(method) else { continue };
        let place = operation_place(path, method);
        item.insert(
            method.to_owned(),
            self::operation(operation, &shared, defaults, &place, report),
        );
    }
    Value::Object(item)
}

fn operation(
    mut operation: Map<String, Value>,
    shared: &[Value],
    defaults: &Defaults,
    place: &str,
    report: &mut Report,
) -> Value {
    let or_default = |written: Option<Value>, default: &[String]| match written {
        Some(list) => media_types(Some(&list)),
        None => default.to_vec(),
    };
    let consumes = or_default(operation.remove("consumes"), &defaults.consumes);
    let produces = or_default(operation.remove("produces"), &defaults.produces);
    if operation.remove("schemes").is_some() {
        report.left_out("openapi_2", "schemes of single operations", place, "");
    }
    let own = match operation.remove("parameters") {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    let list = joined(shared, own, defaults);
    let split = parameters::split(&list, &consumes, defaults, place, report);
    if !split.parameters.is_empty() {
        operation.insert("parameters".to_owned(), Value::Array(split.parameters));
    }
    if let Some(body) = split.body {
        operation.insert("requestBody".to_owned(), body);
    }
    if let Some(Value::Object(responses)) = operation.remove("responses") {
        let responses = responses.into_iter().map(|(status, value)| {
            let is_extension = status.starts_with("x-");
            (status, if is_extension { value } else { response(value, &produces) })
        });
        operation.insert("responses".to_owned(), responses.collect());
    }
    Value::Object(operation)
}

/// The parameters of a path and of an operation; the latter override those with the same name and place. An operation has
/// one body.
fn joined(shared: &[Value], own: Vec<Value>, defaults: &Defaults) -> Vec<Value> {
    let key = |parameter: &Value| {
        let target =
            parameter["$ref"].as_str().and_then(|target| target.strip_prefix("#/parameters/"));
        let written = target.and_then(|name| defaults.parameters.get(name)).unwrap_or(parameter);
        let name = if written["in"] == "body" { json!("") } else { written["name"].clone() };
        (name, written["in"].clone())
    };
    let keys: Vec<_> = own.iter().map(key).collect();
    let inherited = shared.iter().filter(|parameter| !keys.contains(&key(parameter)));
    inherited.cloned().chain(own).collect()
}

/// A response with its content.
pub fn response(value: Value, produces: &[String]) -> Value {
    let Value::Object(mut response) = value else { return value };
    if response.contains_key("$ref") {
        return Value::Object(response);
    }
    let examples = response.remove("examples");
    let schema = response.remove("schema");
    if let Some(schema) = schema {
        let is_file = schema["type"] == "file";
        let default = if is_file { "application/octet-stream" } else { JSON };
        let default = [default.to_owned()];
        let types = if produces.is_empty() { &default[..] } else { produces };
        let mut content = Map::new();
        for media_type in types {
            let mut entry = json!({ "schema": schema });
            if let Some(example) = examples.as_ref().and_then(|examples| examples.get(media_type)) {
                entry["example"] = example.clone();
            }
            content.insert(media_type.clone(), entry);
        }
        response.insert("content".to_owned(), Value::Object(content));
    }
    if let Some(headers) = response.get_mut("headers").and_then(Value::as_object_mut) {
        for header in headers.values_mut() {
            if let Some(members) = header.as_object_mut() {
                members.remove("collectionFormat");
                let schema = parameters::schema(members);
                members.insert("schema".to_owned(), schema);
            }
        }
    }
    response.entry("description").or_insert_with(|| json!(""));
    Value::Object(response)
}
