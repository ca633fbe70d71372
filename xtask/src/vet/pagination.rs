//! Rules about pages of results.

use serde_json::Value;

use super::{Context, Faults, Operation};
use crate::{model::is_json, spec::child};

/// The style is known, and what the paths lead to exists.
pub fn pagination(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        let Some(pages) = operation.value.get("x-pagination") else { continue };
        let pointer = child(&operation.pointer, "x-pagination");
        let style = pages["style"].as_str().unwrap_or_default();
        if !matches!(style, "offset" | "page" | "single") {
            faults.add(
                &child(&pointer, "style"),
                format!("`{style}` is no style of pages"),
                "write `offset`, `page` or `single`",
            );
        }
        for key in pages.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            if !matches!(key, "style" | "start" | "size" | "items" | "total") {
                faults.add(
                    &child(&pointer, key),
                    format!("`{key}` is not a key of `x-pagination`"),
                    "write style, start, size, items and total",
                );
            }
        }
        for key in ["start", "size", "items", "total"] {
            let needed = match key {
                "start" | "size" => style != "single",
                // The answer is the list itself.
                "items" => !is_list(context, operation),
                _ => false,
            };
            let Some(path) = pages.get(key) else {
                if needed {
                    faults.add(
                        &pointer,
                        format!("`x-pagination` does not say where `{key}` is"),
                        "write the path with dots, such as `options.page.size`",
                    );
                }
                continue;
            };
            if style == "single" && matches!(key, "start" | "size") {
                faults.add(
                    &child(&pointer, key),
                    format!("an answer that is the whole list has no `{key}`"),
                    "remove it, or write the style of its pages",
                );
                continue;
            }
            let path = path.as_str().unwrap_or_default();
            let found = match key {
                "start" | "size" => in_request(context, operation, path),
                _ => in_answer(context, operation, path),
            };
            let at = child(&pointer, key);
            match found {
                None => faults.add(
                    &at,
                    format!("there is no `{path}` in the {}", place(key)),
                    format!(
                        "write the path of `{key}` with dots, from the top of the {}",
                        place(key)
                    ),
                ),
                Some(schema) if key == "items" && schema["type"] != "array" => faults.add(
                    &at,
                    format!("`{path}` is not a list"),
                    "name the member of the answer that holds the items of the page",
                ),
                Some(_) => {}
            }
        }
    }
}

fn place(key: &str) -> &'static str {
    if matches!(key, "start" | "size") { "request" } else { "answer" }
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
    answers(context, operation).any(|schema| alone(context, schema)["type"] == "array")
}

fn in_answer<'a>(
    context: &Context<'a>,
    operation: &Operation<'a>,
    path: &str,
) -> Option<&'a Value> {
    answers(context, operation).find_map(|schema| member(context, schema, path))
}

/// The schemas of the answers for success.
fn answers<'a>(
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

/// The schema at the end of a path with dots.
fn member<'a>(context: &Context<'a>, schema: &'a Value, path: &str) -> Option<&'a Value> {
    let mut schema = alone(context, schema);
    for name in path.split('.') {
        schema = alone(context, property(context, schema, name, 0)?);
    }
    Some(schema)
}

/// What a reference, or a list of one reference, leads to.
fn alone<'a>(context: &Context<'a>, schema: &'a Value) -> &'a Value {
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
    // A schema may be made of itself; another rule says so.
    if depth > 16 {
        return None;
    }
    // Alternatives too: one of them may be the page, and another the list itself.
    let parts = ["allOf", "oneOf"].into_iter().filter_map(|key| schema[key].as_array()).flatten();
    parts
        .map(|part| context.resolve(part))
        .find_map(|part| property(context, part, name, depth + 1))
}
