//! Rules about the `x-` extensions; docs/generator.md lists them.

use std::collections::BTreeSet;

use oneteg_catalog::{Ask, sentences};
use serde_json::Value;

use super::context::{Context, Report};
use crate::openapi::{Kind, Operation};
use crate::spec::child;

/// The grades, the best first.
pub const CONFIDENCES: [&str; 4] = ["observed", "documented", "corroborated", "inferred"];

/// Every operation has evidence, and all evidence is well-formed.
pub fn evidence(context: &Context<'_>, report: &mut Report<'_>) {
    let known = context.spec.root["x-sources"].as_object();
    let all = context.nodes.iter().filter_map(|node| {
        let is_operation = node.kind == Kind::Operation;
        Some((node.value.get("x-evidence")?, &node.pointer, is_operation))
    });
    for operation in &context.operations {
        if operation.value.get("x-evidence").is_none() {
            report.error(
                &operation.pointer,
                "the operation has no `x-evidence`",
                "add it with `confidence`, `sources` and, if there is one, `doubt`",
            );
        }
    }
    for (evidence, pointer, is_operation) in all {
        let pointer = child(pointer, "x-evidence");
        let confidence = evidence["confidence"].as_str().unwrap_or_default();
        if !CONFIDENCES.contains(&confidence) {
            report.error(
                &child(&pointer, "confidence"),
                format!("`{confidence}` is not a level of confidence"),
                format!("write one of: {}", CONFIDENCES.join(", ")),
            );
        }
        let sources = &evidence["sources"];
        let is_list = sources.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        if !is_list && (is_operation || !sources.is_null()) {
            report.error(
                &child(&pointer, "sources"),
                "`sources` of the evidence is not a list of strings",
                "list the keys of `x-sources` that support it, such as `[v1, t2]`",
            );
        }
        for source in sources.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if known.is_some_and(|known| !known.contains_key(source)) {
                report.error(
                    &child(&pointer, "sources"),
                    format!("the source `{source}` is not defined"),
                    "add it to `x-sources` of the root, or correct the key",
                );
            }
        }
        if evidence.get("doubt").is_some_and(|doubt| !doubt.is_string()) {
            report.error(
                &child(&pointer, "doubt"),
                "`doubt` is not a string",
                "describe for a developer what is uncertain",
            );
        }
        probes(evidence, &pointer, report);
    }
}

/// `probe` is a list of known questions about the sentences of the doubt, which has no other sentences.
fn probes(evidence: &Value, pointer: &str, report: &mut Report<'_>) {
    let Some(probe) = evidence.get("probe") else { return };
    let pointer = child(pointer, "probe");
    let sentences = sentences(evidence["doubt"].as_str().unwrap_or_default()).len();
    let mut open: BTreeSet<usize> = (1..=sentences).collect();
    for (index, probe) in probe.as_array().into_iter().flatten().enumerate() {
        let pointer = child(&pointer, &index.to_string());
        let ask = probe["ask"].as_str().unwrap_or_default();
        if !Ask::WORDS.contains(&ask) {
            report.error(
                &child(&pointer, "ask"),
                format!("`{ask}` is not a question of a probe"),
                format!("write one of: {}", Ask::WORDS.join(", ")),
            );
        }
        let of = probe["of"].as_array().map(|of| of.iter().map(Value::as_u64).collect::<Vec<_>>());
        for number in of.iter().flatten() {
            let number = number.and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
            if !(1..=sentences).contains(&number) {
                report.error(
                    &child(&pointer, "of"),
                    format!("the doubt has no sentence {number}: it has {sentences}"),
                    "list the numbers of the sentences, from 1",
                );
            }
            open.remove(&number);
        }
        if of.is_none() {
            open.clear();
        }
        let is_text = |key: &str| probe.get(key).is_none_or(Value::is_string);
        let known = ["ask", "at", "of", "parameter"];
        let keys = probe.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        if !is_text("at")
            || !is_text("parameter")
            || probe.get("of").is_some_and(|of| !of.is_array())
            || keys.clone().any(|key| !known.contains(&key))
        {
            report.error(
                &pointer,
                "the probe has other keys or types than a probe",
                "write `ask`, and if they are needed `of` (a list of numbers), `at` and `parameter` (strings)",
            );
        }
    }
    if !probe.is_array() || !open.is_empty() || sentences == 0 {
        report.error(
            &pointer,
            "a sentence of the doubt has no probe, or there is no doubt",
            "write a list with a probe for each sentence of the doubt, such as `[{ask: shape, of: [1]}]`",
        );
    }
}

/// `x-idempotent` is a boolean.
pub fn idempotent(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        if operation.value.get("x-idempotent").is_some_and(|value| !value.is_boolean()) {
            report.error(
                &child(&operation.pointer, "x-idempotent"),
                "`x-idempotent` is not a boolean",
                "write `true` only if a repeated call has the same intended effect; retries depend \
                 on it",
            );
        }
    }
}

/// `x-envelope` is an envelope that the runtime can unwrap.
pub fn envelope(context: &Context<'_>, report: &mut Report<'_>) {
    let root = ("", &context.spec.root);
    let operations = context.operations.iter().map(|op| (op.pointer.as_str(), op.value));
    for (pointer, value) in std::iter::once(root).chain(operations) {
        let Some(envelope) = value.get("x-envelope") else { continue };
        if !matches!(envelope.as_str(), Some("none" | "json-rpc" | "payload")) {
            report.error(
                &child(pointer, "x-envelope"),
                format!("{envelope} is not an envelope"),
                "write `none`, `json-rpc` or `payload`",
            );
        }
    }
}

/// Every alias belongs to one member, and is not the name of a member.
pub fn aliases(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.nodes.iter().filter(|node| node.kind == Kind::Schema) {
        let Some(members) = node.value["properties"].as_object() else { continue };
        let mut taken: BTreeSet<&str> = members.keys().map(String::as_str).collect();
        for (name, member) in members {
            let pointer = child(&child(&child(&node.pointer, "properties"), name), "x-aliases");
            for alias in member["x-aliases"].as_array().into_iter().flatten() {
                let alias = alias.as_str().unwrap_or_default();
                if !taken.insert(alias) {
                    report.error(
                        &pointer,
                        format!("the alias `{alias}` is the name of a member or is listed twice"),
                        "list each alias once, for the member that is sent under it",
                    );
                }
            }
        }
    }
}

/// The positional parameters of a JSON-RPC procedure are the members of its request body.
pub fn rpc_params(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in context.operations.iter().filter(|operation| operation.is_rpc()) {
        let pointer = child(&operation.pointer, "x-rpc-params");
        if operation.method != "post" {
            report.error(
                &operation.pointer,
                "a JSON-RPC procedure is called with POST",
                "move the operation to `post`",
            );
        }
        let Some(list) = operation.value["x-rpc-params"].as_array() else {
            report.error(
                &pointer,
                "`x-rpc-params` is not a list",
                "list the names of the parameters in order",
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
                        report.error(
                            &pointer,
                            format!("the parameter `{name}` is listed twice"),
                            "list it once; write `null` for a position that is always null",
                        );
                    }
                }
                _ => report.error(
                    &pointer,
                    "this is not the name of a parameter",
                    "write the name of a member of the request body, or `null`",
                ),
            }
        }
        rpc_body(context, operation, &named, report);
    }
}

fn rpc_body(
    context: &Context<'_>,
    operation: &Operation<'_>,
    named: &BTreeSet<&str>,
    report: &mut Report<'_>,
) {
    let pointer = child(&operation.pointer, "x-rpc-params");
    let Some((content, body)) = operation.body(&context.spec.root) else {
        if !named.is_empty() {
            report.error(
                &pointer,
                "the procedure has parameters but no request body",
                "add a JSON request body with a member for each parameter",
            );
        }
        return;
    };
    let Some(schema) = body["content"]["application/json"].get("schema") else {
        report.error(
            &content,
            "the body of a JSON-RPC procedure is not JSON with a schema",
            "describe the parameters in `application/json`",
        );
        return;
    };
    let schema_pointer = child(&child(&content, "application/json"), "schema");
    // The parameters become arguments of the method, so all of them must be listed here.
    if schema["properties"].as_object().is_none()
        || ["$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
    {
        report.error(
            &schema_pointer,
            "the parameters of a JSON-RPC procedure are not listed here",
            "write `type: object` with `properties`; the members may be references",
        );
        return;
    }
    if schema.get("additionalProperties").is_some_and(|open| *open != false) {
        report.error(
            &schema_pointer,
            "the parameters of a JSON-RPC procedure cannot be open",
            "remove `additionalProperties`; parameters are positional",
        );
    }
    for name in schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
        if !named.contains(name.as_str()) {
            report.error(
                &child(&child(&schema_pointer, "properties"), name),
                format!("the parameter `{name}` is not listed in `x-rpc-params`"),
                "list it at its position, or remove it",
            );
        }
    }
    for name in named.iter().filter(|name| schema["properties"].get(**name).is_none()) {
        report.error(
            &pointer,
            format!("`{name}` of `x-rpc-params` is not a member of the request body"),
            "add it to `properties`, or correct the name",
        );
    }
}
