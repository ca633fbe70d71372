//! Definitions inside schemas (`$defs`) become components.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::{Value, json};

use crate::{
    import::{
        draft::{Draft, each_value},
        schemas,
    },
    spec::child,
};

/// Moves them, and follows the references to them.
pub fn hoist(draft: &mut Draft) {
    let mut moved: BTreeMap<String, String> = BTreeMap::new();
    let mut found: Vec<(String, String, Value)> = Vec::new();
    schemas::each(&mut draft.document, &mut |schema, at| {
        for key in ["$defs", "definitions"] {
            let Some(members) = schema.get_mut(key).and_then(Value::as_object_mut) else {
                continue;
            };
            for (name, value) in std::mem::take(members) {
                found.push((child(&child(at, key), &name), name, value));
            }
            if let Some(schema) = schema.as_object_mut() {
                schema.remove(key);
            }
        }
    });
    for (pointer, name, value) in found {
        let components = draft.components("schemas");
        let parent = pointer.split('/').nth(3).unwrap_or_default().to_pascal_case();
        let first = [name.clone(), format!("{parent}{}", name.to_pascal_case())];
        let numbered = (2..u32::MAX).map(|number| format!("{name}{number}"));
        let same = |to: &String| components.get(to).is_none_or(|known| *known == value);
        let Some(to) = first.into_iter().chain(numbered).find(same) else { continue };
        components.insert(to.clone(), value);
        moved.insert(format!("#{pointer}"), child("#/components/schemas", &to));
        draft.report.changed(
            "openapi_31",
            "definitions inside schemas became components",
            &schemas::place(&pointer),
            &to,
        );
    }
    if moved.is_empty() {
        return;
    }
    each_value(&mut draft.document, &mut |value| {
        let Some(target) = value.get("$ref").and_then(Value::as_str) else { return };
        if let Some(to) = moved.get(target) {
            value["$ref"] = json!(to);
        }
    });
}
