//! Paths and what is around their operations.

use serde_json::{Map, Value};

use crate::import::{
    draft::{Draft, METHODS, operation_place},
    names::Names,
};

/// Paths that are references are resolved; each begins with a slash and holds operations only.
pub fn items(draft: &mut Draft, _: &Names) {
    let paths = std::mem::take(draft.section("paths"));
    let mut kept = Map::new();
    for (path, item) in paths {
        if path.starts_with("x-") {
            draft.report.left_out("path_items", "extensions among the paths", &path, "");
            continue;
        }
        let Some(item) = resolved(&draft.document, item) else {
            draft.report.left_out("path_items", "paths that are not described", &path, "");
            continue;
        };
        let name = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
        if name != path {
            draft.report.changed("path_items", "paths begin with a slash", &path, &name);
        }
        if !METHODS.iter().any(|method| item.get(*method).is_some_and(Value::is_object)) {
            draft.report.left_out("path_items", "paths without operations", &path, "");
            continue;
        }
        kept.insert(name, Value::Object(item));
    }
    *draft.section("paths") = kept;
    let components = draft.section("components");
    components.remove("pathItems");
}

/// A path item; a reference to another one is followed, and its own members override those of the target.
fn resolved(document: &Value, item: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut item) = item else { return None };
    for _ in 0..8 {
        let Some(target) = item.remove("$ref") else { return Some(item) };
        let found = document.pointer(target.as_str()?.strip_prefix('#')?)?.as_object()?.clone();
        for (key, value) in found {
            item.entry(key).or_insert(value);
        }
    }
    None
}

/// Parameters, summaries and descriptions of a path belong to each of its operations.
pub fn parameters(draft: &mut Draft, _: &Names) {
    let names_of = |document: &Value, parameter: &Value| -> Option<(String, String)> {
        let target = parameter["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
        let parameter = target.and_then(|target| document.pointer(target)).unwrap_or(parameter);
        Some((parameter["name"].as_str()?.to_owned(), parameter["in"].as_str()?.to_owned()))
    };
    let document = draft.document.clone();
    for (path, item) in draft.section("paths") {
        let Some(item) = item.as_object_mut() else { continue };
        let shared = item.remove("parameters");
        let shared: Vec<Value> =
            shared.and_then(|list| list.as_array().cloned()).unwrap_or_default();
        let (summary, description) = (item.remove("summary"), item.remove("description"));
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            for (key, value) in [("summary", &summary), ("description", &description)] {
                if let Some(value) = value.as_ref().filter(|value| value.is_string()) {
                    operation.entry(key).or_insert_with(|| value.clone());
                }
            }
            if shared.is_empty() {
                continue;
            }
            let own: Vec<Value> =
                operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            let overridden: Vec<_> =
                own.iter().filter_map(|parameter| names_of(&document, parameter)).collect();
            let mut all: Vec<Value> = shared
                .iter()
                .filter(|parameter| {
                    names_of(&document, parameter).is_none_or(|names| !overridden.contains(&names))
                })
                .cloned()
                .collect();
            all.extend(own);
            operation.insert("parameters".to_owned(), Value::Array(all));
        }
        let _ = path;
    }
}

/// Methods that no generated client calls.
pub fn methods(draft: &mut Draft, _: &Names) {
    for (path, method) in draft.operations() {
        if method != "trace" {
            continue;
        }
        let id = draft
            .operation(&path, &method)
            .and_then(|op| Some(op.get("operationId")?.as_str()?.to_owned()));
        let place = operation_place(&path, &method);
        draft.report.left_out("other_methods", "operations with the method trace", &place, "");
        let name = id.unwrap_or(place);
        draft.left_out.push((name, "The generator does not support its method.".to_owned()));
        if let Some(item) = draft.section("paths").get_mut(&path).and_then(Value::as_object_mut) {
            item.remove(&method);
        }
    }
    draft
        .section("paths")
        .retain(|_, item| METHODS.iter().any(|method| item.get(*method).is_some()));
}

/// Requests that the vendor sends, and links between responses, are not calls of a client.
pub fn callbacks(draft: &mut Draft, _: &Names) {
    for (path, method) in draft.operations() {
        let Some(operation) = draft.operation(&path, &method) else { continue };
        if operation.remove("callbacks").is_some() {
            let place = operation_place(&path, &method);
            draft.report.left_out(
                "callbacks",
                "requests that the vendor sends (callbacks)",
                &place,
                "",
            );
        }
    }
    for group in ["callbacks", "links"] {
        if draft.section("components").remove(group).is_some() && group == "callbacks" {
            draft.report.left_out(
                "callbacks",
                "requests that the vendor sends (callbacks)",
                "components",
                "",
            );
        }
    }
    for_each_response(draft, &mut |response| {
        response.remove("links");
    });
}

fn for_each_response(draft: &mut Draft, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    for (path, method) in draft.operations() {
        let responses = draft.operation(&path, &method).and_then(|op| op.get_mut("responses"));
        for response in
            responses.and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            if let Some(response) = response.as_object_mut() {
                visit(response);
            }
        }
    }
    if let Some(shared) = draft.document["components"]["responses"].as_object_mut() {
        for response in shared.values_mut().filter_map(Value::as_object_mut) {
            visit(response);
        }
    }
}
