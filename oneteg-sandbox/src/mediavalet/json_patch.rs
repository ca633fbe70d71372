//! JSON Patch (RFC 6902) with the vendor's leniency: an operation that cannot be applied is skipped, and reported
//! in the response.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::ApiRequest;
use super::response::ApiError;

#[derive(Debug, Deserialize)]
struct PatchOperation {
    op: String,
    path: String,
    #[serde(default)]
    value: Value,
    #[serde(default)]
    from: Option<String>,
}

/// One change to an object: a member with a new value, or without one.
pub(crate) struct Change {
    /// The first segment of the path, in lower case.
    pub(crate) member: String,
    /// The rest of the path, unescaped.
    pub(crate) key: Option<String>,
    /// `None` removes the member.
    pub(crate) value: Option<Value>,
}

impl Change {
    /// The new value as a string. Numbers and booleans are accepted too; a removed or null member is empty.
    pub(crate) fn string(&self) -> Result<String, String> {
        match &self.value {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(string)) => Ok(string.clone()),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(value.to_string()),
            Some(_) => Err("the value must be a string".into()),
        }
    }

    /// The new value as an integer, which may be sent as a string.
    pub(crate) fn integer(&self) -> Result<i64, String> {
        self.string()?.parse().map_err(|_| "the value must be a whole number".into())
    }
}

/// Why a change to an unknown or read-only member is skipped.
pub(crate) const UNKNOWN_MEMBER: &str = "there is no such member, or it cannot be changed";

/// Changes a member of an object, or one of a nested object, found in any letter case.
///
/// Only a value that is not an object or an array can be changed, and only to one of the same type. Removing
/// sets it to null.
pub(crate) fn change_member(
    members: &mut Map<String, Value>,
    change: &Change,
) -> Result<(), String> {
    fn member<'a>(members: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
        let mut found = members.iter_mut().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }
    let outer = member(members, &change.member).ok_or(UNKNOWN_MEMBER)?;
    let target = match &change.key {
        None => outer,
        Some(key) => {
            outer.as_object_mut().and_then(|members| member(members, key)).ok_or(UNKNOWN_MEMBER)?
        }
    };
    let value = change.value.clone().unwrap_or_default();
    let same_type = target.is_null()
        || value.is_null()
        || std::mem::discriminant(target) == std::mem::discriminant(&value);
    if target.is_object() || target.is_array() || value.is_object() || value.is_array() {
        return Err(UNKNOWN_MEMBER.into());
    }
    if !same_type {
        return Err("the value has another type".into());
    }
    *target = value;
    Ok(())
}

/// The strings of a changed list, or the ids in it: an array, or one string.
pub(crate) fn strings(value: Option<&Value>) -> Result<Vec<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(all)) => all
            .iter()
            .map(|one| one.as_str().map(str::to_owned).ok_or("the values must be strings".into()))
            .collect(),
        Some(_) => Err("the value must be a string or a list of strings".into()),
    }
}

/// Applies the operations in the body of a request, and returns a line for each one that was skipped.
///
/// `read` returns the value of a member, for `test`, `copy` and `move`; `apply` makes one change.
pub(crate) fn apply<T>(
    request: &ApiRequest,
    target: &mut T,
    read: impl Fn(&T, &str, Option<&str>) -> Option<String>,
    apply: impl Fn(&mut T, &Change) -> Result<(), String>,
) -> Result<Vec<String>, ApiError> {
    let operations: Vec<PatchOperation> = request.json()?;
    let mut skipped = Vec::new();
    for operation in operations {
        if let Err(reason) = apply_operation(&operation, target, &read, &apply) {
            skipped.push(format!("{} {}: {reason}", operation.op, operation.path));
        }
    }
    Ok(skipped)
}

fn apply_operation<T>(
    operation: &PatchOperation,
    target: &mut T,
    read: &impl Fn(&T, &str, Option<&str>) -> Option<String>,
    apply: &impl Fn(&mut T, &Change) -> Result<(), String>,
) -> Result<(), String> {
    let (member, key) = split_path(&operation.path)?;
    let change = |member, key, value| Change { member, key, value };
    match operation.op.to_ascii_lowercase().as_str() {
        "add" | "replace" => apply(target, &change(member, key, Some(operation.value.clone()))),
        "remove" => apply(target, &change(member, key, None)),
        "test" => {
            let expected = change(String::new(), None, Some(operation.value.clone())).string()?;
            let actual = read(target, &member, key.as_deref()).unwrap_or_default();
            if actual == expected { Ok(()) } else { Err("the value is different".into()) }
        }
        name @ ("copy" | "move") => {
            let from = operation.from.as_deref().ok_or("`from` is missing")?;
            let (from, from_key) = split_path(from)?;
            let value = read(target, &from, from_key.as_deref()).ok_or("`from` does not exist")?;
            apply(target, &change(member, key, Some(Value::String(value))))?;
            if name == "move" {
                apply(target, &change(from, from_key, None))?;
            }
            Ok(())
        }
        _ => Err("there is no such operation".into()),
    }
}

/// Splits `/attributes/x` into `attributes` and `x`.
fn split_path(path: &str) -> Result<(String, Option<String>), String> {
    let path = path.strip_prefix('/').ok_or("a path starts with a slash")?;
    match path.split_once('/') {
        None => Ok((path.to_ascii_lowercase(), None)),
        Some((member, key)) => {
            let key = key.replace("~1", "/").replace("~0", "~");
            Ok((member.to_ascii_lowercase(), Some(key)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_and_unescaped() {
        let split = |path| split_path(path).unwrap();
        assert_eq!(split("/Title"), ("title".into(), None));
        assert_eq!(split("/Attributes/a~1B~0"), ("attributes".into(), Some("a/B~".into())));
        assert!(split_path("title").is_err());
    }

    #[test]
    fn members_are_changed_in_any_letter_case_to_values_of_their_type() {
        let mut members =
            serde_json::json!({ "names": { "short": "a" }, "flag": true, "list": [] });
        let members = members.as_object_mut().unwrap();
        let mut set = |member: &str, key: Option<&str>, value: Value| {
            let (member, key) = (member.to_owned(), key.map(str::to_owned));
            change_member(members, &Change { member, key, value: Some(value) })
        };
        set("names", Some("SHORT"), "b".into()).unwrap();
        set("Flag", None, false.into()).unwrap();
        assert!(set("flag", None, "no".into()).is_err());
        assert!(set("list", None, "no".into()).is_err());
        assert!(set("names", None, "no".into()).is_err());
        assert!(set("other", None, "no".into()).is_err());
        assert_eq!((&members["names"]["short"], &members["flag"]), (&"b".into(), &false.into()));
    }

    #[test]
    fn move_clears_the_source_and_test_compares() {
        let run = |op: &str, from: Option<&str>, value: Value, target: &mut [String; 2]| {
            let operation = PatchOperation {
                op: op.into(),
                path: "/a".into(),
                value,
                from: from.map(str::to_owned),
            };
            let index = |member: &str| usize::from(member == "b");
            apply_operation(
                &operation,
                target,
                &|target: &[String; 2], member, _| Some(target[index(member)].clone()),
                &|target: &mut [String; 2], change| {
                    target[index(&change.member)] = change.string()?;
                    Ok(())
                },
            )
        };
        let mut target = ["one".to_owned(), "two".to_owned()];
        run("MOVE", Some("/b"), Value::Null, &mut target).unwrap();
        assert_eq!(target, ["two", ""]);
        run("test", None, "two".into(), &mut target).unwrap();
        assert!(run("test", None, "one".into(), &mut target).is_err());
        assert!(run("copy", None, Value::Null, &mut target).is_err());
        assert!(run("explode", None, Value::Null, &mut target).is_err());
    }
}
