//! Limits, formats, defaults and all other keys of a schema.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Class,
    context::{At, Differ, shown},
    usage::Usage,
    view::View,
};

/// Upper limits: a lower one is stricter.
const UPPER: [&str; 5] = ["maxLength", "maxItems", "maxProperties", "maximum", "maxContains"];
/// Lower limits: a higher one is stricter.
const LOWER: [&str; 5] = ["minLength", "minItems", "minProperties", "minimum", "minContains"];
/// Conditions of which only the presence can be judged: any condition is stricter than none.
const CONDITIONS: [&str; 16] = [
    "pattern",
    "multipleOf",
    "uniqueItems",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentSchema",
];
/// Formats that have their own type in Rust.
const TYPES: [&str; 16] = [
    "date",
    "date-time",
    "time",
    "unix-ms",
    "binary",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float",
    "double",
    "byte",
];
/// Compared elsewhere.
const ELSEWHERE: [&str; 3] = ["enum", "x-enum-names", "$ref"];

/// Compares everything but types, members, values and alternatives.
pub(super) fn compare(differ: &mut Differ<'_>, at: &At, before: &View, after: &View, depth: usize) {
    let keys: BTreeSet<&String> = before.rest.keys().chain(after.rest.keys()).collect();
    for key in keys.into_iter().filter(|key| !ELSEWHERE.contains(&key.as_str())) {
        let null = Value::Null;
        let old = before.rest.get(key).unwrap_or(&null);
        let new = after.rest.get(key).unwrap_or(&null);
        if old != new {
            one(differ, at, key, old, new, depth);
        }
    }
    if before.parts != after.parts {
        let message = format!("{}combines other schemas", at.lead());
        differ.push(Class::Risky, "composition-changed", at, message);
    }
}

fn one(differ: &mut Differ<'_>, at: &At, key: &str, old: &Value, new: &Value, depth: usize) {
    let change = format!("{}has the `{key}` {}; it was {}", at.lead(), shown(new), shown(old));
    match key {
        key if UPPER.contains(&key) || LOWER.contains(&key) => {
            let is_stricter = match (old.as_f64(), new.as_f64()) {
                (Some(old), Some(new)) => (new < old) == UPPER.contains(&key),
                (old, _) => old.is_none(),
            };
            limit(differ, at, is_stricter, change);
        }
        // `true` and `false` in OpenAPI 3.0, numbers in 3.1; from one number to another either may be the case.
        key if CONDITIONS.contains(&key) => match (is_condition(old), is_condition(new)) {
            (false, true) => limit(differ, at, true, change),
            (true, false) => limit(differ, at, false, change),
            _ => differ.push(Class::Risky, "limit-changed", at, change),
        },
        "format" => {
            let has_type =
                |format: &Value| format.as_str().is_some_and(|name| TYPES.contains(&name));
            let class = if has_type(old) || has_type(new) { Class::Breaking } else { Class::Risky };
            differ.push(class, "format-changed", at, change);
        }
        "default" => {
            // The server uses it where a caller sends nothing.
            let class = if at.usage.sent { Class::Risky } else { Class::Safe };
            differ.push(class, "default-changed", at, change);
        }
        "readOnly" | "writeOnly" => {
            differ.push(Class::Risky, "direction-changed", at, change);
        }
        "deprecated" => {
            let (class, message) = match *new == true {
                true => (Class::Risky, "is deprecated"),
                false => (Class::Safe, "is no longer deprecated"),
            };
            let message = format!("{}{message}", at.lead());
            differ.push(class, "deprecation-changed", at, message);
        }
        "discriminator" => differ.push(Class::Risky, "discriminator-changed", at, change),
        "additionalProperties" => additional(differ, at, old, new, depth),
        "x-constructor" => differ.push(Class::Breaking, "extension-changed", at, change),
        "x-secret" => differ.push(Class::Safe, "extension-changed", at, change),
        "x-aliases" => {
            let is_lost = |old: &Value| {
                old.as_array()
                    .into_iter()
                    .flatten()
                    .any(|alias| !new.as_array().is_some_and(|aliases| aliases.contains(alias)))
            };
            let class = if is_lost(old) { Class::Risky } else { Class::Safe };
            differ.push(class, "extension-changed", at, change);
        }
        "x-lenient" => {
            let class = if *new == true { Class::Safe } else { Class::Risky };
            differ.push(class, "extension-changed", at, change);
        }
        "xml" => differ.push(Class::Safe, "schema-key-changed", at, change),
        key if key.starts_with("x-") => differ.push(Class::Risky, "extension-changed", at, change),
        // A key that this project does not use, such as one of a later version of OpenAPI.
        _ => differ.push(Class::Risky, "schema-key-changed", at, change),
    }
}

fn is_condition(value: &Value) -> bool {
    !value.is_null() && *value != false
}

/// A stricter limit refuses what callers send; a looser one lets in what callers do not expect.
fn limit(differ: &mut Differ<'_>, at: &At, is_stricter: bool, message: String) {
    let Usage { sent, received } = at.usage;
    let is_felt = (sent && is_stricter) || (received && !is_stricter);
    let class = if is_felt { Class::Risky } else { Class::Safe };
    let rule = if is_stricter { "limit-tightened" } else { "limit-loosened" };
    differ.push(class, rule, at, message);
}

fn additional(differ: &mut Differ<'_>, at: &At, old: &Value, new: &Value, depth: usize) {
    let is_open = |value: &Value| value.is_null() || *value == true;
    if is_open(old) && is_open(new) {
        return;
    }
    if old.is_object() && new.is_object() {
        let inside = at.inside("additionalProperties");
        let inside = At { place: format!("{}each value", at.lead()), ..inside };
        return differ.compare_inner(inside, old, new, depth + 1);
    }
    if old.is_object() || new.is_object() {
        let message = format!("{}has other additional members", at.lead());
        return differ.push(Class::Breaking, "additional-members-changed", at, message);
    }
    let message = match is_open(new) {
        true => "allows further members",
        false => "allows no further members",
    };
    differ.push(Class::Risky, "additional-members-changed", at, format!("{}{message}", at.lead()));
}
