//! Rules about paths.

use std::collections::BTreeMap;

use super::context::{Context, Report};
use crate::spec::child;

/// The placeholders of a path template, or why it is malformed.
fn placeholders(path: &str) -> Result<Vec<&str>, &'static str> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find(['{', '}']) {
        if rest[at..].starts_with('}') {
            return Err("has a `}` without a `{`");
        }
        let after = &rest[at + 1..];
        let end = after.find(['{', '}', '/']).filter(|end| after[*end..].starts_with('}'));
        let Some(end) = end else { return Err("has a `{` without a `}`") };
        let name = &after[..end];
        let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err("has a placeholder that is not a plain name");
        }
        names.push(name);
        rest = &after[end + 1..];
    }
    Ok(names)
}

/// Path templates begin with a slash and have well-formed, unique placeholders.
pub fn templates(context: &Context<'_>, report: &mut Report<'_>) {
    for (path, _) in context.spec.root["paths"].as_object().into_iter().flatten() {
        if path.starts_with("x-") {
            continue;
        }
        let pointer = child("/paths", path);
        let bare = path.split('#').next().unwrap_or_default();
        if !path.starts_with('/') {
            report.error(
                &pointer,
                format!("the path `{path}` does not begin with a slash"),
                "write `/...`; paths are relative to the server",
            );
        }
        if bare.contains('?') || bare.chars().any(|c| c.is_whitespace() || c.is_control()) {
            report.error(
                &pointer,
                format!("the path `{path}` contains a query or white space"),
                "describe query parameters in `parameters`; write a space as `%20`",
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

/// Each placeholder has a required path parameter of its name, and the other way round.
pub fn parameters(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let path = operation.path.split('#').next().unwrap_or_default();
        let Ok(names) = placeholders(path) else { continue };
        let mut declared = Vec::new();
        for (pointer, parameter) in operation.parameters(&context.spec.root) {
            let (Some(name), Some("path")) = (parameter["name"].as_str(), parameter["in"].as_str())
            else {
                continue;
            };
            declared.push(name);
            if parameter["required"] != true {
                report.error(
                    &pointer,
                    format!("the path parameter `{name}` is not required"),
                    "add `required: true`; without it, the path would be another one",
                );
            }
            if !names.contains(&name) {
                report.error(
                    &pointer,
                    format!("the path parameter `{name}` is not in the path `{path}`"),
                    format!("add `{{{name}}}` to the path, or correct the name or `in`"),
                );
            }
        }
        for name in names.iter().filter(|name| !declared.contains(name)) {
            report.error(
                &operation.pointer,
                format!("the placeholder `{name}` of the path has no parameter"),
                format!("declare the parameter `{name}` with `in: path` and `required: true`"),
            );
        }
    }
}

/// A path has supported methods only, and no reference or servers.
pub fn items(context: &Context<'_>, report: &mut Report<'_>) {
    for (path, item) in context.spec.root["paths"].as_object().into_iter().flatten() {
        let pointer = child("/paths", path);
        if item.get("$ref").is_some() {
            report.error(
                &child(&pointer, "$ref"),
                "`$ref` in place of a path is not supported",
                "write its operations here",
            );
        }
        for method in ["options", "trace"] {
            if item.get(method).is_some() {
                report.error(
                    &child(&pointer, method),
                    format!("the method `{method}` is not supported"),
                    "remove the operation; get, put, post, delete, patch and head are supported",
                );
            }
        }
        if item.get("servers").is_some() {
            report.error(
                &child(&pointer, "servers"),
                "`servers` of a single path are not supported",
                "declare the server in the root, or describe the other host as another API",
            );
        }
    }
}

/// No two operations have the same method and path; the names of placeholders do not matter.
pub fn duplicates(context: &Context<'_>, report: &mut Report<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for operation in &context.operations {
        let mut bare = String::new();
        let mut inside = false;
        for c in operation.path.chars() {
            match c {
                '{' => inside = true,
                '}' => {
                    inside = false;
                    bare.push_str("{}");
                }
                c if !inside => bare.push(c),
                _ => {}
            }
        }
        let key = format!("{} {bare}", operation.method);
        if let Some(first) = taken.insert(key, operation.pointer.clone()) {
            report.conflict(
                [&operation.pointer, &first],
                "two operations have the same method and path",
                "keep one of them; paths that differ only in the names of placeholders are the same",
            );
        }
    }
}

/// A JSON-RPC procedure has its name as the fragment of its path, and only procedures have one.
pub fn fragments(context: &Context<'_>, report: &mut Report<'_>) {
    for operation in &context.operations {
        let fragment = operation.path.split_once('#').map(|(_, fragment)| fragment);
        match (fragment, operation.is_rpc()) {
            (Some(_), false) => report.error(
                &operation.pointer,
                "the path has a fragment, but the operation is not a JSON-RPC procedure",
                "add `x-rpc-params` with the names of the parameters in order, or remove the fragment",
            ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_read_in_order() {
        assert_eq!(placeholders("/a").unwrap(), [""; 0]);
        assert_eq!(placeholders("/{a}/b/{c-d.e}{$f}").unwrap(), ["a", "c-d.e", "$f"]);
    }

    #[test]
    fn malformed_templates_have_a_reason() {
        for (path, reason) in [
            ("/a}", "has a `}` without a `{`"),
            ("/{a", "has a `{` without a `}`"),
            ("/{a/b}", "has a `{` without a `}`"),
            ("/{a{b}", "has a `{` without a `}`"),
            ("/{}", "has a placeholder that is not a plain name"),
            ("/{a b}", "has a placeholder that is not a plain name"),
        ] {
            assert_eq!(placeholders(path), Err(reason), "{path}");
        }
    }
}
