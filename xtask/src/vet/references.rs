//! Rules about references and their targets.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, Report, closest};
use crate::openapi::Kind;
use crate::spec::child;

/// The group of components that a reference in place of such a part must lead to.
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

/// All references: the kind of part they replace, their pointer, their target, and the group it must be in.
fn references<'a>(
    context: &'a Context<'_>,
) -> impl Iterator<Item = (Kind, &'a str, &'a Value, &'static str)> {
    context.nodes.iter().filter_map(|node| {
        let group = group(node.kind)?;
        Some((node.kind, node.pointer.as_str(), node.value.get("$ref")?, group))
    })
}

/// References are strings and stay within the specification.
pub fn local(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, pointer, target, group) in references(context) {
        let is_local = target.as_str().is_some_and(|target| target.starts_with("#/"));
        if !is_local {
            report.error(
                &child(pointer, "$ref"),
                format!("the reference {target} leads out of the specification"),
                format!(
                    "define it in `components.{group}` of any file in the folder, and refer to it \
                     as '#/components/{group}/<name>'"
                ),
            );
        }
    }
}

/// References lead to an existing component of the right kind.
pub fn targets(context: &Context<'_>, report: &mut Report<'_>) {
    for (_, pointer, target, group) in references(context) {
        let Some(target) = target.as_str().filter(|target| target.starts_with("#/")) else {
            continue;
        };
        let name = target.strip_prefix(&format!("#/components/{group}/"));
        let Some(name) = name.filter(|name| !name.contains('/')) else {
            report.error(
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
        let near = closest(&name, known.iter().map(|known| known.as_str()), 0.6);
        report.error(
            &child(pointer, "$ref"),
            format!("`{name}` is not defined in `components.{group}`"),
            match near {
                Some(near) => format!("did you mean `{near}`? If not, define `{name}`"),
                None => "define it, or correct the reference".to_owned(),
            },
        );
    }
}

/// A reference does not lead back to itself: it would describe nothing.
pub fn cycles(context: &Context<'_>, report: &mut Report<'_>) {
    for kind in [Kind::Schema, Kind::Parameter, Kind::RequestBody, Kind::Response, Kind::Header] {
        let Some(group) = group(kind) else { continue };
        for (name, first) in context.components(group) {
            let mut seen = vec![name.as_str()];
            let mut value = first;
            while let Some(next) = target(value, group) {
                if seen.contains(&next) {
                    if next == name {
                        report.error(
                            &child(&child("/components", group), name),
                            format!("the reference `{name}` leads back to itself"),
                            "replace one of the references of the cycle with a description",
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

/// Every component is reached from an operation: others would not be generated.
pub fn unused(context: &Context<'_>, report: &mut Report<'_>) {
    let mut pending: Vec<&Value> = Vec::new();
    for (_, item) in context.spec.root["paths"].as_object().into_iter().flatten() {
        pending.push(item);
    }
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref")
                    && reached.insert(target)
                    && let Some(found) = context.spec.root.pointer(target.trim_start_matches('#'))
                {
                    pending.push(found);
                }
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    for group in ["schemas", "parameters", "requestBodies", "responses", "headers"] {
        for (name, _) in context.components(group) {
            let escaped = child("", name);
            if !reached.contains(format!("#/components/{group}{escaped}").as_str()) {
                report.error(
                    &child(&child("/components", group), name),
                    format!("no operation reaches `{name}` of `components.{group}`"),
                    "refer to it where it is used, or remove it",
                );
            }
        }
    }
}
