//! Rules about shared parts.

use serde_json::Value;

use super::Lowered;
use crate::{
    model::{METHODS, resolve},
    spec::Spec,
};

/// Parameters and request bodies are written out where they are used, also those of a path in each of
/// its operations: the rules that follow then meet them all in one place.
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
                    // An operation's parameter replaces the path's of the same name and place.
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
