//! Rules about parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, Faults, Kind, names::is_identifier};
use crate::{names, spec::child};

/// What the builder of a call, and the helpers of the mock server, call their own.
const RESERVED: [&str; 11] = [
    "body",
    "form",
    "params",
    "runtime",
    "call_options",
    "send",
    "new",
    "into_inner",
    "into_form",
    "rpc_error",
    "clone",
];

/// Every parameter has a name and a known place.
pub fn places(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let name = node.value["name"].as_str().unwrap_or_default();
        if name.trim().is_empty() {
            faults.add(&node.pointer, "this parameter has no name", "write `name: ...` below it");
        }
        match node.value["in"].as_str() {
            Some("path" | "query" | "header") => {}
            Some("cookie") => faults.add(
                &child(&node.pointer, "in"),
                format!("`{name}` is a cookie, and cookies are not sent"),
                "leave it out; a credential in a cookie is the business of the authenticator",
            ),
            _ => faults.add(
                &child(&node.pointer, "in"),
                format!("the parameter `{name}` does not say where it is sent"),
                "write `in: path`, `in: query` or `in: header`",
            ),
        }
        let is_ours = ["accept", "content-type", "authorization"]
            .iter()
            .any(|header| name.eq_ignore_ascii_case(header));
        if node.value["in"] == "header" && is_ours {
            faults.add(
                &child(&node.pointer, "name"),
                format!("the header `{name}` is set by the runtime"),
                "leave the parameter out; media types and `security` say the same",
            );
        }
    }
}

/// The styles that the runtime can write.
pub fn styles(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let Some(style) = node.value["style"].as_str() else { continue };
        let allowed: &[&str] = match node.value["in"].as_str() {
            Some("query") => &["form", "deepObject", "spaceDelimited", "pipeDelimited"],
            _ => &["simple"],
        };
        if !allowed.contains(&style) {
            faults.add(
                &child(&node.pointer, "style"),
                format!("the style `{style}` is not supported there"),
                format!("write one of: {}", allowed.join(", ")),
            );
        }
    }
}

/// Parameters are described by a schema.
pub fn content(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.each(Kind::Parameter) {
        if node.value.get("content").is_some() {
            faults.add(
                &child(&node.pointer, "content"),
                "a parameter with a media type of its own is not supported",
                "describe it by `schema`; a JSON text in a query is a parameter of type string",
            );
        }
    }
}

/// What fits into a URL or a header.
pub fn types(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let schema = context.resolve(&node.value["schema"]);
        let is_query = node.value["in"] == "query";
        let pointer = child(&node.pointer, "schema");
        let name = node.value["name"].as_str().unwrap_or_default();
        if is_object(schema) && !is_query {
            faults.add(
                &pointer,
                format!("`{name}` is an object, which has no form in a path or a header"),
                "describe its parts as parameters, or as a text",
            );
            continue;
        }
        let inner = match &schema["type"] {
            Value::String(kind) if kind == "array" => vec![&schema["items"]],
            _ if is_object(schema) => {
                schema["properties"].as_object().into_iter().flatten().map(|(_, p)| p).collect()
            }
            _ => Vec::new(),
        };
        let is_nested = |inner: &&Value| {
            let inner = context.resolve(inner);
            is_object(inner) || (inner["type"] == "array" && schema["type"] == "array")
        };
        if inner.iter().any(is_nested) {
            faults.add(
                &pointer,
                format!("`{name}` is nested too deeply for a URL"),
                "use a list of plain values, an object of plain values, or a JSON text",
            );
        }
    }
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema.get("properties").is_some()
}

/// Parameters and the members of a procedure become arguments and setters of one builder.
pub fn clashes(context: &Context<'_>, faults: &mut Faults<'_>) {
    let root = &context.spec.root;
    for operation in &context.operations {
        let mut all: Vec<(String, &str)> = operation
            .parameters(root)
            .into_iter()
            .filter_map(|(pointer, value)| Some((pointer, value["name"].as_str()?)))
            .collect();
        if operation.is_rpc()
            && let Some((content, body)) = operation.body(root)
        {
            let pointer = child(&content, "application/json") + "/schema/properties";
            let members = body["content"]["application/json"]["schema"]["properties"].as_object();
            for (name, _) in members.into_iter().flatten() {
                all.push((child(&pointer, name), name));
            }
        }
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (pointer, name) in all {
            let argument = names::snake(name);
            if !is_identifier(&argument) {
                faults.add(
                    &pointer,
                    format!("the parameter `{name}` cannot be a name in Rust"),
                    "leave it out, and call the operation with a raw request if it is needed",
                );
            } else if RESERVED.contains(&argument.as_str()) {
                faults.add(
                    &pointer,
                    format!("the parameter `{name}` has a name that every call needs for itself"),
                    "there is no other name for a parameter yet; leave it out",
                );
            }
            if let Some(first) = taken.insert(argument.clone(), pointer.clone()) {
                faults.clash(
                    [&pointer, &first],
                    format!("two parameters of the operation are called `{argument}` in Rust"),
                    "keep the one that is needed",
                );
            }
        }
    }
}
