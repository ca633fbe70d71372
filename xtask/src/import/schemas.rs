//! Visits every schema of an OpenAPI 3 document.

use serde_json::Value;

use super::draft::METHODS;
use crate::spec::child;

/// Calls `visit` for every schema with its JSON pointer, inner schemas first.
pub fn each(document: &mut Value, visit: &mut dyn FnMut(&mut Value, &str)) {
    if let Some(components) = document.get_mut("components") {
        let at = |group: &str| child("/components", group);
        map(components, "schemas", &at("schemas"), &mut |value, at| schema(value, at, visit));
        map(components, "parameters", &at("parameters"), &mut |value, at| {
            parameter(value, at, visit)
        });
        map(components, "headers", &at("headers"), &mut |value, at| parameter(value, at, visit));
        map(components, "requestBodies", &at("requestBodies"), &mut |value, at| {
            content(value, at, visit)
        });
        map(components, "responses", &at("responses"), &mut |value, at| response(value, at, visit));
        map(components, "pathItems", &at("pathItems"), &mut |value, at| {
            path_item(value, at, visit)
        });
    }
    map(document, "paths", "/paths", &mut |value, at| path_item(value, at, visit));
}

fn path_item(item: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    list(item, "parameters", at, &mut |value, at| parameter(value, at, visit));
    for method in METHODS {
        let Some(operation) = item.get_mut(method).filter(|operation| operation.is_object()) else {
            continue;
        };
        let at = child(at, method);
        list(operation, "parameters", &at, &mut |value, at| parameter(value, at, visit));
        if let Some(body) = operation.get_mut("requestBody") {
            content(body, &child(&at, "requestBody"), visit);
        }
        let responses = child(&at, "responses");
        map(operation, "responses", &responses, &mut |value, at| response(value, at, visit));
    }
}

fn response(value: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    content(value, at, visit);
    let headers = child(at, "headers");
    map(value, "headers", &headers, &mut |value, at| parameter(value, at, visit));
}

fn parameter(value: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    if let Some(inner) = value.get_mut("schema") {
        schema(inner, &child(at, "schema"), visit);
    }
    content(value, at, visit);
}

fn content(value: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    map(value, "content", &child(at, "content"), &mut |value, at| {
        if let Some(inner) = value.get_mut("schema") {
            schema(inner, &child(at, "schema"), visit);
        }
    });
}

/// The keys of a schema that hold a schema, a map of schemas, and a list of schemas.
const ONE: [&str; 11] = [
    "items",
    "not",
    "additionalProperties",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentSchema",
];
const MAPS: [&str; 5] =
    ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const LISTS: [&str; 4] = ["allOf", "oneOf", "anyOf", "prefixItems"];

/// Calls `visit` for a schema and those in it, inner schemas first.
pub fn schema(value: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    for key in ONE {
        if let Some(inner) = value.get_mut(key) {
            schema(inner, &child(at, key), visit);
        }
    }
    for key in MAPS {
        let at = child(at, key);
        map(value, key, &at, &mut |value, at| schema(value, at, visit));
    }
    for key in LISTS {
        list(value, key, at, &mut |value, at| schema(value, at, visit));
    }
    visit(value, at);
}

fn map(value: &mut Value, key: &str, at: &str, each: &mut dyn FnMut(&mut Value, &str)) {
    let Some(members) = value.get_mut(key).and_then(Value::as_object_mut) else { return };
    for (name, member) in members {
        each(member, &child(at, name));
    }
}

fn list(value: &mut Value, key: &str, at: &str, each: &mut dyn FnMut(&mut Value, &str)) {
    let Some(items) = value.get_mut(key).and_then(Value::as_array_mut) else { return };
    for (index, item) in items.iter_mut().enumerate() {
        each(item, &format!("{}/{index}", child(at, key)));
    }
}

/// A JSON pointer as reports write it: `components.schemas.Asset`, `GET /assets`.
pub fn place(pointer: &str) -> String {
    let parts: Vec<String> =
        pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    match parts.as_slice() {
        [paths, path, method, rest @ ..] if paths == "paths" => {
            let rest = rest.join(".");
            let separator = if rest.is_empty() { "" } else { " " };
            format!("{} {path}{separator}{rest}", method.to_uppercase())
        }
        parts => parts.join("."),
    }
}
