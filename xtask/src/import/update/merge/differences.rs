//! What differs between a schema that was edited here and the vendor's, and is not added: reported, not changed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Merge, RULE};
use crate::{
    import::{report::Kind, schemas},
    spec::child,
};

/// The keys that are merged, or compared separately.
const MERGED: [&str; 8] =
    ["$ref", "type", "format", "properties", "required", "allOf", "oneOf", "anyOf"];
/// The keys for people.
const WORDS: [&str; 6] = ["title", "description", "externalDocs", "example", "examples", "xml"];

/// The type of a schema, stated or implied.
pub fn type_of(schema: &Value) -> Option<&str> {
    let implied = [("properties", "object"), ("items", "array")];
    let implied = || implied.iter().find(|(key, _)| schema.get(*key).is_some());
    schema["type"].as_str().or_else(|| implied().map(|(_, name)| *name))
}

/// The names in `required`.
pub fn required(schema: &Value) -> Vec<&str> {
    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

impl Merge<'_, '_> {
    /// Keys that are neither merged nor compared elsewhere.
    pub fn keys(&mut self, ours: &Value, theirs: &Value, at: &str) {
        let (Some(own), Some(new)) = (ours.as_object(), theirs.as_object()) else { return };
        let format = |schema: &Value| schema["format"].as_str().map(str::to_owned);
        let (a, b) = (format(ours), format(theirs));
        if a != b {
            let shown = |format: Option<String>| format.unwrap_or_else(|| "no format".to_owned());
            self.differs(at, &shown(a), &shown(b));
        }
        let keys: BTreeSet<&String> = own.keys().chain(new.keys()).collect();
        for key in keys.into_iter().filter(|key| !MERGED.contains(&key.as_str())) {
            let (a, b) = (own.get(key), new.get(key));
            let is_unset = |value: Option<&Value>| value.is_none_or(|value| *value == false);
            let is_merged = match (key.as_str(), a, b) {
                ("enum", a, b) => a.is_some() && b.is_some(),
                ("items" | "additionalProperties", Some(a), Some(b)) => {
                    a.is_object() && b.is_object()
                }
                // An extension of ours.
                (key, _, None) => key.starts_with("x-"),
                _ => false,
            };
            let is_equal = a == b
                || a.and_then(Value::as_f64).is_some_and(|a| b.and_then(Value::as_f64) == Some(a));
            if is_merged || is_equal || is_unset(a) && is_unset(b) {
                continue;
            }
            if WORDS.contains(&key.as_str()) {
                if b.is_some() && self.is_tracked {
                    let message =
                        "descriptions and examples of the vendor that differ from those here";
                    self.report.add(Kind::LeftOut, RULE, message, schemas::place(at), key);
                }
                continue;
            }
            let shown = |value: Option<&Value>| {
                value.map_or_else(|| "nothing".to_owned(), |value| format!("`{value}`"))
            };
            let detail = format!("`{key}` is {} here, {} in the vendor's file", shown(a), shown(b));
            self.decide(
                "keys that were edited here differ; correct them, or keep them",
                at,
                &detail,
            );
        }
    }

    /// Members that only the folder has.
    pub fn removed(&mut self, ours: &Value, names: &[&String], at: &str) {
        let required = required(ours);
        for name in names {
            let note =
                if required.contains(&name.as_str()) { ", which is required here" } else { "" };
            let message = "members that the vendor's file does not have; remove them, or keep them";
            self.decide(message, &child(at, "properties"), &format!("`{name}`{note}"));
        }
    }

    /// Names that only one of the two lists as required. `ours` are the members here, `theirs` those of the vendor.
    pub fn obligations(
        &mut self,
        at: &str,
        ours: [&[&str]; 2],
        theirs: [&[&str]; 2],
        gone: &[&str],
    ) {
        let at = child(at, "required");
        let ([own, members], [new, known]) = (ours, theirs);
        for name in new.iter().filter(|name| !own.contains(name) && !gone.contains(name)) {
            let message = "members that the vendor requires are optional here; add them to `required`, or keep them optional";
            self.decide(message, &at, &format!("`{name}`"));
        }
        // Members that only the folder has are reported as such.
        let is_ours = |name: &&str| members.contains(name) && !known.contains(name);
        for name in own.iter().filter(|name| !new.contains(name) && !is_ours(name)) {
            let message = "members that are required here are optional in the vendor's file; take them out of \
                           `required`, or keep them";
            self.decide(message, &at, &format!("`{name}`"));
        }
    }
}
