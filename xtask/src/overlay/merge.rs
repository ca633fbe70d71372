//! Merges a value into a node of a document.

use serde_json::Value;

use super::Version;

/// The kinds of values that the specification distinguishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    Primitive,
}

impl Kind {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Object(_) => Self::Object,
            Value::Array(_) => Self::Array,
            _ => Self::Primitive,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::Primitive => "a plain value",
        }
    }
}

/// Merges a value into a node that an action selected. The error names the member at which the two do not fit.
pub(super) fn into_node(node: &mut Value, value: &Value, version: Version) -> Result<(), String> {
    match (Kind::of(node), Kind::of(value)) {
        (Kind::Object, Kind::Object) => into(node, value, ""),
        (Kind::Array, Kind::Array) if version >= Version::V1_1 => into(node, value, ""),
        (Kind::Array, _) => {
            node.as_array_mut().into_iter().for_each(|items| items.push(value.clone()));
            Ok(())
        }
        (Kind::Primitive, Kind::Primitive) if version >= Version::V1_1 => into(node, value, ""),
        (kind, other) => Err(format!("{} cannot be merged into {}", other.name(), kind.name())),
    }
}

/// Merges members of the same name.
fn into(target: &mut Value, value: &Value, path: &str) -> Result<(), String> {
    match (target, value) {
        (Value::Object(target), Value::Object(members)) => {
            for (key, member) in members {
                match target.get_mut(key) {
                    Some(existing) => into(existing, member, &format!("{path}.{key}"))?,
                    None => {
                        target.insert(key.clone(), member.clone());
                    }
                }
            }
            Ok(())
        }
        (Value::Array(target), Value::Array(items)) => {
            target.extend(items.iter().cloned());
            Ok(())
        }
        (target, value) if Kind::of(target) == Kind::of(value) => {
            *target = value.clone();
            Ok(())
        }
        (target, value) => {
            let (found, given) = (Kind::of(target).name(), Kind::of(value).name());
            let member = path.trim_start_matches('.');
            Err(format!("`{member}` is {found}, and cannot be merged with {given}"))
        }
    }
}
