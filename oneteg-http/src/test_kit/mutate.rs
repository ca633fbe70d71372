//! Changed answers: what a vendor may well send in place of what is documented.

use std::fmt;

use serde_json::{Map, Value, json};

/// Reads JSON as a type and writes it again.
pub type Reread = fn(&str) -> Result<String, serde_json::Error>;

/// How a value was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A member was left out.
    Dropped,
    /// A member is `null`.
    Null,
    /// An object has a member that nobody documented.
    Unknown,
    /// A text, or a number that stands for one, is one that nobody documented.
    OtherValue,
    /// An id is a number instead of a text, or the other way round.
    SwappedId,
}

/// A changed value.
#[derive(Debug, Clone)]
pub struct Mutation {
    /// The change.
    pub change: Change,
    /// The JSON pointer of its place.
    pub place: String,
    /// The whole value.
    pub value: Value,
}

/// Every single change of a value.
pub fn mutations(value: &Value) -> Vec<Mutation> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(place) = open.pop() {
        let Some(here) = value.pointer(&place) else { continue };
        match here {
            Value::Object(members) => {
                add(&mut found, value, Change::Unknown, &place, |object| {
                    object.insert("addedByTheVendor".to_owned(), json!({ "a": [1] }));
                });
                for (name, member) in members {
                    let inner = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                    member_mutations(&mut found, value, &place, name, member);
                    open.push(inner);
                }
            }
            Value::Array(items) => {
                open.extend((0..items.len()).map(|index| format!("{place}/{index}")));
            }
            _ => {}
        }
    }
    found
}

fn member_mutations(
    found: &mut Vec<Mutation>,
    whole: &Value,
    place: &str,
    name: &str,
    member: &Value,
) {
    let mut change = |change, value: Option<Value>| {
        add(found, whole, change, place, |object| match value {
            Some(value) => {
                object.insert(name.to_owned(), value);
            }
            None => {
                object.remove(name);
            }
        });
        if let Some(last) = found.last_mut() {
            last.place = format!("{place}/{name}");
        }
    };
    change(Change::Dropped, None);
    if !member.is_null() {
        change(Change::Null, Some(Value::Null));
    }
    match member {
        Value::String(text) if is_id(name) => {
            // Only a number that is an id can be one: a text of words has no number.
            change(Change::SwappedId, Some(text.parse::<i64>().unwrap_or(40_321).into()));
        }
        Value::Number(number) if is_id(name) => {
            change(Change::SwappedId, Some(number.to_string().into()));
        }
        // A time that is none is no answer that a client could use.
        Value::String(text) if !is_time(text) => {
            change(Change::OtherValue, Some("addedByTheVendor".into()));
        }
        Value::Number(number) if number.is_i64() => {
            change(Change::OtherValue, Some(90_210.into()));
        }
        _ => {}
    }
}

fn add(
    found: &mut Vec<Mutation>,
    whole: &Value,
    change: Change,
    place: &str,
    edit: impl FnOnce(&mut Map<String, Value>),
) {
    let mut value = whole.clone();
    if let Some(object) = value.pointer_mut(place).and_then(Value::as_object_mut) {
        edit(object);
        found.push(Mutation { change, place: place.to_owned(), value });
    }
}

fn is_id(name: &str) -> bool {
    name == "id" || name == "guid" || name.ends_with("Id") || name.ends_with("_id")
}

fn is_time(text: &str) -> bool {
    let digits = text.bytes().take(4).filter(u8::is_ascii_digit).count();
    digits == 4 && text.as_bytes().get(4) == Some(&b'-')
}

/// What became of the changed values.
#[derive(Debug, Default)]
pub struct MutationReport {
    /// How many were read.
    pub read: usize,
    /// Those that were not: of what, where, and why.
    pub refused: Vec<(String, Change, String)>,
}

impl MutationReport {
    /// Changes a value in every way and reads each result.
    pub fn check(&mut self, name: &str, value: &Value, reread: Reread) {
        for mutation in mutations(value) {
            match reread(&mutation.value.to_string()) {
                Ok(_) => self.read += 1,
                Err(error) => {
                    let place = format!("{name}{}", mutation.place);
                    self.refused.push((place, mutation.change, error.to_string()));
                }
            }
        }
    }

    /// How many of a thousand were read.
    pub fn per_mille(&self) -> usize {
        self.read * 1000 / (self.read + self.refused.len()).max(1)
    }
}

impl fmt::Display for MutationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.read + self.refused.len();
        writeln!(f, "{} of {all} changed values are read", self.read)?;
        for (place, change, error) in &self.refused {
            writeln!(f, "{place} {change:?}: {error}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_everything_once() {
        let value = json!({"id": 7, "kind": "a", "at": "2024-05-06", "in": [{"userId": "u"}]});
        let all = mutations(&value);
        let count = |change| all.iter().filter(|mutation| mutation.change == change).count();
        assert_eq!(count(Change::Dropped), 5);
        assert_eq!(count(Change::Null), 5);
        assert_eq!(count(Change::Unknown), 2);
        assert_eq!(count(Change::OtherValue), 1);
        assert_eq!(count(Change::SwappedId), 2);
        assert!(all.iter().all(|mutation| mutation.value != value));
        assert!(all.iter().any(|mutation| mutation.place == "/in/0/userId"));
    }

    #[test]
    fn counts_what_is_not_read() {
        let strict: Reread = |json| {
            let value: Map<String, Value> = serde_json::from_str(json)?;
            match value.get("id") {
                Some(Value::Number(_)) => Ok(String::new()),
                _ => Err(serde::de::Error::custom("no id")),
            }
        };
        let mut report = MutationReport::default();
        report.check("Thing", &json!({"id": 7}), strict);
        assert_eq!((report.read, report.refused.len()), (1, 3));
        assert_eq!(report.per_mille(), 250);
        assert!(report.to_string().contains("Thing/id Dropped: no id"));
    }
}
