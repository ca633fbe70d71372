//! The rule about placeholders of paths and their parameters.

use serde_json::{Value, json};

use super::{Draft, paths::placeholders};
use crate::{model::METHODS, spec::child};

/// A parameter of a path: its pointer, its name, and whether the path has its placeholder.
struct Declared {
    pointer: String,
    name: String,
    is_used: bool,
}

/// Each placeholder has a required path parameter, and the other way round. Vendors declare it under another name, as a
/// query parameter, or not at all.
pub(super) fn declared(draft: &mut Draft) {
    for pointer in draft.parameters() {
        if let Some(Value::Object(parameter)) = draft.value(&pointer)
            && parameter.get("in") == Some(&json!("path"))
        {
            // Without it, the path would be another one.
            parameter.insert("required".to_owned(), true.into());
        }
    }
    for item in draft.paths() {
        let path = item.trim_start_matches("/paths/").replace("~1", "/").replace("~0", "~");
        let bare = path.split(['#', '?']).next().unwrap_or_default();
        let Ok(names) = placeholders(bare) else { continue };
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let has = |method: &&&str| draft.spec.root.pointer(&child(&item, method)).is_some();
        let methods: Vec<&str> = METHODS.iter().filter(has).copied().collect();
        for method in methods {
            operation(draft, &item, &child(&item, method), &names);
        }
        leave_out_unused(draft, &item, &names);
    }
}

/// The path parameters of a list.
fn listed(draft: &Draft, owner: &str, names: &[String]) -> Vec<Declared> {
    let list = child(owner, "parameters");
    let count = draft.spec.root.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
    let mut all = Vec::new();
    for index in 0..count {
        let pointer = format!("{list}/{index}");
        let parameter = draft.resolved(&pointer);
        if parameter["in"] == "path" {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            all.push(Declared { is_used: names.contains(&name), pointer, name });
        }
    }
    all
}

fn operation(draft: &mut Draft, item: &str, operation: &str, names: &[String]) {
    let own = listed(draft, operation, names);
    let shared = listed(draft, item, names);
    let known: Vec<&String> = own.iter().chain(&shared).map(|declared| &declared.name).collect();
    let missing: Vec<String> = names.iter().filter(|name| !known.contains(name)).cloned().collect();
    let mut spare: Vec<Declared> = own.into_iter().filter(|declared| !declared.is_used).collect();
    for name in &missing {
        if let Some(pointer) = elsewhere(draft, operation, name) {
            draft.warn(
                &pointer,
                format!("the parameter `{name}` is a placeholder of the path, so it is sent there"),
                "write `in: path`",
            );
            replace(draft, &pointer, &[("in", "path".into()), ("required", true.into())]);
        } else if let ([_], [_]) = (missing.as_slice(), spare.as_slice()) {
            let Declared { pointer, name: old, .. } = spare.remove(0);
            draft.warn(
                &pointer,
                format!("the path parameter `{old}` is read as the placeholder `{name}`"),
                "give both the same name",
            );
            replace(draft, &pointer, &[("name", name.as_str().into())]);
        } else {
            draft.warn(
                operation,
                format!("the placeholder `{name}` of the path has no parameter; it is a string"),
                format!("declare the parameter `{name}` with `in: path` and `required: true`"),
            );
            add(draft, operation, name);
        }
    }
    leave_out_unused(draft, operation, names);
}

/// A parameter of the operation with the name of a placeholder, but in another place.
fn elsewhere(draft: &Draft, operation: &str, name: &str) -> Option<String> {
    let list = child(operation, "parameters");
    let count = draft.spec.root.pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
    (0..count).map(|index| format!("{list}/{index}")).find(|pointer| {
        let parameter = draft.resolved(pointer);
        parameter["name"] == name && parameter["in"] != "path"
    })
}

/// Replaces a parameter by a copy with other members: it may be a reference to a shared one.
fn replace(draft: &mut Draft, pointer: &str, members: &[(&str, Value)]) {
    let mut copy = draft.resolved(pointer);
    for (key, value) in members {
        copy[*key] = value.clone();
    }
    draft.with_unreached(|draft| {
        if let Some(parameter) = draft.value(pointer) {
            *parameter = copy;
        }
    });
}

fn add(draft: &mut Draft, operation: &str, name: &str) {
    let parameter =
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    let list = child(operation, "parameters");
    let Some(members) = draft.value(operation).and_then(Value::as_object_mut) else { return };
    let items = members.entry("parameters").or_insert_with(|| json!([]));
    if let Some(items) = items.as_array_mut() {
        items.push(parameter);
        let pointer = format!("{list}/{}", items.len() - 1);
        draft.spec.set_location(&pointer, operation);
    }
}

/// Leaves out path parameters that no placeholder of the path has the name of.
fn leave_out_unused(draft: &mut Draft, owner: &str, names: &[String]) {
    let unused: Vec<Declared> =
        listed(draft, owner, names).into_iter().filter(|declared| !declared.is_used).collect();
    if unused.is_empty() {
        return;
    }
    draft.with_unreached(|draft| {
        for Declared { pointer, name, .. } in unused.iter().rev() {
            draft.warn(
                pointer,
                format!("the path parameter `{name}` is not in the path; it is left out"),
                format!("add `{{{name}}}` to the path, or correct the name or `in`"),
            );
            draft.remove(pointer);
        }
    });
}
