//! The rule about `x-pagination`.

use serde_json::Value;

use super::context::{Context, Report};
use crate::openapi::Operation;
use crate::{model::is_json, spec::child};

/// The style is known, and every path leads to a member of the request or the response.
pub fn pagination(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let Some(pages) = operation.value.get("x-pagination") else { continue };
        let pointer = child(&operation.pointer, "x-pagination");
        let style = pages["style"].as_str().unwrap_or_default();
        if !matches!(style, "offset" | "page" | "single") {
            report.error(
                &child(&pointer, "style"),
                format!("`{style}` is not a style of pagination"),
                "write `offset`, `page` or `single`",
            );
        }
        for key in pages.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            if !matches!(key, "style" | "start" | "size" | "items" | "total") {
                report.error(
                    &child(&pointer, key),
                    format!("`{key}` is not a key of `x-pagination`"),
                    "the keys are `style`, `start`, `size`, `items` and `total`",
                );
            }
        }
        for key in ["start", "size", "items", "total"] {
            let is_required = match key {
                "start" | "size" => style != "single",
                // A response that is a list has no member for the items.
                "items" => !is_list(context, operation),
                _ => false,
            };
            let Some(path) = pages.get(key) else {
                if is_required {
                    report.error(
                        &pointer,
                        format!("`x-pagination` has no `{key}`"),
                        "write its dotted path, such as `options.page.size`",
                    );
                }
                continue;
            };
            if style == "single" && matches!(key, "start" | "size") {
                report.error(
                    &child(&pointer, key),
                    format!("the style `single` has no `{key}`"),
                    "remove it, or write the style `offset` or `page`",
                );
                continue;
            }
            let path = path.as_str().unwrap_or_default();
            let found = match key {
                "start" | "size" => in_request(context, operation, path),
                _ => in_response(context, operation, path),
            };
            let at = child(&pointer, key);
            match found {
                None => report.error(
                    &at,
                    format!("the {} has no member `{path}`", message(key)),
                    format!(
                        "write the dotted path of `{key}`, from the top of the {}",
                        message(key)
                    ),
                ),
                Some(schema) if key == "items" && schema["type"] != "array" => report.error(
                    &at,
                    format!("`{path}` is not a list"),
                    "write the path of the member that holds the items of the page",
                ),
                Some(_) => {}
            }
        }
    }
}

/// The HTTP message that a key of `x-pagination` is about.
fn message(key: &str) -> &'static str {
    if matches!(key, "start" | "size") { "request" } else { "response" }
}

fn in_request<'a>(
    context: &Context<'a>,
    operation: &Operation<'a>,
    path: &str,
) -> Option<&'a Value> {
    let root = &context.spec.root;
    let parameters = operation.parameters(root);
    let named = |name: &str| {
        parameters.iter().find(|(_, parameter)| parameter["name"] == name).map(|(_, p)| *p)
    };
    if let Some(parameter) = named(path) {
        return Some(&parameter["schema"]);
    }
    if let Some((first, rest)) = path.split_once('.')
        && let Some(parameter) = named(first)
    {
        return member(context, &parameter["schema"], rest);
    }
    let (_, body) = operation.body(root)?;
    let content = body["content"].as_object()?.values().next()?;
    member(context, &content["schema"], path)
}

fn is_list(context: &Context<'_>, operation: &Operation<'_>) -> bool {
    success_schemas(context, operation).any(|schema| unwrapped(context, schema)["type"] == "array")
}

fn in_response<'a>(
    context: &Context<'a>,
    operation: &Operation<'a>,
    path: &str,
) -> Option<&'a Value> {
    success_schemas(context, operation).find_map(|schema| member(context, schema, path))
}

/// The JSON schemas of the successes.
fn success_schemas<'a>(
    context: &Context<'a>,
    operation: &Operation<'a>,
) -> impl Iterator<Item = &'a Value> {
    let responses = operation.value["responses"].as_object();
    responses
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| context.resolve(response)["content"].as_object())
        .flatten()
        .filter(|(media_type, _)| is_json(media_type))
        .map(|(_, content)| &content["schema"])
}

/// The schema at the end of a dotted path.
fn member<'a>(context: &Context<'a>, schema: &'a Value, path: &str) -> Option<&'a Value> {
    let mut schema = unwrapped(context, schema);
    for name in path.split('.') {
        schema = unwrapped(context, property(context, schema, name, 0)?);
    }
    Some(schema)
}

/// Follows a reference, and an `allOf` with one entry.
fn unwrapped<'a>(context: &Context<'a>, schema: &'a Value) -> &'a Value {
    let schema = context.resolve(schema);
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) if schema.get("properties").is_none() => context.resolve(only),
        _ => schema,
    }
}

fn property<'a>(
    context: &Context<'a>,
    schema: &'a Value,
    name: &str,
    depth: usize,
) -> Option<&'a Value> {
    if let Some(found) = schema["properties"].get(name) {
        return Some(found);
    }
    // A schema may contain itself; `infinite_types` reports that.
    if depth > 16 {
        return None;
    }
    // Alternatives too: one may be the page, and another a plain list.
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    parts
        .map(|part| context.resolve(part))
        .find_map(|part| property(context, part, name, depth + 1))
}
