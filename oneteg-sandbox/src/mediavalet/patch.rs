//! PATCH bodies: lists of operations (RFC 6902), of which those that cannot be done are skipped.

use serde::Deserialize;
use serde_json::Value;

use super::answer::Failure;
use super::call::Call;

#[derive(Debug, Deserialize)]
struct Operation {
    op: String,
    path: String,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    from: Option<String>,
}

/// What one operation comes to: a member with a new value, or without one.
pub(crate) struct Change {
    /// The path without its first slash, in lower case up to the second.
    pub(crate) member: String,
    /// What follows the second slash, unescaped.
    pub(crate) key: Option<String>,
    /// `None`: removed.
    pub(crate) value: Option<Value>,
}

impl Change {
    /// The new value as text: texts as they are, numbers and truth values as JSON, nothing when removed.
    pub(crate) fn text(&self) -> Result<String, String> {
        match &self.value {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            Some(_) => Err("the value must be a text".into()),
        }
    }

    /// The new value as a number, which may be written as a text.
    pub(crate) fn number(&self) -> Result<i64, String> {
        self.text()?.parse().map_err(|_| "the value must be a whole number".into())
    }
}

/// Applies each operation; answers a line for each one skipped. `read` gives a member's value as text, for
/// `test`, `copy` and `move`; `apply` changes one.
pub(crate) fn apply<T>(
    call: &Call,
    target: &mut T,
    read: impl Fn(&T, &str, Option<&str>) -> Option<String>,
    apply: impl Fn(&mut T, &Change) -> Result<(), String>,
) -> Result<Vec<String>, Failure> {
    let operations: Vec<Operation> = call.json()?;
    let mut skipped = Vec::new();
    for operation in operations {
        let outcome = one(&operation, target, &read, &apply);
        if let Err(reason) = outcome {
            skipped.push(format!("{} {}: {reason}", operation.op, operation.path));
        }
    }
    Ok(skipped)
}

fn one<T>(
    operation: &Operation,
    target: &mut T,
    read: &impl Fn(&T, &str, Option<&str>) -> Option<String>,
    apply: &impl Fn(&mut T, &Change) -> Result<(), String>,
) -> Result<(), String> {
    let (member, key) = split(&operation.path)?;
    let change = |member, key, value| Change { member, key, value };
    match operation.op.to_ascii_lowercase().as_str() {
        "add" | "replace" => apply(target, &change(member, key, Some(operation.value.clone()))),
        "remove" => apply(target, &change(member, key, None)),
        "test" => {
            let wanted = change(String::new(), None, Some(operation.value.clone())).text()?;
            let is = read(target, &member, key.as_deref()).unwrap_or_default();
            if is == wanted { Ok(()) } else { Err("the value is another".into()) }
        }
        name @ ("copy" | "move") => {
            let from = operation.from.as_deref().ok_or("`from` is missing")?;
            let (from, from_key) = split(from)?;
            let value = read(target, &from, from_key.as_deref()).ok_or("`from` is not there")?;
            apply(target, &change(member, key, Some(Value::String(value))))?;
            if name == "move" {
                apply(target, &change(from, from_key, None))?;
            }
            Ok(())
        }
        _ => Err("there is no such operation".into()),
    }
}

/// `/attributes/x` as (`attributes`, `x`).
fn split(path: &str) -> Result<(String, Option<String>), String> {
    let path = path.strip_prefix('/').ok_or("a path starts with a slash")?;
    match path.split_once('/') {
        None => Ok((path.to_ascii_lowercase(), None)),
        Some((member, key)) => {
            let key = key.replace("~1", "/").replace("~0", "~");
            Ok((member.to_ascii_lowercase(), Some(key)))
        }
    }
}
