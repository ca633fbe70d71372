//! Rules about parameters.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    context::{Context, Report},
    nodes::Kind,
};
use crate::{names::{self, is_identifier}, spec::child};

/// Methods of every request builder, and of the helpers for the mock server.
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

/// Every parameter has a name and a supported location, and is not a header that the runtime sets.
pub fn locations(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let name = node.value["name"].as_str().unwrap_or_default();
        if name.trim().is_empty() {
            report.error(&node.pointer, "this parameter has no name", "add `name: ...`");
        }
        match node.value["in"].as_str() {
            Some("path" | "query" | "header") => {}
            Some("cookie") => report.error(
                &child(&node.pointer, "in"),
                format!("the parameter `{name}` is a cookie, and cookies are not supported"),
                "remove it; an authenticator sends a credential that is a cookie",
            ),
            _ => report.error(
                &child(&node.pointer, "in"),
                format!("the parameter `{name}` has no known `in`"),
                "write `in: path`, `in: query` or `in: header`",
            ),
        }
        let is_set_by_runtime = ["accept", "content-type", "authorization"]
            .iter()
            .any(|header| name.eq_ignore_ascii_case(header));
        if node.value["in"] == "header" && is_set_by_runtime {
            report.error(
                &child(&node.pointer, "name"),
                format!("the header `{name}` is set by the runtime"),
                "remove it; the runtime derives it from the media types and from `security`",
            );
        }
    }
}

/// `style` is one that the runtime can write.
pub fn styles(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let Some(style) = node.value["style"].as_str() else { continue };
        let allowed: &[&str] = match node.value["in"].as_str() {
            Some("query") => &["form", "deepObject", "spaceDelimited", "pipeDelimited"],
            _ => &["simple"],
        };
        if !allowed.contains(&style) {
            report.error(
                &child(&node.pointer, "style"),
                format!("the style `{style}` is not supported for this location"),
                format!("write one of: {}", allowed.join(", ")),
            );
        }
    }
}

/// Parameters have a `schema`, not `content`.
pub fn content(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Parameter) {
        if node.value.get("content").is_some() {
            report.error(
                &child(&node.pointer, "content"),
                "a parameter with a media type is not supported",
                "describe it with `schema`; JSON in a query is a string",
            );
        }
    }
}

/// The type of a parameter can be written into a URL or a header.
pub fn types(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let schema = context.resolve(&node.value["schema"]);
        let is_query = node.value["in"] == "query";
        let pointer = child(&node.pointer, "schema");
        let name = node.value["name"].as_str().unwrap_or_default();
        if is_object(schema) && !is_query {
            report.error(
                &pointer,
                format!("`{name}` is an object, which cannot be written into a path or a header"),
                "describe its members as parameters, or the whole as a string",
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
            report.error(
                &pointer,
                format!("`{name}` is nested too deeply for a query"),
                "use a list or an object of plain values, or a string that holds JSON",
            );
        }
    }
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema.get("properties").is_some()
}

/// Parameters and the members of a procedure have valid, unique names: all become arguments or
/// setters of one builder.
pub fn clashes(context: &Context<'_>, report: &mut Report<'_>) {
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
                report.error(
                    &pointer,
                    format!("the parameter `{name}` is not a valid name in Rust"),
                    "remove it; a raw request can still send it",
                );
            } else if RESERVED.contains(&argument.as_str()) {
                report.error(
                    &pointer,
                    format!("the parameter `{name}` has the name of a method of every builder"),
                    "remove it; parameters cannot be renamed",
                );
            }
            if let Some(first) = taken.insert(argument.clone(), pointer.clone()) {
                report.conflict(
                    [&pointer, &first],
                    format!("two parameters of the operation have the Rust name `{argument}`"),
                    "keep one of them",
                );
            }
        }
    }
}
