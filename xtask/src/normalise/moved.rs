//! Schemas that become components, and the references to them.

use serde_json::{Value, json};

use super::Draft;
use crate::spec::{child, walk};

/// Adds a schema that was at a pointer as a component, and returns the pointer to it.
pub(super) fn move_to(
    draft: &mut Draft,
    pointer: &str,
    name: &str,
    schema: Value,
) -> Option<String> {
    let target = child("/components/schemas", name);
    let mut moved = Vec::new();
    walk(&schema, "", &mut |_, inside| moved.push(inside.to_owned()));
    for inside in moved {
        draft.spec.set_location(&format!("{target}{inside}"), &format!("{pointer}{inside}"));
    }
    let components =
        draft.spec.root.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    let schemas = components.as_object_mut()?.entry("schemas").or_insert_with(|| json!({}));
    schemas.as_object_mut()?.insert(name.to_owned(), schema);
    Some(target)
}

/// Changes the references that lead into a moved value.
pub(super) fn rewrite(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get_mut("$ref") {
                let inside = target.strip_prefix('#').and_then(|target| target.strip_prefix(from));
                if let Some(inside) = inside.filter(|rest| rest.is_empty() || rest.starts_with('/'))
                {
                    *target = format!("#{to}{inside}");
                }
            }
            members.values_mut().for_each(|member| rewrite(member, from, to));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, from, to)),
        _ => {}
    }
}
