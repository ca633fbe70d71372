//! Rules about enumerated values.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Context, Faults, Kind, Node, names::is_identifier};
use crate::{names, spec::child};

fn enums<'c, 'a>(context: &'c Context<'a>) -> impl Iterator<Item = (&'c Node<'a>, &'a [Value])> {
    context
        .each(Kind::Schema)
        .filter_map(|node| Some((node, node.value["enum"].as_array()?.as_slice())))
}

/// There are values, and each is there once.
pub fn values(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (node, values) in enums(context) {
        let pointer = child(&node.pointer, "enum");
        if values.iter().all(Value::is_null) {
            faults.add(&pointer, "the enum has no values", "list them, or remove `enum`");
        }
        for (index, value) in values.iter().enumerate() {
            if values[..index].contains(value) {
                faults.add(
                    &format!("{pointer}/{index}"),
                    format!("the value {value} is listed twice"),
                    "list each value once",
                );
            }
        }
    }
}

/// Values are texts or integers, as the type says.
pub fn types(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (node, values) in enums(context) {
        let pointer = child(&node.pointer, "enum");
        let kind = node.value["type"].as_str();
        if !matches!(kind, Some("string" | "integer")) {
            faults.add(
                &pointer,
                "an enum needs the type string or integer",
                "write `type: string` or `type: integer` beside it, or remove `enum`",
            );
            continue;
        }
        for (index, value) in values.iter().enumerate() {
            let fits = match value {
                Value::Null => node.value["nullable"] == true && index + 1 == values.len(),
                Value::String(_) => kind == Some("string"),
                Value::Number(number) => {
                    kind == Some("integer") && (number.is_i64() || number.is_u64())
                }
                _ => false,
            };
            if !fits {
                faults.add(
                    &format!("{pointer}/{index}"),
                    format!("the value {value} does not fit the type `{}`", kind.unwrap_or("?")),
                    "quote values that look like numbers, dates or truth values; a `null` comes \
                     last, beside `nullable: true`",
                );
            }
        }
    }
}

/// Names and descriptions are parallel to the values.
pub fn lists(context: &Context<'_>, faults: &mut Faults<'_>) {
    for node in context.each(Kind::Schema) {
        let count = node.value["enum"].as_array().map(Vec::len);
        for key in ["x-enum-names", "x-enum-descriptions"] {
            let Some(list) = node.value[key].as_array() else { continue };
            if count != Some(list.len()) {
                faults.add(
                    &child(&node.pointer, key),
                    format!(
                        "`{key}` has {} entries for {} values",
                        list.len(),
                        count.unwrap_or_default()
                    ),
                    "write one entry a value, in the same order",
                );
            }
        }
    }
}

/// Names given by hand are names of variants.
pub fn names(context: &Context<'_>, faults: &mut Faults<'_>) {
    for (node, values) in enums(context) {
        let mut taken = BTreeSet::new();
        let given = node.value["x-enum-names"].as_array().into_iter().flatten();
        for (index, name) in given.enumerate() {
            let pointer = format!("{}/x-enum-names/{index}", node.pointer);
            let Some(name) = name.as_str() else { continue };
            if !is_identifier(name) || names::pascal(name) != name {
                faults.add(
                    &pointer,
                    format!("`{name}` cannot be the name of a variant"),
                    "write words in PascalCase, beginning with a letter",
                );
            } else if matches!(name, "Other" | "KNOWN") {
                faults.add(
                    &pointer,
                    format!("`{name}` is what every enum has for values that are not known"),
                    "choose another name",
                );
            }
            if !taken.insert(name) {
                faults.add(
                    &pointer,
                    format!("two values are called `{name}`"),
                    "give each value a name of its own",
                );
            }
        }
        if node.value.get("x-enum-names").is_some() || node.value["type"] != "string" {
            continue;
        }
        for (index, value) in values.iter().enumerate() {
            let Some(value) = value.as_str() else { continue };
            if !is_identifier(&names::variant(value)) {
                faults.add(
                    &format!("{}/enum/{index}", node.pointer),
                    format!("no name can be made of the value `{value}`"),
                    "name the values by `x-enum-names`",
                );
            }
        }
    }
}
