//! What earlier imports decided, and what the vendor wrote.

use serde_json::Value;

use crate::import::{
    draft::{Draft, operation_place},
    map,
    names::Names,
};

/// Operations that were left out or removed earlier do not come back.
pub fn left_out(draft: &mut Draft, names: &Names) {
    for (path, method) in draft.operations() {
        let place = operation_place(&path, &method);
        let id = draft
            .operation(&path, &method)
            .and_then(|op| op.get("operationId")?.as_str().map(str::to_owned));
        let is_left_out = names.left_out.contains(&place)
            || id.is_some_and(|id| names.left_out.contains(&crate::names::snake(&id)));
        if !is_left_out {
            continue;
        }
        if let Some(item) = draft.section("paths").get_mut(&path).and_then(Value::as_object_mut) {
            item.remove(&method);
        }
        let message = "operations that were left out or removed before";
        draft.report.left_out("left_out", message, &place, "");
    }
}

/// Remembers the hashes of what the vendor wrote.
pub fn seen(draft: &mut Draft, _: &Names) {
    for (path, method) in draft.operations() {
        let written = draft.document["paths"][&path][&method].to_string();
        draft.seen.insert(operation_place(&path, &method), map::hash(&written));
    }
    let components = draft.document["components"].as_object().into_iter().flatten();
    for (group, named) in components {
        for (name, value) in named.as_object().into_iter().flatten() {
            draft.seen.insert(format!("{group}/{name}"), map::hash(&value.to_string()));
        }
    }
}
