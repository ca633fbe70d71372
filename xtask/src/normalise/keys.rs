//! Rules about the keys of OpenAPI objects.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Draft;
use crate::{
    names,
    openapi::{
        self, Kind, closest,
        keys::{NEW_IN_3_1, keys},
    },
    spec::child,
};

/// What other generators call the names and descriptions of enumerated values.
const SYNONYMS: [(&str, &str); 6] = [
    ("x-enum-varnames", "x-enum-names"),
    ("x-enumNames", "x-enum-names"),
    ("x-enum-varNames", "x-enum-names"),
    ("x-enumDescriptions", "x-enum-descriptions"),
    ("x-enum-descriptions-list", "x-enum-descriptions"),
    ("x-enum-comments", "x-enum-descriptions"),
];

/// The names that other generators read for enumerated values are read too, if they can be names of variants.
pub(super) fn enum_extensions(draft: &mut Draft) {
    let schemas: Vec<String> = openapi::nodes(&draft.spec)
        .into_iter()
        .filter(|node| node.kind == Kind::Schema && node.value["enum"].is_array())
        .map(|node| node.pointer)
        .collect();
    for pointer in schemas {
        for (foreign, own) in SYNONYMS {
            let Some(list) = draft.remove(&child(&pointer, foreign)) else { continue };
            let schema = draft.resolved(&pointer);
            let count = schema["enum"].as_array().map_or(0, Vec::len);
            let list = strings(&list, &schema["enum"]);
            let list = if own == "x-enum-names" { variants(&list) } else { Some(list) };
            if let Some(list) = list.filter(|list| list.len() == count)
                && schema.get(own).is_none()
            {
                draft.set(&pointer, own, json!(list));
            }
        }
    }
}

/// A list of strings, or the strings of a mapping in the order of the values.
fn strings(list: &Value, values: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match list {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        Value::Object(members) => {
            let values = values.as_array().into_iter().flatten();
            let key = |value: &Value| text(value).unwrap_or_else(|| value.to_string());
            values.filter_map(|value| text(members.get(&key(value))?)).collect()
        }
        _ => Vec::new(),
    }
}

/// Names of variants in PascalCase; `None` if they are not valid or not unique.
fn variants(list: &[String]) -> Option<Vec<String>> {
    let names: Vec<String> = list.iter().map(|name| names::pascal(name)).collect();
    let is_variant = |name: &String| {
        syn::parse_str::<syn::Ident>(name).is_ok() && !matches!(name.as_str(), "Other" | "KNOWN")
    };
    let unique: BTreeSet<&String> = names.iter().collect();
    (unique.len() == names.len() && names.iter().all(is_variant)).then_some(names)
}

/// Keys that OpenAPI 3.0 does not have are left out. `const` is an enum of one value.
pub(super) fn unknown(draft: &mut Draft) {
    let mut found: Vec<(String, String, &str, Kind)> = Vec::new();
    for node in openapi::nodes(&draft.spec) {
        let (known, what) = keys(node.kind);
        for key in node.value.as_object().into_iter().flatten().map(|(key, _)| key) {
            if !known.iter().any(|(name, _)| name == key) {
                found.push((node.pointer.clone(), key.clone(), what, node.kind));
            }
        }
    }
    for (owner, key, what, kind) in found {
        let pointer = child(&owner, &key);
        let (known, _) = keys(kind);
        let near = closest(&key, known.iter().map(|(name, _)| *name), 0.72);
        let help = match near {
            Some(name) => format!("did you mean `{name}`?"),
            // An extension of another tool.
            None if key.starts_with("x-") => continue,
            None if kind == Kind::Schema && NEW_IN_3_1.contains(&key.as_str()) => {
                let value = draft.remove(&pointer).unwrap_or_default();
                let is_limited = draft.resolved(&owner).get("enum").is_some();
                if key == "const" && (value.is_string() || value.is_i64() || value.is_u64()) {
                    if !is_limited {
                        draft.set(&owner, "enum", json!([value]));
                        draft.spec.set_location(&child(&owner, "enum"), &pointer);
                    }
                    continue;
                }
                "describe the schema in OpenAPI 3.0".to_owned()
            }
            None => {
                "remove it, or correct its indentation; your own keys start with `x-`".to_owned()
            }
        };
        let left_out = if key.starts_with("x-") { "has no effect" } else { "is left out" };
        draft.warn(&pointer, format!("`{key}` is not a key of {what}; it {left_out}"), help);
        draft.remove(&pointer);
    }
}
