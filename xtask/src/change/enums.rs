//! The values of enums.

use serde_json::Value;

use super::{
    Class,
    context::{At, Differ, shown},
    view::View,
};

/// Compares the values of two enums.
pub(super) fn compare(differ: &mut Differ<'_>, at: &At, before: &View, after: &View) {
    let (old, new) = match (before.values(), after.values()) {
        (None, None) => return,
        (Some(old), Some(new)) => (old, new),
        (None, Some(new)) => {
            let message = format!("{}is one of {}", at.lead(), list(new));
            return differ.push(Class::Breaking, "became-enum", at, message);
        }
        (Some(_), None) => {
            let message = format!("{}is no longer one of a list of values", at.lead());
            return differ.push(Class::Breaking, "no-longer-enum", at, message);
        }
    };
    // Enums of strings are enums in Rust, with the variant `Other`; the others are plain values.
    let has_variants = new.iter().chain(old).all(Value::is_string);
    for value in old.iter().filter(|value| !new.contains(value)) {
        let class = if has_variants { Class::Breaking } else { Class::Risky };
        let message = format!("{}is never {}", at.lead(), shown(value));
        differ.push_removed(class, "enum-value-removed", at, message);
    }
    for value in new.iter().filter(|value| !old.contains(value)) {
        // A received value was `Other`; code that looks for it there no longer finds it.
        let class = if at.usage.received { Class::Risky } else { Class::Safe };
        let message = format!("{}may be {}", at.lead(), shown(value));
        differ.push(class, "enum-value-added", at, message);
    }
    if before.rest.get("x-enum-names") != after.rest.get("x-enum-names") {
        let message = format!("{}has other names of variants", at.lead());
        differ.push(Class::Breaking, "enum-names-changed", at, message);
    }
}

fn list(values: &[Value]) -> String {
    values.iter().map(shown).collect::<Vec<_>>().join(", ")
}
