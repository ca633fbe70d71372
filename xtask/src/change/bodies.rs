//! Bodies of requests, and responses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Class,
    context::{At, Differ, resolved},
    schemas,
    usage::{Usage, successes},
};
use crate::{
    model::{is_json, resolve},
    spec::child,
};

/// Compares the body and the responses of an operation.
pub(super) fn compare(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    request(differ, at, old, new);
    responses(differ, at, old, new);
}

/// This, where the references of both documents lead.
fn followed(differ: &Differ<'_>, at: At) -> At {
    At { old: resolved(&differ.old.root, &at.old), new: resolved(&differ.new.root, &at.new), ..at }
}

fn request(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let at = At { usage: Usage::SENT, place: "the body".to_owned(), ..at.inside("requestBody") };
    let at = &followed(differ, at);
    let before = resolve(&differ.old.root, &old["requestBody"]);
    let after = resolve(&differ.new.root, &new["requestBody"]);
    let is_required = |body: &Value| body["required"] == true;
    match (before.is_null(), after.is_null()) {
        (true, true) => {}
        (true, false) => {
            let (class, message) = match is_required(after) {
                true => (Class::Breaking, "the body is new and required"),
                false => (Class::Safe, "the body is new and optional"),
            };
            differ.push(class, "body-added", at, message);
        }
        (false, true) => {
            differ.push_removed(Class::Breaking, "body-removed", at, "the body is removed");
        }
        (false, false) => {
            if is_required(before) != is_required(after) {
                let (rule, message) = match is_required(after) {
                    true => ("body-became-required", "the body is required; it was optional"),
                    false => ("body-became-optional", "the body is optional; it was required"),
                };
                differ.push(Class::Breaking, rule, at, message);
            }
            if ["description", "x-evidence"].into_iter().any(|key| before[key] != after[key]) {
                let message = "the body has other documentation";
                differ.push(Class::Safe, "documentation-changed", at, message);
            }
            content(differ, at, before, after);
        }
    }
}

fn responses(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let (before, after) = (successes(old), successes(new));
    let at = At { usage: Usage::RECEIVED, ..at.inside("responses") };
    for status in before.keys().filter(|status| !after.contains_key(*status)) {
        let at = at.inside(status);
        let message = format!("no longer responds with {status}");
        differ.push_removed(Class::Risky, "success-removed", &at, message);
    }
    for status in after.keys().filter(|status| !before.contains_key(*status)) {
        let at = at.inside(status);
        differ.push(Class::Safe, "success-added", &at, format!("may respond with {status}"));
    }
    let pairs: Vec<(String, String)> = match (before.len(), after.len()) {
        // Another status for the same response.
        (1, 1) => before.keys().cloned().zip(after.keys().cloned()).collect(),
        _ => before
            .keys()
            .filter(|s| after.contains_key(*s))
            .map(|s| (s.clone(), s.clone()))
            .collect(),
    };
    for (was, is) in pairs {
        let place = At {
            old: child(&at.old, &was),
            new: child(&at.new, &is),
            place: "the response".to_owned(),
            ..at.clone()
        };
        let place = &followed(differ, place);
        let (old_root, new_root) = (&differ.old.root, &differ.new.root);
        let (old, new) = (resolve(old_root, before[&was]), resolve(new_root, after[&is]));
        content(differ, place, old, new);
        headers(differ, place, old, new);
    }
    errors(differ, &at, old, new);
}

/// The SDK has one error for all responses that are not a success.
fn errors(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let (before, after) = (successes(old), successes(new));
    let others = |operation: &Value, known: &dyn Fn(&str) -> bool| -> Vec<(String, Value)> {
        let all = operation["responses"].as_object().into_iter().flatten();
        all.filter(|(status, _)| !known(status)).map(|(s, v)| (s.clone(), v.clone())).collect()
    };
    let old = others(old, &|status| before.contains_key(status) || after.contains_key(status));
    let new = others(new, &|status| before.contains_key(status) || after.contains_key(status));
    if old != new {
        differ.push(Class::Safe, "errors-changed", at, "has other error responses");
    }
}

fn content(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let types = |part: &Value| -> BTreeSet<String> {
        part["content"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let (before, after) = (types(old), types(new));
    let gone: Vec<&String> = before.difference(&after).collect();
    let fresh: Vec<&String> = after.difference(&before).collect();
    // The type in Rust depends on the kind of the media type that the SDK takes, not on its name.
    let is_another_kind = kind(&before) != kind(&after);
    for name in &gone {
        let class = if is_another_kind { Class::Breaking } else { Class::Risky };
        let message = format!("{} is no longer {name}", at.place);
        differ.push_removed(
            class,
            "media-type-removed",
            &at.inside("content").inside(name),
            message,
        );
    }
    for name in &fresh {
        let class = match () {
            () if is_another_kind => Class::Breaking,
            // The only one is another: what is sent or accepted changes.
            () if !gone.is_empty() => Class::Risky,
            () => Class::Safe,
        };
        let message = format!("{} may be {name}", at.place);
        differ.push(class, "media-type-added", &at.inside("content").inside(name), message);
    }
    let null = Value::Null;
    let pairs: Vec<(&String, &String)> = match (gone.as_slice(), fresh.as_slice()) {
        ([was], [is]) if !is_another_kind => vec![(*was, *is)],
        _ => Vec::new(),
    };
    let same = before.intersection(&after).map(|name| (name, name));
    for (was, is) in same.chain(pairs) {
        let (old, new) = (&old["content"][was], &new["content"][is]);
        let place = At {
            old: child(&child(&at.old, "content"), was),
            new: child(&child(&at.new, "content"), is),
            ..at.clone()
        };
        let schema = |content: &'_ Value| content.get("schema").cloned().unwrap_or(null.clone());
        let (was, is) = (schema(old), schema(new));
        if was.is_null() != is.is_null() {
            let message = match was.is_null() {
                true => format!("{} has a schema; it had none", at.place),
                false => format!("{} has no schema; it had one", at.place),
            };
            differ.push(Class::Breaking, "type-changed", &place, message);
            continue;
        }
        schemas::compare(differ, &place.inside("schema"), &was, &is, 1);
        if old["encoding"] != new["encoding"] {
            let message = format!("the parts of {} are encoded differently", at.place);
            differ.push(Class::Risky, "encoding-changed", &place, message);
        }
    }
}

/// What a set of media types is in Rust.
fn kind(media_types: &BTreeSet<String>) -> &'static str {
    let has = |test: &dyn Fn(&str) -> bool| media_types.iter().any(|name| test(name));
    match () {
        () if media_types.is_empty() => "nothing",
        () if has(&|name| is_json(name) || name == "*/*") => "JSON",
        () if has(&|name| name == "multipart/form-data") => "multipart",
        () if has(&|name| name == "application/x-www-form-urlencoded") => "form",
        () if has(&|name| name.starts_with("text/plain")) => "text",
        () => "bytes",
    }
}

/// Headers of responses have no types in the SDK; programs read them by name.
fn headers(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value) {
    let (old_root, new_root) = (&differ.old.root, &differ.new.root);
    let empty = serde_json::Map::new();
    let before = old["headers"].as_object().unwrap_or(&empty).clone();
    let after = new["headers"].as_object().unwrap_or(&empty).clone();
    let (old_root, new_root) = (old_root.clone(), new_root.clone());
    for (name, was) in &before {
        let was = resolve(&old_root, was);
        let place = at.inside("headers").inside(name).member(name, format!("the header `{name}`"));
        let Some(is) = after.get(name).map(|is| resolve(&new_root, is)) else {
            let message = format!("{} is removed", place.place);
            differ.push_removed(Class::Risky, "header-removed", &place, message);
            continue;
        };
        if (was["required"] == true) && (is["required"] != true) {
            let message = format!("{} is optional; it was required", place.place);
            differ.push(Class::Risky, "header-became-optional", &place, message);
        }
        if super::view::bare(&was["schema"]) != super::view::bare(&is["schema"]) {
            let message = format!("{} has another schema", place.place);
            differ.push(Class::Risky, "header-type-changed", &place, message);
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        let place = at.inside("headers").inside(name).member(name, format!("the header `{name}`"));
        differ.push(Class::Safe, "header-added", &place, format!("{} is new", place.place));
    }
}
