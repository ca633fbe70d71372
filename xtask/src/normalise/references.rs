//! References into components, and into paths.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Draft,
    moved::{move_to, rewrite},
    names::{Names, name_of},
    schemas::{COMPOSITIONS, annotated, pointers},
};
use crate::spec::child;

/// A reference may lead to something that contains another one.
const PASSES: usize = 8;

/// Follows references to something inside a component or a path. A type there becomes a component, so that it is one
/// type for all who refer to it; anything else is copied.
pub(super) fn followed_references(draft: &mut Draft) {
    for _ in 0..PASSES {
        let schemas: BTreeSet<String> = pointers(&draft.spec.root).into_iter().collect();
        let mut deep = Vec::new();
        collect(&draft.spec.root, "", &schemas, &mut deep);
        deep.sort_by_key(|(_, target)| std::cmp::Reverse(target.matches('/').count()));
        let mut has_changed = false;
        for (pointer, target) in deep {
            let Some(mut target) = located(&draft.spec.root, &target) else { continue };
            let is_schema = schemas.contains(&pointer);
            if is_schema {
                let Some(schema) = schema_of(&draft.spec.root, &target) else { continue };
                target = schema;
            }
            has_changed |= follow(draft, &pointer, &target, is_schema);
        }
        if !has_changed {
            break;
        }
    }
}

/// The references that do not lead to a component: where they are, and the pointer that they lead to.
fn collect(
    value: &Value,
    pointer: &str,
    schemas: &BTreeSet<String>,
    all: &mut Vec<(String, String)>,
) {
    match value {
        Value::Object(members) => {
            let is_schema = schemas.contains(pointer);
            let target = members.get("$ref").and_then(Value::as_str);
            if let Some(target) = target.and_then(|target| target.strip_prefix('#'))
                && (!is_component(target)
                    || is_schema && !target.starts_with("/components/schemas/"))
            {
                all.push((pointer.to_owned(), target.to_owned()));
            }
            for (key, member) in members.iter().filter(|(key, _)| !key.starts_with("example")) {
                collect(member, &child(pointer, key), schemas, all);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{pointer}/{index}"), schemas, all);
            }
        }
        _ => {}
    }
}

fn is_component(target: &str) -> bool {
    target.starts_with("/components/") && target.matches('/').count() == 3
}

/// The pointer to the schema that is meant by a reference to a response, a body or a parameter.
fn schema_of(root: &Value, target: &str) -> Option<String> {
    let groups = ["responses", "requestBodies", "parameters", "headers"];
    let is_other = groups.iter().any(|group| target.starts_with(&format!("/components/{group}/")));
    if !is_other || !is_component(target) {
        return Some(target.to_owned());
    }
    let value = root.pointer(target)?;
    if value.get("schema").is_some() {
        return Some(child(target, "schema"));
    }
    let (media_type, body) = value["content"].as_object()?.iter().next()?;
    body.get("schema")?;
    Some(child(&child(&child(target, "content"), media_type), "schema"))
}

/// The pointer to a value, on whose way may be references. `None` if it leads nowhere.
fn located(root: &Value, target: &str) -> Option<String> {
    let mut pointer = String::new();
    for key in target.split('/').skip(1) {
        for _ in 0..PASSES {
            let value = root.pointer(&pointer)?;
            let Some(next) = value["$ref"].as_str().and_then(|next| next.strip_prefix('#')) else {
                break;
            };
            pointer = next.to_owned();
        }
        // Some tools escape braces and spaces as in a URL.
        let key = key.replace("%7B", "{").replace("%7D", "}").replace("%20", " ");
        pointer = format!("{pointer}/{key}");
        root.pointer(&pointer)?;
    }
    Some(pointer)
}

/// Replaces one reference. Returns whether it has changed.
fn follow(draft: &mut Draft, pointer: &str, target: &str, is_schema: bool) -> bool {
    // A value that contains the reference has no copy.
    let is_around = pointer == target || pointer.starts_with(&format!("{target}/"));
    let Some(found) = draft.spec.root.pointer(target).cloned() else { return false };
    let target_is_component = is_component(target);
    if target_is_component || (is_schema && (is_type(&found) || is_around)) {
        let name = if target_is_component {
            target.to_owned()
        } else {
            let name = Names::of(&draft.spec.root).unique(&name_of(&draft.spec.root, target));
            let named = child("/components/schemas", &name);
            let reference = serde_json::json!({ "$ref": format!("#{named}") });
            if let Some(place) = draft.value(target) {
                *place = reference;
            }
            move_to(draft, target, &name, found);
            rewrite(&mut draft.spec.root, target, &named);
            named
        };
        // The reference may itself have moved.
        if let Some(Value::Object(place)) = draft.value(pointer)
            && place.contains_key("$ref")
        {
            place.insert("$ref".to_owned(), format!("#{name}").into());
        }
        return true;
    }
    if is_around {
        return false;
    }
    let Some(Value::Object(place)) = draft.value(pointer) else { return false };
    let copy = if is_schema { Value::Object(annotated(found, place)) } else { found };
    if let Some(place) = draft.value(pointer) {
        *place = copy;
    }
    true
}

/// Whether a schema becomes a type with a name.
fn is_type(schema: &Value) -> bool {
    schema["properties"].is_object()
        || schema["enum"].is_array()
        || COMPOSITIONS.iter().any(|key| schema[*key].is_array())
}
