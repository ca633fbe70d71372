//! The root of the document, and where each operation is known from.

use serde_json::{Value, json};

use crate::import::{
    draft::{Draft, each_value, operation_place},
    names::Names,
};

/// The extensions of our dialect that say something about an API. In the file of another author they mean something else.
const OURS: [&str; 15] = [
    "x-vendor",
    "x-envelope",
    "x-sources",
    "x-errors",
    "x-evidence",
    "x-idempotent",
    "x-rpc-params",
    "x-pagination",
    "x-aliases",
    "x-lenient",
    "x-secret",
    "x-constructor",
    "x-enum-names",
    "x-enum-descriptions",
    "x-connection",
];

/// The version, the title, and the vendor's name; extensions of others that have our names are left out.
pub fn document(draft: &mut Draft, names: &Names) {
    if draft.document.get("x-sources").is_none() {
        let mut found = 0;
        each_value(&mut draft.document, &mut |value| {
            let Some(members) = value.as_object_mut() else { return };
            // A member of a schema may have any name.
            for key in OURS.iter().filter(|key| !key.starts_with("x-enum")) {
                found += usize::from(members.remove(*key).is_some());
            }
        });
        if found > 0 {
            draft.report.left_out(
                "document",
                "extensions whose names mean something else here",
                "the document",
                &format!("{found} of them"),
            );
        }
    }
    let root = match draft.document.as_object_mut() {
        Some(root) => root,
        None => return,
    };
    root.insert("openapi".to_owned(), json!("3.0.3"));
    root.insert("x-vendor".to_owned(), json!(names.vendor));
    root.entry("x-envelope").or_insert_with(|| json!("none"));
    for key in ["webhooks", "jsonSchemaDialect", "$schema", "$self"] {
        if root.remove(key).is_some() {
            draft.report.left_out("document", "sections that OpenAPI 3.0 does not have", key, "");
        }
    }
    let info = draft.section("info");
    let written = |value: Option<&Value>| match value {
        Some(Value::String(string)) if !string.trim().is_empty() => Some(string.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let title = written(info.get("title")).unwrap_or_else(|| format!("{} API", names.vendor));
    let version = written(info.get("version")).unwrap_or_else(|| "1".to_owned());
    info.insert("title".to_owned(), json!(title));
    info.insert("version".to_owned(), json!(version));
}

/// Every operation cites the imported file.
pub fn evidence(draft: &mut Draft, names: &Names) {
    let sources = draft.section("x-sources");
    let mut cited = Vec::new();
    for (key, description) in &names.sources {
        sources.entry(key).or_insert_with(|| json!(description));
        cited.push(key.clone());
    }
    let mut added = 0;
    for (path, method) in draft.operations() {
        let Some(operation) = draft.operation(&path, &method) else { continue };
        let evidence = operation.entry("x-evidence").or_insert_with(|| json!({}));
        let Some(evidence) = evidence.as_object_mut() else { continue };
        if !evidence.contains_key("sources") {
            evidence.insert("sources".to_owned(), json!(cited));
            added += 1;
        }
        evidence.entry("confidence").or_insert_with(|| json!(names.confidence));
        let _ = operation_place(&path, &method);
    }
    if added > 0 {
        let message =
            format!("operations cite the file, with the confidence `{}`", names.confidence);
        draft.report.changed("evidence", &message, "the document", &format!("{added} operations"));
    }
}
