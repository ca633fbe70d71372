//! Rules about parameters and shared components.

use serde_json::{Value, json};

use super::Lowered;
use crate::{
    model::{METHODS, resolve},
    names,
    spec::Spec,
};

/// Copies shared parameters and bodies to the operations that use them, and the parameters of a path to
/// each of its operations, so that the other rules find them all in one place.
pub(super) fn inlined_components(_: &Spec, lowered: &mut Lowered) {
    let root = lowered.document.clone();
    let paths = lowered.document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flatten().filter_map(|(_, item)| item.as_object_mut()) {
        let shared = item.remove("parameters").unwrap_or_default();
        for (_, operation) in item.iter_mut().filter(|(key, _)| METHODS.contains(&key.as_str())) {
            let mut all: Vec<Value> = Vec::new();
            for list in [&shared, &operation["parameters"]] {
                for parameter in list.as_array().into_iter().flatten() {
                    let parameter = resolve(&root, parameter);
                    // A parameter of the operation overrides one of the path with the same name and
                    // location.
                    let key = |of: &Value| (of["name"].clone(), of["in"].clone());
                    all.retain(|other| key(other) != key(parameter));
                    all.push(parameter.clone());
                }
            }
            let Some(operation) = operation.as_object_mut() else { continue };
            if !all.is_empty() {
                operation.insert("parameters".to_owned(), all.into());
            }
            if let Some(body) = operation.get_mut("requestBody") {
                *body = resolve(&root, body).clone();
            }
        }
    }
    if let Some(components) = lowered.document.get_mut("components").and_then(Value::as_object_mut)
    {
        components.retain(|group, _| group != "parameters" && group != "requestBodies");
    }
}

/// Gives parameters the names of their arguments, where these are not what progenitor would make of the names. It then
/// refuses a path whose placeholder has no parameter, so the operation moves to another path.
pub(super) fn argument_names(_: &Spec, lowered: &mut Lowered) {
    let Some(paths) = lowered.document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let mut moved = Vec::new();
    for (path, item) in paths.iter_mut() {
        let Some(item) = item.as_object_mut() else { continue };
        let mut leaving = Vec::new();
        for (method, operation) in item.iter_mut() {
            let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut)
            else {
                continue;
            };
            let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
            let named: Vec<(String, String)> =
                parameters.iter().map(|of| (text(&of["name"]), text(&of["in"]))).collect();
            let arguments =
                names::arguments(named.iter().map(|(name, place)| (name.as_str(), place.as_str())));
            let mut own_path = path.clone();
            for (parameter, argument) in parameters.iter_mut().zip(arguments) {
                let name = text(&parameter["name"]);
                let lowered = names::lowered_argument(&argument);
                if lowered == names::snake(&name) {
                    continue;
                }
                if parameter["in"] == "path" {
                    own_path = own_path.replace(&format!("{{{name}}}"), &format!("{{{lowered}}}"));
                }
                parameter["name"] = lowered.into();
            }
            if own_path != *path {
                leaving.push((method.clone(), own_path));
            }
        }
        for (method, own_path) in leaving {
            if let Some(operation) = item.remove(&method) {
                moved.push((own_path, method, operation));
            }
        }
    }
    for (index, (path, method, operation)) in moved.into_iter().enumerate() {
        paths.insert(format!("/{index}{path}"), json!({ method: operation }));
    }
}

/// Removes the style of parameters. The runtime writes them; only their type is taken from progenitor,
/// which refuses most styles.
pub(super) fn plain_parameters(_: &Spec, lowered: &mut Lowered) {
    const STYLES: [&str; 5] =
        ["style", "explode", "allowReserved", "allowEmptyValue", "deprecated"];
    fn plain(parameter: &mut Value) {
        if let Some(parameter) = parameter.as_object_mut()
            && !parameter.contains_key("$ref")
        {
            parameter.retain(|key, _| !STYLES.contains(&key.as_str()));
            parameter.entry("schema").or_insert_with(|| json!({ "type": "string" }));
        }
    }
    let document = &mut lowered.document;
    if let Some(named) =
        document.pointer_mut("/components/parameters").and_then(Value::as_object_mut)
    {
        named.values_mut().for_each(plain);
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            for (key, member) in item.iter_mut() {
                let list =
                    if key == "parameters" { Some(member) } else { member.get_mut("parameters") };
                list.and_then(Value::as_array_mut).into_iter().flatten().for_each(plain);
            }
        }
    }
}
