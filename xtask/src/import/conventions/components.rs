//! Components that no operation reaches.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    import::{draft::Draft, names::Names},
    spec,
};

const GROUPS: [&str; 6] =
    ["schemas", "parameters", "requestBodies", "responses", "headers", "examples"];

/// Removes them.
pub fn unused(draft: &mut Draft, _: &Names) {
    let reached = reached(&draft.document);
    let mut removed = Vec::new();
    for group in GROUPS {
        let Some(named) = draft.document["components"][group].as_object_mut() else { continue };
        named.retain(|name, _| {
            let is_reached = reached.contains(&spec::child(&format!("#/components/{group}"), name));
            if !is_reached {
                removed.push(format!("components.{group}.{name}"));
            }
            is_reached
        });
    }
    if let Some(components) = draft.document["components"].as_object_mut() {
        components.retain(|_, named| named.as_object().is_some_and(|named| !named.is_empty()));
    }
    for place in removed {
        draft.report.left_out(
            "unused_components",
            "components that no operation reaches",
            &place,
            "",
        );
    }
}

/// The targets of all references that lead from the operations, directly or indirectly.
fn reached(document: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![&document["paths"]];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    // A reference into a component reaches the component.
                    let target: Vec<&str> = target.splitn(5, '/').take(4).collect();
                    let target = target.join("/");
                    if let Some(found) =
                        target.strip_prefix('#').and_then(|at| document.pointer(at))
                        && reached.insert(target)
                    {
                        pending.push(found);
                    }
                }
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    reached
}
