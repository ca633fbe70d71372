//! Rules about references and what they lead to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Context, Faults, nodes::Kind};
use crate::spec::child;

/// The group of components that a part may be a reference to.
fn group(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Schema => Some("schemas"),
        Kind::Parameter => Some("parameters"),
        Kind::RequestBody => Some("requestBodies"),
        Kind::Response => Some("responses"),
        Kind::Header => Some("headers"),
        _ => None,
    }
}

/// References with the part they stand for, their pointer and their target.
fn references<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (Kind, &'a str, &'a Value, &'static str)> {
    context.nodes.iter().filter_map(|node| {
        let group = group(node.kind)?;
        Some((node.kind, node.pointer.as_str(), node.value.get("$ref")?, group))
    })
}

/// References are texts that stay within the specification.
pub fn local(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (_, pointer, target, group) in references(context) {
        let is_local = target.as_str().is_some_and(|target| target.starts_with("#/"));
        if !is_local {
            faults.add(
                &child(pointer, "$ref"),
                format!("the reference {target} does not stay within the specification"),
                format!(
                    "define the part in `components.{group}` of any file of the folder, and refer \
                     to it as '#/components/{group}/<name>'"
                ),
            );
        }
    }
}

/// References lead to a component of the kind that is wanted.
pub fn right_group(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (_, pointer, target, group) in references(context) {
        let Some(target) = target.as_str().filter(|target| target.starts_with("#/")) else {
            continue;
        };
        let name = target.strip_prefix(&format!("#/components/{group}/"));
        let Some(name) = name.filter(|name| !name.contains('/')) else {
            faults.add(
                &child(pointer, "$ref"),
                format!("`{target}` does not lead to a member of `components.{group}`"),
                format!("refer to it as '#/components/{group}/<name>'"),
            );
            continue;
        };
        let known: Vec<&String> = context.components(group).map(|(name, _)| name).collect();
        let name = name.replace("~1", "/").replace("~0", "~");
        if known.contains(&&name) {
            continue;
        }
        let near = known
            .iter()
            .map(|known| (strsim::normalized_damerau_levenshtein(known, &name), known))
            .filter(|(likeness, _)| *likeness >= 0.6)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        faults.add(
            &child(pointer, "$ref"),
            format!("`{name}` is not defined in `components.{group}`"),
            match near {
                Some((_, near)) => format!("did you mean `{near}`? Otherwise define `{name}`"),
                None => "define it, or correct the reference".to_owned(),
            },
        );
    }
}

/// References that lead to themselves describe nothing.
pub fn cycles(context: &Context<'_>, faults: &mut Faults<'_>) {
    for kind in [Kind::Schema, Kind::Parameter, Kind::RequestBody, Kind::Response, Kind::Header] {
        let Some(group) = group(kind) else { continue };
        for (name, first) in context.components(group) {
            let mut seen = vec![name.as_str()];
            let mut value = first;
            while let Some(next) = target(value, group) {
                if seen.contains(&next) {
                    if next == name {
                        faults.add(
                            &child(&child("/components", group), name),
                            format!("`{name}` is a reference that leads back to itself"),
                            "describe the part in one of the places that refer to each other",
                        );
                    }
                    break;
                }
                seen.push(next);
                let Some(found) = context.spec.root["components"][group].get(next) else { break };
                value = found;
            }
        }
    }
}

fn target<'a>(value: &'a Value, group: &str) -> Option<&'a str> {
    value["$ref"].as_str()?.strip_prefix("#/components/")?.strip_prefix(group)?.strip_prefix('/')
}

/// OpenAPI 3.0 ignores what stands beside a reference; descriptions and `nullable` are kept for schemas.
pub fn siblings(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.nodes.iter().filter(|node| node.is_reference()) {
        let Some(_) = group(node.kind) else { continue };
        for key in node.value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            let is_schema = node.kind == Kind::Schema;
            let kept = key == "$ref"
                || key.starts_with("x-")
                || (is_schema && matches!(key, "description" | "nullable"));
            if !kept {
                faults.add(
                    &child(&node.pointer, key),
                    format!("`{key}` beside a reference is ignored"),
                    if is_schema {
                        "put the reference into an `allOf` list with one entry, beside the key"
                    } else {
                        "move it to the part that the reference leads to"
                    },
                );
            }
        }
    }
}

/// A component that no operation reaches would not be generated.
pub fn unused(context: &Context<'_>, faults: &mut Faults<'_>) {
    let mut open: Vec<&Value> = Vec::new();
    for (_, item) in context.spec.root["paths"].as_object().into_iter().flatten() {
        open.push(item);
    }
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref")
                    && reached.insert(target)
                    && let Some(found) = context.spec.root.pointer(target.trim_start_matches('#'))
                {
                    open.push(found);
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    for group in ["schemas", "parameters", "requestBodies", "responses", "headers"] {
        for (name, _) in context.components(group) {
            let escaped = child("", name);
            if !reached.contains(format!("#/components/{group}{escaped}").as_str()) {
                faults.add(
                    &child(&child("/components", group), name),
                    format!("no operation reaches `{name}` of `components.{group}`"),
                    "refer to it from where it is meant to be used, or remove it",
                );
            }
        }
    }
}
