//! Components that no operation reaches any more once the rules have run: they would count as forgotten.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::spec::child;

const GROUPS: [&str; 5] = ["schemas", "parameters", "requestBodies", "responses", "headers"];

/// The pointers of the components that no operation reaches.
pub(super) fn unreached(root: &Value) -> BTreeSet<String> {
    let mut pending: Vec<&Value> = vec![&root["paths"]];
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(members) => {
                if let Some(target) = members.get("$ref").and_then(Value::as_str)
                    && reached.insert(target)
                {
                    pending.extend(root.pointer(target.trim_start_matches('#')));
                    // A reference into a component needs the component.
                    let keys: Vec<&str> = target.splitn(5, '/').take(4).collect();
                    if keys.len() == 4 {
                        let component = &target[..keys.join("/").len()];
                        reached.insert(component);
                    }
                }
                pending.extend(members.values());
            }
            Value::Array(items) => pending.extend(items),
            _ => {}
        }
    }
    let mut unreached = BTreeSet::new();
    for group in GROUPS {
        for (name, _) in root["components"][group].as_object().into_iter().flatten() {
            let pointer = child(&child("/components", group), name);
            if !reached.contains(format!("#{pointer}").as_str()) {
                unreached.insert(pointer);
            }
        }
    }
    unreached
}

/// Removes the components that are unreached now but were not before.
pub(super) fn without_unreached(root: &mut Value, before: &BTreeSet<String>) {
    let now = unreached(root);
    for pointer in now.difference(before) {
        let Some((group, name)) = pointer.rsplit_once('/') else { continue };
        let name = name.replace("~1", "/").replace("~0", "~");
        if let Some(members) = root.pointer_mut(group).and_then(Value::as_object_mut) {
            members.remove(&name);
        }
    }
}
