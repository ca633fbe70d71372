//! Rules about enumerated values.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, Report};
use crate::openapi::{Kind, Node};
use crate::{
    names::{self, is_identifier},
    spec::child,
};

fn enums<'c, 'a>(context: &'c Context<'a>) -> impl Iterator<Item = (&'c Node<'a>, &'a [Value])> {
    context
        .each(Kind::Schema)
        .filter_map(|node| Some((node, node.value["enum"].as_array()?.as_slice())))
}

/// Lists of names and descriptions are as long as the list of values.
pub fn lists(context: &Context<'_>, report: &mut Report<'_>) {
    for node in context.each(Kind::Schema) {
        let count = node.value["enum"].as_array().map(Vec::len);
        for key in ["x-enum-names", "x-enum-descriptions"] {
            let Some(list) = node.value[key].as_array() else { continue };
            if count != Some(list.len()) {
                report.error(
                    &child(&node.pointer, key),
                    format!(
                        "`{key}` has {} entries for {} values",
                        list.len(),
                        count.unwrap_or_default()
                    ),
                    "write one entry for each value, in the same order",
                );
            }
        }
    }
}

/// Every value has a valid and unique variant name, from `x-enum-names` or from the value.
pub fn names(context: &Context<'_>, report: &mut Report<'_>) {
    for (node, values) in enums(context) {
        let mut taken = BTreeSet::new();
        let given = node.value["x-enum-names"].as_array().into_iter().flatten();
        for (index, name) in given.enumerate() {
            let pointer = format!("{}/x-enum-names/{index}", node.pointer);
            let Some(name) = name.as_str() else { continue };
            if !is_identifier(name) || names::pascal(name) != name {
                report.error(
                    &pointer,
                    format!("`{name}` is not a valid variant name"),
                    "write it in PascalCase, beginning with a letter",
                );
            } else if matches!(name, "Other" | "KNOWN") {
                report.error(
                    &pointer,
                    format!("`{name}` is reserved: every enum has it for unknown values"),
                    "choose another name",
                );
            }
            if !taken.insert(name) {
                report.error(
                    &pointer,
                    format!("two values have the name `{name}`"),
                    "give each value a different name",
                );
            }
        }
        if node.value.get("x-enum-names").is_some() || node.value["type"] != "string" {
            continue;
        }
        for (index, value) in values.iter().enumerate() {
            let Some(value) = value.as_str() else { continue };
            if !is_identifier(&names::variant(value)) {
                report.error(
                    &format!("{}/enum/{index}", node.pointer),
                    format!("no variant name can be derived from the value `{value}`"),
                    "name the values with `x-enum-names`",
                );
            }
        }
    }
}
