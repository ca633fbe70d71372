//! Rules about our own extensions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Context, Faults};
use crate::spec::child;

const CONFIDENCES: [&str; 3] = ["documented", "corroborated", "inferred"];

/// How an operation is known is said with every one of them.
pub fn evidence(context: &Context<'_>, faults: &mut Faults<'_>) {
    let known = context.spec.root["x-sources"].as_object();
    let everywhere = context.nodes.iter().filter_map(|node| {
        let is_operation = node.kind == super::Kind::Operation;
        Some((node.value.get("x-evidence")?, &node.pointer, is_operation))
    });
    for operation in &context.operations {
        if operation.value.get("x-evidence").is_none() {
            faults.add(
                &operation.pointer,
                "the operation does not say how it is known",
                "add `x-evidence` with `confidence`, `sources` and, where there is one, `doubt`",
            );
        }
    }
    for (evidence, pointer, is_operation) in everywhere {
        let pointer = child(pointer, "x-evidence");
        let confidence = evidence["confidence"].as_str().unwrap_or_default();
        if !CONFIDENCES.contains(&confidence) {
            faults.add(
                &child(&pointer, "confidence"),
                format!("`{confidence}` is no confidence"),
                format!("write one of: {}", CONFIDENCES.join(", ")),
            );
        }
        let sources = &evidence["sources"];
        let is_list = sources.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        if !is_list && (is_operation || !sources.is_null()) {
            faults.add(
                &child(&pointer, "sources"),
                "`sources` of the evidence is not a list of texts",
                "list the keys of `x-sources` that the facts rest on, such as `[v1, t2]`",
            );
        }
        for source in sources.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if known.is_some_and(|known| !known.contains_key(source)) {
                faults.add(
                    &child(&pointer, "sources"),
                    format!("there is no source `{source}`"),
                    "add it to `x-sources` of the root, or correct the key",
                );
            }
        }
        if evidence.get("doubt").is_some_and(|doubt| !doubt.is_string()) {
            faults.add(
                &child(&pointer, "doubt"),
                "the doubt is not a text",
                "say in words for a developer what is uncertain",
            );
        }
    }
}

/// Whether a call may be repeated is yes or no.
pub fn idempotent(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        if operation.value.get("x-idempotent").is_some_and(|value| !value.is_boolean()) {
            faults.add(
                &child(&operation.pointer, "x-idempotent"),
                "`x-idempotent` is neither true nor false",
                "write `true` only when repeating has the same intended effect; retries depend \
                 on it",
            );
        }
    }
}

/// The envelopes that the runtime can take off.
pub fn envelope(context: &Context<'_>, faults: &mut Faults<'_>) {
    let root = ("", &context.spec.root);
    let operations = context.operations.iter().map(|op| (op.pointer.as_str(), op.value));
    for (pointer, value) in std::iter::once(root).chain(operations) {
        let Some(envelope) = value.get("x-envelope") else { continue };
        if !matches!(envelope.as_str(), Some("none" | "json-rpc" | "payload")) {
            faults.add(
                &child(pointer, "x-envelope"),
                format!("{envelope} is no envelope"),
                "write `none`, `json-rpc` or `payload`",
            );
        }
    }
}

/// Other spellings of a member are texts, and none is a member's name or another's spelling.
pub fn aliases(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.nodes.iter().filter(|node| node.kind == super::Kind::Schema) {
        let Some(members) = node.value["properties"].as_object() else { continue };
        let mut taken: BTreeSet<&str> = members.keys().map(String::as_str).collect();
        for (name, member) in members {
            let pointer = child(&child(&child(&node.pointer, "properties"), name), "x-aliases");
            for alias in member["x-aliases"].as_array().into_iter().flatten() {
                let alias = alias.as_str().unwrap_or_default();
                if !taken.insert(alias) {
                    faults.add(
                        &pointer,
                        format!("`{alias}` is another member, or listed twice"),
                        "list other spellings of this member only, each once",
                    );
                }
            }
        }
    }
}

/// The parameters of a procedure are the members of its body.
pub fn rpc_params(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in context.operations.iter().filter(|operation| operation.is_rpc()) {
        let pointer = child(&operation.pointer, "x-rpc-params");
        if operation.method != "post" {
            faults.add(
                &operation.pointer,
                "a remote procedure is called with POST",
                "describe it below `post`",
            );
        }
        let Some(list) = operation.value["x-rpc-params"].as_array() else {
            faults.add(
                &pointer,
                "`x-rpc-params` is not a list",
                "list the parameters in the order in which they are sent",
            );
            continue;
        };
        let mut named: BTreeSet<&str> = BTreeSet::new();
        for (index, param) in list.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            match param {
                Value::Null => {}
                Value::String(name) => {
                    if !named.insert(name) {
                        faults.add(
                            &pointer,
                            format!("the parameter `{name}` is listed twice"),
                            "list each once; a `null` in the list is sent as such",
                        );
                    }
                }
                _ => faults.add(
                    &pointer,
                    "this is not the name of a parameter",
                    "write a name of the request body, or `null`",
                ),
            }
        }
        rpc_body(context, operation, &named, faults);
    }
}

fn rpc_body(
    context: &Context<'_>,
    operation: &super::Operation<'_>,
    named: &BTreeSet<&str>,
    faults: &mut Faults<'_>,
) {
    let pointer = child(&operation.pointer, "x-rpc-params");
    let Some((content, body)) = operation.body(&context.spec.root) else {
        if !named.is_empty() {
            faults.add(
                &pointer,
                "the procedure has parameters, but no request body describes them",
                "add a JSON request body with a member for each",
            );
        }
        return;
    };
    let Some(schema) = body["content"]["application/json"].get("schema") else {
        faults.add(
            &content,
            "the body of a remote procedure is not JSON with a schema",
            "describe the parameters below `application/json`",
        );
        return;
    };
    let at = child(&child(&content, "application/json"), "schema");
    // The parameters become arguments: the object must be written here, and closed.
    if schema["properties"].as_object().is_none()
        || ["$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
    {
        faults.add(
            &at,
            "the parameters of a remote procedure are not described in place",
            "write `type: object` with `properties` here; the types of members may be references",
        );
        return;
    }
    if schema.get("additionalProperties").is_some_and(|open| *open != false) {
        faults.add(
            &at,
            "the parameters of a remote procedure cannot be open",
            "remove `additionalProperties`: parameters are sent by position",
        );
    }
    for name in schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
        if !named.contains(name.as_str()) {
            faults.add(
                &child(&child(&at, "properties"), name),
                format!("the parameter `{name}` has no place in `x-rpc-params`"),
                "list it where the vendor expects it, or remove it",
            );
        }
    }
    for name in named.iter().filter(|name| schema["properties"].get(**name).is_none()) {
        faults.add(
            &pointer,
            format!("`{name}` of `x-rpc-params` is not a member of the request body"),
            "add it to `properties`, or correct the name",
        );
    }
}
