//! The rule about the types of the values of OpenAPI objects.

use serde_json::Value;

use super::context::{Context, Report};
use crate::{
    openapi::{
        Kind, Node,
        keys::{ValueType, keys},
    },
    spec::child,
};

/// Every node is an object, and the value of every known key has the right type.
pub fn wrong_types(context: &Context<'_>, report: &mut Report<'_>) {
    for node in &context.nodes {
        let (known, what) = keys(node.kind);
        if !node.value.is_object() {
            report.error(
                &node.pointer,
                format!("{what} must be a mapping, not {}", type_name(node.value)),
                mapping_help(node),
            );
            continue;
        }
        for (key, value_type) in known {
            let Some(value) = node.value.get(key) else { continue };
            // Nodes are checked by themselves.
            if matches!(value_type, ValueType::Node) || value_type.fits(value) {
                continue;
            }
            report.error(
                &child(&node.pointer, key),
                format!("`{key}` of {what} is {}", found(value, *value_type)),
                format!("write {}", value_type.expected()),
            );
        }
    }
}

fn mapping_help(node: &Node<'_>) -> &'static str {
    match (node.kind, node.value) {
        (Kind::Schema, Value::Bool(_)) => {
            "boolean schemas are OpenAPI 3.1; write `{}` for any value"
        }
        (Kind::Schema, Value::Null) => "write `{}` for any value, or its `type`",
        _ => "write `key: value` lines, or remove it",
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// What a key holds instead of the expected value.
fn found(value: &Value, expected: ValueType) -> &'static str {
    match (value, expected) {
        (Value::Array(_), ValueType::Strings | ValueType::Objects) => "a list with other items",
        (value, _) => type_name(value),
    }
}
