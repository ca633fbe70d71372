//! Operations: which there are, where they are, and how they behave.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Class, Subject, bodies,
    context::{At, Differ, shown},
    parameters, security,
    usage::Usage,
};
use crate::{
    model::{METHODS, resolve},
    spec::child,
};

/// Methods that clients of other tools have; the SDKs do not.
const ALL_METHODS: [&str; 8] =
    ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

/// An operation of one document.
#[derive(Clone)]
struct Found<'a> {
    id: String,
    path: String,
    method: &'static str,
    pointer: String,
    item: &'a Value,
    value: &'a Value,
}

/// Compares all operations.
pub(super) fn compare(differ: &mut Differ<'_>) {
    let (old, new) = (differ.old, differ.new);
    super::schemas::find_renamed(differ);
    let before = operations(&old.root);
    let mut after = operations(&new.root);
    let mut gone = Vec::new();
    let mut pairs = Vec::new();
    for was in before {
        match take(&mut after, |is| (&is.path, is.method) == (&was.path, was.method)) {
            Some(is) => pairs.push((was, is)),
            None => gone.push(was),
        }
    }
    // Then those whose placeholders have other names, then those with the same id.
    gone = paired(gone, &mut after, &mut pairs, |was, is| {
        (template(&was.path), was.method) == (template(&is.path), is.method)
    });
    gone = paired(gone, &mut after, &mut pairs, |was, is| was.id == is.id);
    for (was, is) in &pairs {
        pair(differ, was, is);
    }
    for was in gone {
        let at = whole(&was, &was);
        let message = format!("{} {} is removed", was.method.to_uppercase(), was.path);
        let class = if METHODS.contains(&was.method) { Class::Breaking } else { Class::Safe };
        differ.push_removed(class, "operation-removed", &at, message);
    }
    for is in after {
        let at = whole(&is, &is);
        let message = format!("{} {} is new", is.method.to_uppercase(), is.path);
        differ.push(Class::Safe, "operation-added", &at, message);
    }
}

fn take<'a>(from: &mut Vec<Found<'a>>, is_it: impl Fn(&Found<'_>) -> bool) -> Option<Found<'a>> {
    from.iter().position(is_it).map(|index| from.remove(index))
}

fn paired<'a>(
    old: Vec<Found<'a>>,
    new: &mut Vec<Found<'a>>,
    pairs: &mut Vec<(Found<'a>, Found<'a>)>,
    is_it: impl Fn(&Found<'_>, &Found<'_>) -> bool,
) -> Vec<Found<'a>> {
    let mut rest = Vec::new();
    for was in old {
        match take(new, |is| is_it(&was, is)) {
            Some(is) => pairs.push((was, is)),
            None => rest.push(was),
        }
    }
    rest
}

fn operations(root: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    for (path, item) in root["paths"].as_object().into_iter().flatten() {
        let item = resolve(root, item);
        for method in ALL_METHODS {
            let Some(value) = item.get(method) else { continue };
            let id = match value["operationId"].as_str() {
                Some(id) => id.to_owned(),
                None => format!("{} {path}", method.to_uppercase()),
            };
            let pointer = child(&child("/paths", path), method);
            found.push(Found { id, path: path.clone(), method, pointer, item, value });
        }
    }
    found
}

/// A path without the names of its placeholders.
fn template(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + "{" + part.split_once('}').map_or(part, |(_, rest)| rest))
}

fn whole(was: &Found<'_>, is: &Found<'_>) -> At {
    let usage = Usage::SENT.or(Usage::RECEIVED);
    At::subject(Subject::Operation(was.id.clone()), "", &was.pointer, &is.pointer, usage)
}

fn pair(differ: &mut Differ<'_>, was: &Found<'_>, is: &Found<'_>) {
    let at = whole(was, is);
    if was.id != is.id {
        let message = format!("is called `{}`; it was `{}`", is.id, was.id);
        differ.push(Class::Breaking, "operation-renamed", &at, message);
    }
    if template(&was.path) != template(&is.path) {
        let message = format!("is at {}; it was at {}", is.path, was.path);
        differ.push(Class::Risky, "path-moved", &at, message);
    }
    if was.method != is.method {
        let (method, before) = (is.method.to_uppercase(), was.method.to_uppercase());
        let message = format!("is a {method}; it was a {before}");
        differ.push(Class::Risky, "method-changed", &at, message);
    }
    keys(differ, &at, was, is);
    parameters::compare(
        differ,
        &at,
        (was.item, was.value),
        (is.item, is.value),
        &placeholders(was, is),
    );
    bodies::compare(differ, &at, was.value, is.value);
    security::of_operation(differ, &at, was.value, is.value);
    security::servers(differ, &at, servers(was), servers(is));
}

fn servers<'a>(operation: &Found<'a>) -> &'a Value {
    let own = &operation.value["servers"];
    if own.is_null() { &operation.item["servers"] } else { own }
}

/// The placeholders of the old path by those of the new one, in the order of the path.
fn placeholders(was: &Found<'_>, is: &Found<'_>) -> BTreeMap<String, String> {
    let names = |path: &str| -> Vec<String> {
        path.split('{')
            .skip(1)
            .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
            .collect()
    };
    let (old, new) = (names(&was.path), names(&is.path));
    if old.len() == new.len() { old.into_iter().zip(new).collect() } else { BTreeMap::new() }
}

fn keys(differ: &mut Differ<'_>, at: &At, was: &Found<'_>, is: &Found<'_>) {
    let (old, new) = (was.value, is.value);
    let changed = |key: &str| old[key] != new[key];
    let shown_change =
        |key: &str| format!("has the `{key}` {}; it was {}", shown(&new[key]), shown(&old[key]));
    if changed("tags") {
        let message =
            format!("has the tags {}; they were {}", shown(&new["tags"]), shown(&old["tags"]));
        let is_another = old["tags"][0] != new["tags"][0];
        let class = if is_another { Class::Breaking } else { Class::Safe };
        differ.push(class, "tag-changed", at, message);
    }
    if (old["deprecated"] == true) != (new["deprecated"] == true) {
        let (class, message) = match new["deprecated"] == true {
            true => (Class::Risky, "is deprecated; the compiler warns where it is called"),
            false => (Class::Safe, "is no longer deprecated"),
        };
        differ.push(class, "deprecation-changed", at, message);
    }
    for key in ["x-envelope", "x-idempotent"].into_iter().filter(|key| changed(key)) {
        differ.push(Class::Risky, "behaviour-changed", at, shown_change(key));
    }
    for key in ["x-sunset", "x-stability-level"].into_iter().filter(|key| changed(key)) {
        differ.push(Class::Risky, "lifecycle-changed", at, shown_change(key));
    }
    if changed("x-rpc-params") {
        argument_order(differ, at, &old["x-rpc-params"], &new["x-rpc-params"]);
    }
    if changed("x-pagination") {
        pagination(differ, at, &old["x-pagination"], &new["x-pagination"]);
    }
    let documentation = ["summary", "description", "x-evidence", "externalDocs"];
    if documentation.into_iter().any(changed) {
        differ.push(Class::Safe, "documentation-changed", at, "has other documentation");
    }
    let known = [
        "operationId",
        "tags",
        "deprecated",
        "parameters",
        "requestBody",
        "responses",
        "security",
        "servers",
        "callbacks",
        "x-envelope",
        "x-idempotent",
        "x-sunset",
        "x-stability-level",
        "x-rpc-params",
        "x-pagination",
    ];
    let empty = serde_json::Map::new();
    let members =
        |value: &'_ Value| value.as_object().unwrap_or(&empty).keys().cloned().collect::<Vec<_>>();
    let mut others: Vec<String> = members(old).into_iter().chain(members(new)).collect();
    others.sort();
    others.dedup();
    others.retain(|key| !known.contains(&key.as_str()) && !documentation.contains(&key.as_str()));
    for key in others.iter().filter(|key| changed(key)) {
        differ.push(Class::Risky, "extension-changed", at, shown_change(key));
    }
}

fn argument_order(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let names = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (old_names, new_names) = (names(old), names(new));
    // What is sent by position keeps its position if names are only added after it.
    let class = if new_names.starts_with(&old_names) { Class::Safe } else { Class::Risky };
    let message = format!("sends {}; it sent {}", shown(new), shown(old));
    differ.push(class, "argument-order-changed", at, message);
}

fn pagination(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let (class, rule, message) = match (old.is_null(), new.is_null()) {
        (true, _) => (Class::Safe, "pagination-added", "has pages".to_owned()),
        (_, true) => (Class::Breaking, "pagination-removed", "no longer has pages".to_owned()),
        _ => {
            let message = format!("pages by {}; it was {}", shown(new), shown(old));
            let class = if old["items"] == new["items"] { Class::Risky } else { Class::Breaking };
            (class, "pagination-changed", message)
        }
    };
    differ.push(class, rule, at, message);
}
