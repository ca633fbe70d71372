//! Rules about parameters.

use std::collections::BTreeMap;

use super::context::{Context, Report};
use crate::openapi::Kind;
use crate::{
    names::{self, is_identifier},
    spec::child,
};

/// Every parameter has a name and a supported location.
pub fn locations(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let name = node.value["name"].as_str().unwrap_or_default();
        if name.trim().is_empty() {
            report.error(&node.pointer, "this parameter has no name", "add `name: ...`");
        }
        match node.value["in"].as_str() {
            Some("path" | "query" | "header") => {}
            _ => report.error(
                &child(&node.pointer, "in"),
                format!("the parameter `{name}` has no known `in`"),
                "write `in: path`, `in: query` or `in: header`",
            ),
        }
    }
}

/// `style` is one that the runtime can write.
pub fn styles(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Parameter).filter(|node| !node.is_reference()) {
        let Some(style) = node.value["style"].as_str() else { continue };
        let allowed: &[&str] = match node.value["in"].as_str() {
            Some("query") => &["form", "deepObject", "spaceDelimited", "pipeDelimited", "json"],
            _ => &["simple"],
        };
        if !allowed.contains(&style) {
            report.error(
                &child(&node.pointer, "style"),
                format!("the style `{style}` is not supported for this location"),
                "describe the whole segment of the path as a parameter, and say in its description how it is written",
            );
        }
    }
}

/// The members of a procedure have valid, unique names: they become arguments or setters of one builder.
pub fn clashes(context: &Context<'_>, report: &mut Report<'_>) {
    let root = &context.spec.root;
    for operation in context.operations.iter().filter(|operation| operation.is_rpc()) {
        let Some((content, body)) = operation.body(root) else { continue };
        let pointer = child(&content, "application/json") + "/schema/properties";
        let members = body["content"]["application/json"]["schema"]["properties"].as_object();
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for (_, parameter) in operation.parameters(root) {
            taken.insert(
                names::snake(parameter["name"].as_str().unwrap_or_default()),
                String::new(),
            );
        }
        for (name, _) in members.into_iter().flatten() {
            let (pointer, argument) = (child(&pointer, name), names::snake(name));
            if !is_identifier(&argument) {
                report.error(
                    &pointer,
                    format!("the parameter `{name}` is not a valid name in Rust"),
                    "remove it; a raw request can still send it",
                );
            } else if names::is_method(&argument) {
                report.error(
                    &pointer,
                    format!("the parameter `{name}` has the name of a method of every builder"),
                    "remove it; parameters of a procedure cannot be renamed",
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
