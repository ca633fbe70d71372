//! Every single change of a JSON value that a vendor may make.

use serde_json::{Map, Value, json};

/// How a value was mutated. The first kinds, up to [`OtherIdType`](Self::OtherIdType), apply to requests too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MutationKind {
    /// A member is missing.
    Dropped,
    /// A member is `null`.
    Null,
    /// An object has an undocumented member.
    UnknownMember,
    /// A string, or a number that stands for a value of an enum, is an undocumented one.
    OtherValue,
    /// An id is a number instead of a string, or the other way round.
    OtherIdType,
    /// A scalar has another type: a number is a string, a boolean is 1.
    OtherType,
    /// The value is what some servers write for no value: `[]`, `{}`, `""`, `false`.
    EmptyValue,
    /// A list is an object with numeric names.
    KeyedList,
    /// A member occurs a second time, in another spelling.
    SecondSpelling,
    /// A time has another notation, or is not one.
    OtherTime,
    /// A string has half an emoji, or a byte that is not UTF-8.
    MalformedText,
}

/// A mutated value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Mutation {
    /// The kind of mutation.
    pub kind: MutationKind,
    /// The JSON pointer of its place.
    pub pointer: String,
    /// The whole value, with U+FFFD in place of malformed text.
    pub value: Value,
    /// The whole value as it is sent.
    pub json: Vec<u8>,
}

/// The name of undocumented members.
pub(super) const ADDED_MEMBER: &str = "addedByTheVendor";

/// Types are changed only this deep: deeper values are covered by the sample of their type.
const MAX_DEPTH: usize = 2;

/// All mutations of a value, each with a single change.
pub fn mutations(value: &Value) -> Vec<Mutation> {
    let mut mutator = Mutator { original: value, mutations: Vec::new() };
    let mut pending = vec![String::new()];
    while let Some(pointer) = pending.pop() {
        let Some(current) = value.pointer(&pointer) else { continue };
        match current {
            Value::Object(members) => {
                mutator.add(MutationKind::UnknownMember, &pointer, &pointer, |object| {
                    object.insert(ADDED_MEMBER.to_owned(), json!({ "a": [1] }));
                });
                for (name, member) in members {
                    mutator.mutate_member(&pointer, name, member);
                    let segment = name.replace('~', "~0").replace('/', "~1");
                    pending.push(format!("{pointer}/{segment}"));
                }
            }
            Value::Array(items) => {
                pending.extend((0..items.len()).map(|index| format!("{pointer}/{index}")));
            }
            _ => {}
        }
    }
    mutator.mutations
}

struct Mutator<'a> {
    original: &'a Value,
    mutations: Vec<Mutation>,
}

impl Mutator<'_> {
    /// Adds a mutation that edits the object at `object_pointer`, reported at `pointer`.
    fn add(
        &mut self,
        kind: MutationKind,
        object_pointer: &str,
        pointer: &str,
        edit: impl FnOnce(&mut Map<String, Value>),
    ) {
        let mut value = self.original.clone();
        if let Some(object) = value.pointer_mut(object_pointer).and_then(Value::as_object_mut) {
            edit(object);
            let json = value.to_string().into_bytes();
            self.mutations.push(Mutation { kind, pointer: pointer.to_owned(), value, json });
        }
    }

    /// Adds a mutation that replaces a member, or removes it.
    fn replace(&mut self, kind: MutationKind, object: &str, name: &str, value: Option<Value>) {
        self.add(kind, object, &format!("{object}/{name}"), |object| match value {
            Some(value) => {
                object.insert(name.to_owned(), value);
            }
            None => {
                object.remove(name);
            }
        });
    }

    fn mutate_member(&mut self, object: &str, name: &str, member: &Value) {
        self.replace(MutationKind::Dropped, object, name, None);
        if !member.is_null() {
            self.replace(MutationKind::Null, object, name, Some(Value::Null));
        }
        if let Some((kind, value)) = other_value(name, member) {
            self.replace(kind, object, name, Some(value));
        }
        if object.matches('/').count() > MAX_DEPTH {
            return;
        }
        for (kind, value) in other_types(member) {
            self.replace(kind, object, name, Some(value));
        }
        let spelling = other_spelling(name);
        if spelling != name {
            let pointer = format!("{object}/{spelling}");
            self.add(MutationKind::SecondSpelling, object, &pointer, |object| {
                object.entry(&spelling).or_insert_with(|| member.clone());
            });
        }
        if member.is_string() {
            for malformed in [&br"\ud83d"[..], b"\xff"] {
                let replacement = Some("party \u{fffd}".into());
                self.replace(MutationKind::MalformedText, object, name, replacement);
                if let Some(mutation) = self.mutations.last_mut() {
                    mutation.json = replaced(&mutation.json, "\u{fffd}".as_bytes(), malformed);
                }
            }
        }
    }
}

/// Another value of the same meaning: an id of the other type, or an undocumented value.
fn other_value(name: &str, member: &Value) -> Option<(MutationKind, Value)> {
    match member {
        // A string that is an id can be a number only if it contains one.
        Value::String(string) if is_id(name) => {
            let number = string.parse::<i64>().unwrap_or(40_321);
            Some((MutationKind::OtherIdType, number.into()))
        }
        Value::Number(number) if is_id(name) => {
            Some((MutationKind::OtherIdType, number.to_string().into()))
        }
        // Times have their own mutations.
        Value::String(string) if !is_time(string) => {
            Some((MutationKind::OtherValue, ADDED_MEMBER.into()))
        }
        Value::Number(number) if number.is_i64() => Some((MutationKind::OtherValue, 90_210.into())),
        _ => None,
    }
}

/// Values of other types that servers send in place of a member.
fn other_types(member: &Value) -> Vec<(MutationKind, Value)> {
    // In milliseconds: after 1973.
    const MIN_TIMESTAMP: i64 = 100_000_000_000;
    let empty = |values: &[Value]| -> Vec<_> {
        values.iter().map(|value| (MutationKind::EmptyValue, value.clone())).collect()
    };
    let (other_type, other_time) = (MutationKind::OtherType, MutationKind::OtherTime);
    match member {
        Value::String(string) if is_time(string) => vec![
            (other_time, "0000-00-00 00:00:00".into()),
            (other_time, "2024-05-06T07:08:09.123+0000".into()),
            (other_time, 1_714_979_289_123_i64.into()),
        ],
        Value::String(_) => {
            let mut values = empty(&[json!([]), json!({}), json!(false)]);
            values.push((other_type, 5.into()));
            values
        }
        Value::Number(number) => {
            let mut values = empty(&[json!([]), json!(""), json!(false)]);
            values.push((other_type, number.to_string().into()));
            if let Some(whole) = number.as_i64().and_then(|whole| i32::try_from(whole).ok()) {
                values.push((other_type, f64::from(whole).into()));
            }
            if number.as_i64().is_some_and(|number| number > MIN_TIMESTAMP) {
                values.push((other_time, "2024-05-06T07:08:09Z".into()));
            }
            values
        }
        Value::Bool(flag) => {
            let mut values = empty(&[json!([]), json!("")]);
            let digit = i32::from(*flag);
            values.extend([
                (other_type, digit.into()),
                (other_type, digit.to_string().into()),
                (other_type, flag.to_string().into()),
            ]);
            values
        }
        Value::Array(items) => {
            let mut values = empty(&[json!({}), json!(""), json!(false)]);
            let keyed = items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone()));
            values.push((MutationKind::KeyedList, Value::Object(keyed.collect())));
            values
        }
        Value::Object(_) => empty(&[json!([]), json!(""), json!(false)]),
        Value::Null => Vec::new(),
    }
}

/// `nb_versions` for `nbVersions`, and the other way round.
fn other_spelling(name: &str) -> String {
    let mut other = String::new();
    let mut is_next_upper = false;
    let is_snake_case = name.contains('_');
    for letter in name.chars() {
        match letter {
            '_' if !other.is_empty() => is_next_upper = true,
            _ if is_next_upper => {
                other.push(letter.to_ascii_uppercase());
                is_next_upper = false;
            }
            _ if !is_snake_case && letter.is_ascii_uppercase() => {
                other.push('_');
                other.push(letter.to_ascii_lowercase());
            }
            _ => other.push(letter),
        }
    }
    other
}

fn replaced(bytes: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    match memchr::memmem::find(bytes, what) {
        Some(at) => [&bytes[..at], with, &bytes[at + what.len()..]].concat(),
        None => bytes.to_vec(),
    }
}

fn is_id(name: &str) -> bool {
    name == "id" || name == "guid" || name.ends_with("Id") || name.ends_with("_id")
}

fn is_time(string: &str) -> bool {
    let digits = string.bytes().take(4).filter(u8::is_ascii_digit).count();
    digits == 4 && string.as_bytes().get(4) == Some(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_everything_once() {
        let value = json!({"id": 7, "kind": "a", "at": "2024-05-06", "in": [{"userId": "u"}]});
        let all = mutations(&value);
        let count = |kind| all.iter().filter(|mutation| mutation.kind == kind).count();
        assert_eq!(count(MutationKind::Dropped), 5);
        assert_eq!(count(MutationKind::Null), 5);
        assert_eq!(count(MutationKind::UnknownMember), 2);
        assert_eq!(count(MutationKind::OtherValue), 1);
        assert_eq!(count(MutationKind::OtherIdType), 2);
        assert!(all.iter().all(|mutation| mutation.value != value));
        assert!(all.iter().any(|mutation| mutation.pointer == "/in/0/userId"));
    }

    #[test]
    fn makes_the_swaps_that_servers_make() {
        let value = json!({"nb_versions": 7, "can_write": true, "at": "2024-05-06", "meta": {}, "ids": [1, 2]});
        let all = mutations(&value);
        let has = |kind, member: Value| {
            all.iter().any(|mutation| {
                let mut members = mutation.value.as_object().unwrap().values();
                mutation.kind == kind && members.any(|value| *value == member)
            })
        };
        assert!(has(MutationKind::OtherType, json!("7")));
        assert!(has(MutationKind::OtherType, json!(7.0)));
        assert!(has(MutationKind::OtherType, json!(1)));
        assert!(has(MutationKind::OtherType, json!("true")));
        assert!(has(MutationKind::EmptyValue, json!([])));
        assert!(has(MutationKind::EmptyValue, json!(false)));
        assert!(has(MutationKind::KeyedList, json!({"0": 1, "1": 2})));
        assert!(has(MutationKind::OtherTime, json!("0000-00-00 00:00:00")));
        let second = all.iter().find(|m| m.kind == MutationKind::SecondSpelling).unwrap();
        assert_eq!((&*second.pointer, &second.value["canWrite"]), ("/canWrite", &json!(true)));
        assert_eq!(other_spelling("nbVersions"), "nb_versions");
        let malformed: Vec<_> =
            all.iter().filter(|mutation| mutation.kind == MutationKind::MalformedText).collect();
        assert_eq!(malformed.len(), 2);
        let is_invalid = |m: &&Mutation| serde_json::from_slice::<Value>(&m.json).is_err();
        assert!(malformed.iter().all(is_invalid));
    }
}
