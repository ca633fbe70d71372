//! Converts OpenAPI 3.1 to 3.0: what its schemas have of JSON Schema 2020-12.
//!
//! The rules run on documents of 3.0 too: many of these have keys of 3.1, which would mean nothing there.

mod composition;
mod definitions;
mod keywords;
mod types;

use serde_json::{Map, Value, json};

use super::{draft::Draft, report::Report, schemas};

/// One rewrite of a schema. The pointer is for the report.
type Rule = fn(&mut Map<String, Value>, &str, &mut Report);

/// The rewrites in the order in which they run, inner schemas first.
const RULES: [Rule; 9] = [
    keywords::constants,
    keywords::examples,
    keywords::bounds,
    keywords::contents,
    keywords::lists,
    keywords::maps,
    composition::null_alternatives,
    types::type_lists,
    keywords::validators,
];

/// Rewrites a document. `is_31` if it is written in 3.1; in 3.0, the siblings of a reference mean nothing.
pub fn convert(draft: &mut Draft, is_31: bool) {
    definitions::hoist(draft);
    let Draft { document, report, .. } = draft;
    schemas::each(document, &mut |schema, at| {
        match schema {
            // In `additionalProperties`, booleans are 3.0; the other one becomes it.
            Value::Bool(_)
                if at.ends_with("/additionalProperties")
                    || at.ends_with("/unevaluatedProperties") => {}
            Value::Bool(true) => *schema = json!({}),
            Value::Bool(false) => {
                report.left_out("openapi_31", "schemas that nothing fits", &schemas::place(at), "");
                *schema = json!({});
            }
            Value::Object(members) => {
                if is_31 {
                    composition::reference_siblings(members);
                }
                for rule in RULES {
                    rule(members, at, report);
                }
            }
            _ => {}
        }
    });
    if is_31 {
        keywords::binary_bodies(document);
    }
    if let Some(info) = document.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.remove("identifier");
        }
    }
}
