//! Rules about paths.

use super::context::{Context, Report};
use crate::{openapi::placeholders, spec::child};

/// Path templates begin with a slash and have well-formed, unique placeholders.
pub fn templates(context: &Context<'_>, report: &mut Report<'_>) {
    for (path, _) in context.spec.root["paths"].as_object().into_iter().flatten() {
        if path.starts_with("x-") {
            continue;
        }
        let pointer = child("/paths", path);
        let bare = path.split(['#', '?']).next().unwrap_or_default();
        if !path.starts_with('/') {
            report.error(
                &pointer,
                format!("the path `{path}` does not begin with a slash"),
                "write `/...`; paths are relative to the server",
            );
        }
        if path.chars().any(|c| c.is_whitespace() || c.is_control()) {
            report.error(
                &pointer,
                format!("the path `{path}` contains white space"),
                "write a space as `%20`",
            );
        }
        match placeholders(bare) {
            Err(reason) => report.error(
                &pointer,
                format!("the path `{path}` {reason}"),
                "write placeholders as `{name}`, with a path parameter of that name",
            ),
            Ok(names) => {
                for (index, name) in names.iter().enumerate() {
                    if names[..index].contains(name) {
                        report.error(
                            &pointer,
                            format!("the path `{path}` has the placeholder `{name}` twice"),
                            "give the two placeholders different names",
                        );
                    }
                }
            }
        }
    }
}

/// A path that is a reference leads to another one of the document: others were replaced by what they lead to.
pub fn references(context: &Context<'_>, report: &mut Report<'_>) {
    for (path, item) in context.spec.root["paths"].as_object().into_iter().flatten() {
        if item.get("$ref").is_some() {
            report.error(
                &child(&child("/paths", path), "$ref"),
                "the `$ref` in place of a path leads to nothing in this specification",
                "write its operations here",
            );
        }
    }
}

/// A JSON-RPC procedure has its name as the fragment of its path. Other fragments only tell operations apart.
pub fn fragments(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let fragment = operation.path.split_once('#').map(|(_, fragment)| fragment);
        match (fragment, operation.is_rpc()) {
            (None, true) => report.error(
                &child(&operation.pointer, "x-rpc-params"),
                "the path does not name the JSON-RPC procedure",
                "append the name of the procedure: `/api/rpc#getAssets`",
            ),
            (Some(fragment), true) if fragment.is_empty() || fragment.contains('#') => report
                .error(
                    &operation.pointer,
                    "the fragment of the path is not the name of a JSON-RPC procedure",
                    "write a single `#`, followed by the name",
                ),
            _ => {}
        }
    }
}
