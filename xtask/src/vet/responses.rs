//! Rules about responses.

use serde_json::Value;

use super::{
    alternatives::ambiguous,
    context::{Context, Report},
};
use crate::{model::is_json, spec::child};

/// The keys of `responses` are statuses.
pub fn statuses(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let pointer = child(&operation.pointer, "responses");
        let responses = operation.value["responses"].as_object();
        for (status, _) in responses.into_iter().flatten() {
            let range = status
                .strip_suffix("XX")
                .is_some_and(|first| matches!(first, "1" | "2" | "3" | "4" | "5"));
            let number = status.len() == 3
                && status.parse::<u16>().is_ok_and(|status| (100..600).contains(&status));
            if !range && !number && status != "default" && !status.starts_with("x-") {
                report.error(
                    &child(&pointer, status),
                    format!("`{status}` is not a status"),
                    "write a quoted number such as \"200\", a range such as \"2XX\", or `default`",
                );
            }
        }
    }
}

/// Successes with different schemas become alternatives, which must differ in their members.
pub fn success_shapes(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let mut shapes: Vec<&Value> = Vec::new();
        let mut kinds: Vec<&str> = Vec::new();
        for (status, response) in operation.value["responses"].as_object().into_iter().flatten() {
            if !status.starts_with('2') {
                continue;
            }
            let content = context.resolve(response)["content"].as_object();
            for (media_type, body) in content.into_iter().flatten() {
                if is_json(media_type) {
                    if let Some(schema) = body.get("schema").filter(|s| !shapes.contains(s)) {
                        shapes.push(schema);
                    }
                    kinds.push("JSON");
                }
            }
            let has_json = content.into_iter().flatten().any(|(kind, _)| is_json(kind));
            if content.is_some_and(|content| !content.is_empty()) && !has_json {
                kinds.push("bytes");
            }
        }
        let pointer = child(&operation.pointer, "responses");
        if kinds.contains(&"JSON") && kinds.contains(&"bytes") {
            report.error(
                &pointer,
                "one success is JSON and another is not",
                "keep the one that the client should accept",
            );
        }
        if let Some((first, second)) = ambiguous(context, &shapes) {
            report.error(
                &pointer,
                format!(
                    "the successes {} and {} cannot be distinguished by their members",
                    first + 1,
                    second + 1
                ),
                "use one schema for both, and make the members optional in which they differ",
            );
        }
    }
}
