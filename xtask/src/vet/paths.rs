//! Rules about paths.

use std::collections::BTreeMap;

use super::{Context, Faults};
use crate::spec::child;

/// The placeholders of a path template, or what is wrong with it.
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

/// Paths begin with a slash, and their placeholders are closed and unique.
pub fn templates(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (path, _) in context.spec.root["paths"].as_object().into_iter().flatten() {
        if path.starts_with("x-") {
            continue;
        }
        let pointer = child("/paths", path);
        let bare = path.split('#').next().unwrap_or_default();
        if !path.starts_with('/') {
            faults.add(
                &pointer,
                format!("the path `{path}` does not begin with a slash"),
                "paths are relative to the server: write `/...`",
            );
        }
        if bare.contains('?') || bare.chars().any(|c| c.is_whitespace() || c.is_control()) {
            faults.add(
                &pointer,
                format!("the path `{path}` has a query or white space in it"),
                "describe query parameters in `parameters`; write a space as `%20`",
            );
        }
        match placeholders(bare) {
            Err(reason) => faults.add(
                &pointer,
                format!("the path `{path}` {reason}"),
                "write placeholders as `{name}`, with a path parameter of that name",
            ),
            Ok(names) => {
                for (index, name) in names.iter().enumerate() {
                    if names[..index].contains(name) {
                        faults.add(
                            &pointer,
                            format!("the path `{path}` has the placeholder `{name}` twice"),
                            "give the two places different names",
                        );
                    }
                }
            }
        }
    }
}

/// Placeholders and required path parameters are the same names.
pub fn parameters(context: &Context<'_>, faults: &mut Faults<'_>) {
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
                faults.add(
                    &pointer,
                    format!("the path parameter `{name}` is not required"),
                    "add `required: true`; a path without it is another path",
                );
            }
            if !names.contains(&name) {
                faults.add(
                    &pointer,
                    format!("the path parameter `{name}` is not in the path `{path}`"),
                    format!("put `{{{name}}}` into the path, or correct the name or `in`"),
                );
            }
        }
        for name in names.iter().filter(|name| !declared.contains(name)) {
            faults.add(
                &operation.pointer,
                format!("the placeholder `{name}` of the path has no parameter"),
                format!("declare the parameter `{name}` with `in: path` and `required: true`"),
            );
        }
    }
}

/// What a path may hold.
pub fn items(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (path, item) in context.spec.root["paths"].as_object().into_iter().flatten() {
        let pointer = child("/paths", path);
        if item.get("$ref").is_some() {
            faults.add(
                &child(&pointer, "$ref"),
                "a path that is a reference is not supported",
                "write the path's operations out",
            );
        }
        for method in ["options", "trace"] {
            if item.get(method).is_some() {
                faults.add(
                    &child(&pointer, method),
                    format!("the method `{method}` is not supported"),
                    "leave the operation out; get, put, post, delete, patch and head are generated",
                );
            }
        }
        if item.get("servers").is_some() {
            faults.add(
                &child(&pointer, "servers"),
                "servers of a single path are not supported",
                "declare the server in the root, or call the other host with a client of its own",
            );
        }
    }
}

/// Two templates that differ in the names of their placeholders only are the same path.
pub fn equal(context: &Context<'_>, faults: &mut Faults<'_>) {
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
            faults.clash(
                [&operation.pointer, &first],
                "two operations have the same method and path",
                "keep one of them; the names of placeholders make no difference",
            );
        }
    }
}

/// A fragment names a remote procedure, and a remote procedure has one.
pub fn fragments(context: &Context<'_>, faults: &mut Faults<'_>) {
    for operation in &context.operations {
        let fragment = operation.path.split_once('#').map(|(_, fragment)| fragment);
        match (fragment, operation.is_rpc()) {
            (Some(_), false) => faults.add(
                &operation.pointer,
                "the path has a fragment, but the operation is no remote procedure",
                "add `x-rpc-params` with the names of the parameters in their order, or remove \
                 the fragment",
            ),
            (None, true) => faults.add(
                &child(&operation.pointer, "x-rpc-params"),
                "the path does not say which remote procedure is called",
                "write the procedure's name behind the path: `/api/rpc#getAssets`",
            ),
            (Some(fragment), true) if fragment.is_empty() || fragment.contains('#') => faults.add(
                &operation.pointer,
                "the fragment of the path is not the name of a remote procedure",
                "write one name behind one `#`",
            ),
            _ => {}
        }
    }
}
