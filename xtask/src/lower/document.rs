//! Rules about the document as a whole.

use serde_json::{Value, json};

use super::{CLOSED, Lowered, each_operation};
use crate::spec::Spec;

/// Removes examples and extensions. They mean nothing to progenitor, which may take an example for a schema.
pub(super) fn internal_extensions(_: &Spec, lowered: &mut Lowered) {
    fn strip(value: &mut Value, keys_are_names: bool) {
        match value {
            Value::Object(members) => {
                if !keys_are_names {
                    members.retain(|key, _| {
                        let kept = [
                            "x-rpc-params",
                            "x-enum-names",
                            "x-enum-descriptions",
                            "x-constructor",
                            "x-forms",
                            "x-tag-values",
                            CLOSED,
                        ];
                        !matches!(key.as_str(), "example" | "examples" | "externalDocs")
                            && (!key.starts_with("x-") || kept.contains(&key.as_str()))
                    });
                }
                for (key, member) in members.iter_mut() {
                    // A property may be named `example`, and a header `X-Trace`.
                    let holds_names =
                        matches!(key.as_str(), "properties" | "schemas" | "headers" | "paths");
                    strip(member, holds_names && !keys_are_names);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, false)),
            _ => {}
        }
    }
    strip(&mut lowered.document, false);
}

/// Removes the version, servers and security: they belong to the runtime. progenitor would write the version
/// into its output, so that each new version changed it.
pub(super) fn unset_version(_: &Spec, lowered: &mut Lowered) {
    const RUNTIME_KEYS: [&str; 4] = ["security", "servers", "tags", "externalDocs"];
    let title = lowered.document["info"]["title"].take();
    lowered.document["info"] = json!({ "title": title, "version": "0" });
    if let Some(document) = lowered.document.as_object_mut() {
        document.retain(|key, _| !RUNTIME_KEYS.contains(&key.as_str()));
    }
    each_operation(&mut lowered.document, |_, operation| {
        if let Some(operation) = operation.as_object_mut() {
            operation.remove("security");
            operation.remove("servers");
        }
    });
}
