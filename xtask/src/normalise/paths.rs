//! Rules about paths.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Draft;
use crate::{model::resolve, spec::child};

/// The placeholders of a path template, or why it is malformed.
pub(super) use crate::openapi::placeholders;

/// The operations of a path that is a reference are written in its place.
pub(super) fn referenced(draft: &mut Draft) {
    for pointer in draft.paths() {
        let Some(item) = draft.spec.root.pointer(&pointer).cloned() else { continue };
        let Some(target) = item["$ref"].as_str() else { continue };
        let found = resolve(&draft.spec.root, &item).clone();
        // A reference that leads nowhere is left for vetting, as is one to another file.
        if !target.starts_with("#/") || found.get("$ref").is_some() || !found.is_object() {
            continue;
        }
        let origin = target.trim_start_matches('#').to_owned();
        let mut members = found;
        for (key, value) in item.as_object().into_iter().flatten() {
            if key != "$ref" {
                members[key.as_str()] = value.clone();
            }
        }
        draft.spec.copy_locations(&origin, &pointer);
        if let Some(item) = draft.value(&pointer) {
            *item = members;
        }
    }
}

/// `trace`, which echoes the request with its credential, is not called by clients of an API.
pub(super) fn methods(draft: &mut Draft) {
    draft.with_unreached(|draft| {
        for item in draft.paths() {
            let pointer = child(&item, "trace");
            if draft.spec.root.pointer(&pointer).is_some() {
                draft.warn(
                    &pointer,
                    "the method `trace` is left out",
                    "get, put, post, delete, patch, head and options are supported",
                );
                draft.remove(&pointer);
            }
        }
    });
}

/// Gives a path another template.
fn rename(draft: &mut Draft, item: &str, path: &str, to: &str) {
    let is_taken = draft.spec.root["paths"].get(to).is_some();
    if path != to && !is_taken {
        draft.rename("/paths", path, to);
    } else if path != to {
        draft.warn(
            item,
            format!("the path `{path}` means the same as `{to}`"),
            "write its operations there",
        );
    }
}

/// The path of a pointer to it.
pub(super) fn of_pointer(pointer: &str) -> String {
    pointer.trim_start_matches("/paths/").replace("~1", "/").replace("~0", "~")
}

/// Paths begin with one slash, and have no white space.
pub(super) fn slashes(draft: &mut Draft) {
    for item in draft.paths() {
        let path = of_pointer(&item);
        let trimmed = path.trim();
        let mut to = format!("/{}", trimmed.trim_start_matches('/'));
        if to != path {
            draft.warn(
                &item,
                format!("the path `{path}` is read as `{to}`"),
                "write `/...`; paths are relative to the server",
            );
        }
        // Outside of placeholders, which `path_expressions` rewrites.
        if !to.contains('{') {
            to = to.replace(' ', "%20");
        }
        rename(draft, &item, &path, &to);
    }
}

/// Placeholders are plain names: `{path*}`, `{+path}` and `{path:.+}` are `{path}`, and `{?a,b}` is no part of the path.
pub(super) fn expressions(draft: &mut Draft) {
    for item in draft.paths() {
        let path = of_pointer(&item);
        let mut to = String::new();
        let mut rest = path.as_str();
        let mut renamed: Vec<(String, String)> = Vec::new();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((written, after)) = closing(after) else { break };
            to.push_str(before);
            let plain = plain_name(written);
            if !written.starts_with(['?', '&']) {
                to.push_str(&format!("{{{plain}}}"));
            }
            if plain != written {
                renamed.push((written.to_owned(), plain));
            }
            rest = after;
        }
        to.push_str(rest);
        if renamed.is_empty() {
            continue;
        }
        rename(draft, &item, &path, &to);
        for pointer in draft.parameters() {
            let Some(Value::Object(parameter)) = draft.value(&pointer) else { continue };
            let found = renamed.iter().find(|(written, _)| {
                parameter.get("in") == Some(&json!("path"))
                    && parameter.get("name") == Some(&json!(written))
            });
            if let Some((_, plain)) = found {
                parameter.insert("name".to_owned(), plain.as_str().into());
            }
        }
    }
}

/// The inside of a placeholder, which may contain a regular expression with braces, and what follows it.
fn closing(after: &str) -> Option<(&str, &str)> {
    let mut open = 1;
    for (at, c) in after.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Some((&after[..at], &after[at + 1..]));
        }
    }
    None
}

fn plain_name(written: &str) -> String {
    let name = written.split(':').next().unwrap_or_default();
    let name = name.trim().trim_start_matches(['+', '#', '.', '/', ';', '?', '&', '*']);
    let name = name.trim_end_matches('*').trim_end_matches("...");
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    if name.is_empty() || name.contains(['{', '}']) {
        return written.to_owned();
    }
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

/// The query of a path: `?action=list` is sent with every call. An entry whose value is a placeholder is a query
/// parameter.
pub(super) fn queries(draft: &mut Draft) {
    for item in draft.paths() {
        let path = of_pointer(&item);
        let (before, fragment) = match path.split_once('#') {
            Some((before, fragment)) => (before, format!("#{fragment}")),
            None => (path.as_str(), String::new()),
        };
        let Some((bare, query)) = before.split_once('?') else { continue };
        let (arguments, constants): (Vec<&str>, Vec<&str>) = query
            .split('&')
            .filter(|entry| !entry.is_empty())
            .partition(|entry| entry.contains('{'));
        for argument in arguments {
            query_parameter(draft, &item, argument);
        }
        let query =
            if constants.is_empty() { String::new() } else { format!("?{}", constants.join("&")) };
        let to = format!("{bare}{query}{fragment}");
        if to != path && draft.spec.root["paths"].get(&to).is_some() {
            // Two paths that differ in their placeholders only. The fragment tells them apart.
            let words: String =
                before.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
            rename(draft, &item, &path, &format!("{to}#{words}"));
        } else {
            rename(draft, &item, &path, &to);
        }
    }
}

/// Moves the parameter of `name={placeholder}` from the path into the query.
fn query_parameter(draft: &mut Draft, item: &str, entry: &str) {
    let (name, placeholder) = entry.split_once('=').unwrap_or((entry, entry));
    let placeholder = placeholder.trim_matches(['{', '}']);
    let name = if name.contains('{') { placeholder } else { name };
    let methods: Vec<String> = draft
        .operations()
        .into_iter()
        .filter(|pointer| pointer.starts_with(&format!("{item}/")))
        .collect();
    for owner in std::iter::once(item.to_owned()).chain(methods) {
        let list = child(&owner, "parameters");
        let count = draft.spec.root.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
        for pointer in (0..count).map(|index| format!("{list}/{index}")) {
            let mut parameter = draft.resolved(&pointer);
            if parameter["in"] == "path" && parameter["name"] == placeholder {
                parameter["in"] = "query".into();
                parameter["name"] = name.into();
                draft.with_unreached(|draft| {
                    if let Some(value) = draft.value(&pointer) {
                        *value = parameter;
                    }
                });
            }
        }
    }
}

/// Two operations may have one method and path: what they send differs. Since it is often an oversight, it is reported.
pub(super) fn equal(draft: &mut Draft) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    let mut equal = Vec::new();
    for pointer in draft.operations() {
        let (item, method) = pointer.rsplit_once('/').unwrap_or_default();
        let mut bare = String::new();
        for (index, part) in of_pointer(item).split(['{', '}']).enumerate() {
            bare.push_str(if index % 2 == 0 { part } else { "{}" });
        }
        if let Some(first) = taken.insert(format!("{method} {bare}"), pointer.clone()) {
            equal.push((pointer, first));
        }
    }
    for (pointer, first) in equal {
        let location = draft.spec.location(&first);
        let diagnostic = draft.spec.diagnostic(
            &pointer,
            "two operations have the same method and path",
            "keep one of them, unless they differ in what is sent",
        );
        draft.warnings.push(diagnostic.warning().related("the other one", location));
    }
}
