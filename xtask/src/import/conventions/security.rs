//! Which credentials a request needs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::import::{
    draft::{Draft, operation_place},
    names::Names,
};

/// The root states what most operations need; requirements name defined schemes.
pub fn security(draft: &mut Draft, _: &Names) {
    let kinds = ["apiKey", "http", "oauth2", "openIdConnect"];
    let schemes = draft.components("securitySchemes");
    let unknown: Vec<String> = schemes
        .iter()
        .filter(|(_, scheme)| !scheme["type"].as_str().is_some_and(|kind| kinds.contains(&kind)))
        .map(|(name, _)| name.clone())
        .collect();
    for name in &unknown {
        schemes.remove(name);
    }
    let defined: Vec<String> = schemes.keys().cloned().collect();
    if defined.is_empty() {
        draft.section("components").remove("securitySchemes");
    }
    for name in &unknown {
        draft.report.left_out("security", "security schemes of an unknown type", name, "");
    }
    undefined(draft, &defined);
    if draft.document["security"].is_array() || defined.is_empty() {
        return;
    }
    // No default: the most frequent requirement of the operations becomes it.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (path, method) in draft.operations() {
        let written = draft.operation(&path, &method).and_then(|op| op.get("security").cloned());
        if let Some(written) = written {
            *counts.entry(written.to_string()).or_default() += 1;
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    let default: Value = match most.and_then(|(written, _)| serde_json::from_str(&written).ok()) {
        Some(default) => default,
        None => {
            let every: Vec<Value> = defined.iter().map(|name| json!({ name: [] })).collect();
            draft.report.guessed(
                "security",
                "no operation states what it needs; any defined scheme is assumed to do",
                "security",
                &defined.join(", "),
            );
            draft.document["security"] = Value::Array(every);
            return;
        }
    };
    for (path, method) in draft.operations() {
        let Some(operation) = draft.operation(&path, &method) else { continue };
        match operation.get("security") {
            Some(written) if *written == default => {
                operation.remove("security");
            }
            Some(_) => {}
            None => {
                operation.insert("security".to_owned(), json!([]));
            }
        }
    }
    draft.report.changed(
        "security",
        "the most frequent requirement is the default of the document",
        "security",
        &default.to_string(),
    );
    draft.document["security"] = default;
}

/// Requirements that name a scheme that is not defined cannot be met by a client: they are left out.
fn undefined(draft: &mut Draft, defined: &[String]) {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut clean = |place: &str, requirements: &mut Value| {
        let Some(list) = requirements.as_array_mut() else { return };
        let before = list.len();
        list.retain(|requirement| {
            let names = requirement.as_object().into_iter().flatten().map(|(name, _)| name);
            let unknown: Vec<&String> = names.filter(|name| !defined.contains(name)).collect();
            found.extend(unknown.iter().map(|name| (place.to_owned(), (*name).clone())));
            unknown.is_empty()
        });
        // An empty list would mean that nothing is needed.
        if list.is_empty() && before > 0 {
            *requirements = Value::Null;
        }
    };
    clean("security", &mut draft.document["security"]);
    for (path, method) in draft.operations() {
        let place = operation_place(&path, &method);
        let operation = draft.document["paths"][&path][&method].as_object_mut();
        let Some(security) = operation.and_then(|operation| operation.get_mut("security")) else {
            continue;
        };
        clean(&place, security);
    }
    if let Some(root) = draft.document.as_object_mut() {
        root.retain(|key, value| key != "security" || !value.is_null());
    }
    for (path, method) in draft.operations() {
        if let Some(operation) = draft.operation(&path, &method) {
            operation.retain(|key, value| key != "security" || !value.is_null());
        }
    }
    for (place, name) in found {
        let message = "requirements of security schemes that are not defined; define the scheme, if there is one";
        draft.report.to_decide("security", message, &place, &name);
    }
}
