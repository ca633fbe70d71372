//! The rule about security schemes and requirements.

use serde_json::{Value, json};

use super::Draft;
use crate::spec::child;

const TYPES: [&str; 4] = ["apiKey", "http", "oauth2", "openIdConnect"];

/// Requirements name defined schemes. One that names another is left out: no call could satisfy it.
pub(super) fn schemes(draft: &mut Draft) {
    let names: Vec<String> = match draft.value("/components/securitySchemes") {
        Some(Value::Object(schemes)) => schemes.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let (known, unknown): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| {
        let scheme = draft.resolved(&child("/components/securitySchemes", name));
        scheme["type"].as_str().is_some_and(|kind| TYPES.contains(&kind))
    });
    for name in &unknown {
        let pointer = child("/components/securitySchemes", name);
        draft.warn(
            &pointer,
            format!("the security scheme `{name}` has no known `type`; it is left out"),
            "write `type: apiKey`, `http`, `oauth2` or `openIdConnect`",
        );
        draft.remove(&pointer);
    }
    for owner in std::iter::once(String::new()).chain(draft.operations()) {
        requirements(draft, &child(&owner, "security"), &known);
    }
}

fn requirements(draft: &mut Draft, list: &str, known: &[String]) {
    let Some(Value::Array(alternatives)) = draft.spec.root.pointer(list).cloned() else { return };
    let mut kept = Vec::new();
    for (index, alternative) in alternatives.into_iter().enumerate() {
        let pointer = format!("{list}/{index}");
        let Value::Object(mut schemes) = alternative else {
            kept.push(alternative);
            continue;
        };
        let undefined: Vec<String> =
            schemes.keys().filter(|name| !known.contains(*name)).cloned().collect();
        for name in &undefined {
            draft.warn(
                &child(&pointer, name),
                format!("there is no security scheme `{name}`; the requirement is left out"),
                "define it in `components.securitySchemes`, or correct the name",
            );
        }
        if undefined.is_empty() {
            for scopes in schemes.values_mut().filter(|scopes| scopes.is_null()) {
                *scopes = json!([]);
            }
            kept.push(Value::Object(schemes));
        }
    }
    // Without any requirement that can be met, that of the whole API holds. An empty list would mean: no credential.
    let was_empty =
        draft.spec.root.pointer(list).and_then(Value::as_array).is_some_and(Vec::is_empty);
    if kept.is_empty() && !was_empty {
        draft.remove(list);
    } else if let Some(requirements) = draft.value(list) {
        *requirements = Value::Array(kept);
    }
}
