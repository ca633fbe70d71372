//! How the rules find and change parts of the document.

use serde_json::{Map, Value, json};

use crate::{model::METHODS, spec::child};

/// The paths and methods of all operations, and the envelope of each.
pub(super) fn operations(
    root: &Value,
    default_envelope: &str,
) -> Vec<(String, &'static str, String)> {
    let mut all = Vec::new();
    for (path, item) in root["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let envelope = operation["x-envelope"].as_str().unwrap_or(default_envelope);
                all.push((path.clone(), method, envelope.to_owned()));
            }
        }
    }
    all
}

/// An operation of the document.
pub(super) fn operation_mut<'a>(
    root: &'a mut Value,
    path: &str,
    method: &str,
) -> Option<&'a mut Value> {
    root.pointer_mut(&child(&child("/paths", path), method))
}

/// Adds a component under a name that is not taken: the given one, or with a number. Returns a reference to it.
pub(super) fn add_component(root: &mut Value, group: &str, name: &str, component: Value) -> Value {
    let components = object(root).entry("components").or_insert_with(|| json!({}));
    let group_value = object(components).entry(group).or_insert_with(|| json!({}));
    let members = object(group_value);
    let mut free = name.to_owned();
    let mut number = 1;
    while members.contains_key(&free) {
        number += 1;
        free = format!("{name}{number}");
    }
    members.insert(free.clone(), component);
    json!({ "$ref": format!("#/components/{group}/{free}") })
}

/// Moves the schema at a JSON pointer to a component, so that the code of other tools has a name for it.
pub(super) fn name_schema(root: &mut Value, pointer: &str, name: &str) {
    let Some(schema) = root.pointer_mut(pointer).map(Value::take) else { return };
    let reference = add_component(root, "schemas", name, schema);
    if let Some(place) = root.pointer_mut(pointer) {
        *place = reference;
    }
}

/// The members of a value, which becomes an object if it is none.
pub(super) fn object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().unwrap_or_else(|| unreachable!("it is an object, see above"))
}

/// Adds a sentence or a paragraph to a description.
pub(super) fn describe(schema: &mut Map<String, Value>, separator: &str, addition: &str) {
    let before = schema.get("description").and_then(Value::as_str).unwrap_or_default().trim_end();
    let description = match before {
        "" => addition.to_owned(),
        before => format!("{before}{separator}{addition}"),
    };
    schema.insert("description".to_owned(), description.into());
}

/// The successful responses of an operation. References to shared responses are replaced by what they refer to, since
/// each operation wraps its own.
pub(super) fn successes<'a>(components: &Value, operation: &'a mut Value) -> Vec<&'a mut Value> {
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    let mut successes = Vec::new();
    for (_, response) in
        responses.into_iter().flatten().filter(|(status, _)| status.starts_with('2'))
    {
        let shared = response["$ref"].as_str().and_then(|target| target.rsplit('/').next());
        if let Some(shared) = shared.and_then(|name| components["responses"].get(name)) {
            *response = shared.clone();
        }
        successes.push(response);
    }
    successes
}

/// Changes the `example` and all `examples` of a media type.
pub(super) fn change_examples(content: &mut Value, change: impl Fn(Value) -> Value) {
    if let Some(example) = content.get_mut("example") {
        *example = change(example.take());
    }
    let examples = content.get_mut("examples").and_then(Value::as_object_mut);
    for value in examples.into_iter().flatten().filter_map(|(_, example)| example.get_mut("value"))
    {
        *value = change(value.take());
    }
}
