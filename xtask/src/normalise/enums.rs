//! Enums: their type, their values, and the names that other tools give them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Draft, schemas::each_with};
use crate::{names, spec::child};

/// The only values of a boolean or a number, which distinguish alternatives. They are no enum in Rust.
pub(super) const TAG_VALUES: &str = "x-tag-values";

/// What other tools call our extensions.
const NAMES: [&str; 3] = ["x-enum-varnames", "x-enumNames", "x-ms-enum-names"];
const DESCRIPTIONS: [&str; 2] = ["x-enumDescriptions", "x-enum-description"];

/// Gives enums the type of their values, and takes `null` and repetitions out of them.
pub(super) fn enum_values(draft: &mut Draft) {
    let mut keys = vec!["enum", "x-enum-names", "x-enum-descriptions"];
    keys.extend(NAMES);
    keys.extend(DESCRIPTIONS);
    each_with(draft, &keys, |draft, pointer, schema| {
        renamed(schema);
        let before = schema.get("enum").cloned();
        if schema.get("type").is_some_and(|kind| kind == "array") {
            of_items(schema);
        }
        if let Some(Value::Array(values)) = schema.get("enum").cloned() {
            typed(draft, pointer, schema, values);
        }
        lists(schema, before.as_ref());
        variants(schema);
    });
}

/// Reads the keys of other tools as ours.
fn renamed(schema: &mut Map<String, Value>) {
    let groups: [(&str, &[&str]); 2] =
        [("x-enum-names", &NAMES), ("x-enum-descriptions", &DESCRIPTIONS)];
    for (own, others) in groups {
        for other in others {
            let value = schema.remove(*other);
            let value = if own == "x-enum-names" { value.and_then(variant_names) } else { value };
            if let Some(value) = value {
                schema.entry(own).or_insert(value);
            }
        }
    }
}

/// Names of other languages as names of variants; `None` if they are not distinct names.
fn variant_names(list: Value) -> Option<Value> {
    let named = |name: &Value| {
        let name = names::pascal(name.as_str()?);
        let name =
            if matches!(name.as_str(), "Other" | "KNOWN") { format!("{name}Value") } else { name };
        names::is_identifier(&name).then_some(name)
    };
    let list: Vec<String> = list.as_array()?.iter().map(named).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = list.iter().collect();
    (distinct.len() == list.len()).then(|| json!(list))
}

/// The values of a list's items, written next to the list.
fn of_items(schema: &mut Map<String, Value>) {
    let is_scalar = |value: &Value| !value.is_array() && !value.is_object();
    let Some(values) = schema.remove("enum") else { return };
    let items = schema.entry("items").or_insert_with(|| json!({}));
    if let (Value::Array(list), Value::Object(items)) = (&values, items)
        && list.iter().all(is_scalar)
        && items.keys().all(|key| key == "type")
    {
        let kind = if list.iter().all(Value::is_string) { "string" } else { "" };
        if !kind.is_empty() {
            items.insert("type".to_owned(), kind.into());
            items.insert("enum".to_owned(), values);
        }
    }
}

/// Whether a schema is one of `oneOf` or `anyOf`.
fn is_alternative(pointer: &str) -> bool {
    let mut segments = pointer.rsplit('/');
    let is_index = segments.next().is_some_and(|index| index.parse::<usize>().is_ok());
    is_index && matches!(segments.next(), Some("oneOf" | "anyOf"))
}

/// The enum with a type, each value once, or no enum.
fn typed(draft: &mut Draft, pointer: &str, schema: &mut Map<String, Value>, values: Vec<Value>) {
    let mut known: Vec<Value> = Vec::new();
    let mut positions = Vec::new();
    let has_null = values.iter().any(Value::is_null);
    for (index, value) in values.iter().enumerate() {
        if !value.is_null() && !known.contains(value) {
            known.push(value.clone());
            positions.push(index);
        }
    }
    if has_null {
        schema.insert("nullable".to_owned(), true.into());
    }
    if known.is_empty() {
        schema.remove("enum");
        // Of several alternatives, this one is `null`, whatever its type.
        if has_null && is_alternative(pointer) {
            schema.remove("type");
        }
        if !has_null {
            draft.warn(
                &child(pointer, "enum"),
                "the enum has no values, so it accepts any value of its type",
                "list its values, or remove `enum`",
            );
        }
        return;
    }
    let given = schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let kind = given.as_deref().or_else(|| kind(&known));
    let converted = match kind {
        Some("string") => known.iter().map(as_string).collect::<Option<Vec<_>>>(),
        Some("integer") => known.iter().map(as_integer).collect(),
        _ => None,
    };
    match (kind, converted) {
        (Some(kind), Some(mut converted)) => {
            schema.insert("type".to_owned(), kind.to_owned().into());
            let mut seen = BTreeSet::new();
            let is_new: Vec<bool> =
                converted.iter().map(|value| seen.insert(value.to_string())).collect();
            let mut keep = is_new.iter();
            converted.retain(|_| *keep.next().unwrap_or(&true));
            let mut keep = is_new.iter();
            positions.retain(|_| *keep.next().unwrap_or(&true));
            schema.insert("enum".to_owned(), converted.into());
            for key in ["x-enum-names", "x-enum-descriptions"] {
                if let Some(Value::Array(list)) = schema.get_mut(key)
                    && list.len() == values.len()
                {
                    *list = positions.iter().map(|index| list[*index].clone()).collect();
                }
            }
        }
        (kind, _) => {
            let is_scalar = matches!(kind, Some("boolean" | "number"));
            schema.remove("enum");
            if let Some(kind) = kind.filter(|_| is_scalar) {
                schema.insert("type".to_owned(), kind.to_owned().into());
                schema.insert(TAG_VALUES.to_owned(), known.into());
            } else {
                draft.warn(
                    &child(pointer, "enum"),
                    "the values of the enum have no common type, so it accepts any value of its type",
                    "list values of one type, or remove `enum`",
                );
            }
        }
    }
}

/// The common type of values.
fn kind(values: &[Value]) -> Option<&'static str> {
    let all = |is: fn(&Value) -> bool| values.iter().all(is);
    if all(Value::is_string) {
        Some("string")
    } else if all(|value| value.is_i64() || value.is_u64()) {
        Some("integer")
    } else if all(Value::is_number) {
        Some("number")
    } else if all(Value::is_boolean) {
        Some("boolean")
    } else {
        None
    }
}

/// A value that YAML reads as a number or a boolean, because it has no quotes.
fn as_string(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string().into()),
        _ => None,
    }
}

fn as_integer(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(value.clone()),
        Value::Number(number) => {
            let whole =
                number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15)?;
            serde_json::from_str(&format!("{whole:.0}")).ok()
        }
        Value::String(word) => serde_json::from_str::<i64>(word.trim()).ok().map(Value::from),
        _ => None,
    }
}

/// Drops names and descriptions that do not belong to the values.
fn lists(schema: &mut Map<String, Value>, before: Option<&Value>) {
    let count = schema.get("enum").and_then(Value::as_array).map(Vec::len);
    for key in ["x-enum-names", "x-enum-descriptions"] {
        let Some(list) = schema.get(key) else { continue };
        // Lists of names and descriptions by value.
        if let (Value::Object(by_value), Some(Value::Array(values))) = (list, schema.get("enum")) {
            let text =
                |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let list = values
                .iter()
                .map(|value| by_value.get(&text(value)).cloned().unwrap_or_else(|| "".into()));
            let list: Vec<Value> = list.collect();
            schema.insert(key.to_owned(), list.into());
            continue;
        }
        let fits = list
            .as_array()
            .is_some_and(|list| Some(list.len()) == count && list.iter().all(Value::is_string));
        // A list that never fitted is an error of its author, unless another tool wrote it.
        let never_fitted = before.is_some()
            && list.is_array()
            && count
                .is_some_and(|count| Some(count) == before.and_then(Value::as_array).map(Vec::len));
        if !fits && !never_fitted {
            schema.remove(key);
        }
    }
}

/// Names the values of which no variant can be derived, and drops names that are no names of variants.
fn variants(schema: &mut Map<String, Value>) {
    if schema.get("type").is_none_or(|kind| kind != "string") {
        return;
    }
    let Some(Value::Array(values)) = schema.get("enum") else { return };
    if schema.contains_key("x-enum-names") {
        return;
    }
    let derived: Vec<String> =
        values.iter().map(|value| names::variant(value.as_str().unwrap_or_default())).collect();
    if derived.iter().all(|name| names::is_identifier(name)) {
        return;
    }
    let named: Vec<Value> = derived
        .into_iter()
        .enumerate()
        .map(|(index, name)| match names::is_identifier(&name) {
            true => name.into(),
            false => format!("Value{}", index + 1).into(),
        })
        .collect();
    let distinct: BTreeSet<String> = named.iter().map(Value::to_string).collect();
    let numbered =
        || (1..=named.len()).map(|number| Value::from(format!("Value{number}"))).collect();
    let named = if distinct.len() == named.len() { named } else { numbered() };
    schema.insert("x-enum-names".to_owned(), named.into());
}
