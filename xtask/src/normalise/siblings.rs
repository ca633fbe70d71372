//! The rule about what is written next to a reference.

use super::Draft;
use crate::{
    model::resolve,
    openapi::{self, Kind},
    spec::child,
};

/// The keys from which nothing is generated: they annotate a schema, or limit its values.
const WITHOUT_EFFECT: [&str; 20] = [
    "title",
    "summary",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
    "multipleOf",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// What is next to a reference is left out, as OpenAPI 3.0 requires, but for the description and `nullable` of a schema, which
/// later steps read.
pub(super) fn siblings(draft: &mut Draft) {
    let mut found = Vec::new();
    for node in openapi::nodes(&draft.spec) {
        let has_siblings = matches!(
            node.kind,
            Kind::Schema | Kind::Parameter | Kind::RequestBody | Kind::Response | Kind::Header
        );
        if !node.is_reference() || !has_siblings {
            continue;
        }
        let target = resolve(&draft.spec.root, node.value);
        for (key, value) in node.value.as_object().into_iter().flatten() {
            let is_kept = key == "$ref"
                || key.starts_with("x-")
                || (node.kind == Kind::Schema
                    && matches!(key.as_str(), "description" | "nullable"));
            if !is_kept {
                // Nothing is lost if the target states the same, or if nothing is generated from it.
                let is_stated = target.get(key) == Some(value)
                    || WITHOUT_EFFECT.contains(&key.as_str())
                    || key == "description";
                found.push((child(&node.pointer, key), key.clone(), is_stated));
            }
        }
    }
    for (pointer, key, is_stated) in found {
        if !is_stated {
            draft.warn(
                &pointer,
                format!("`{key}` next to `$ref` is left out, as OpenAPI 3.0 requires"),
                "move the reference into an `allOf` list with one entry, next to this key",
            );
        }
        draft.remove(&pointer);
    }
}
