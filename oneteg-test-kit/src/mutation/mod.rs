//! Changed responses: what a vendor may well send in place of what is documented.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use oneteg_http::{Error, ErrorKind, Repair, codegen};

/// A value that was read and written again.
#[derive(Debug, Clone)]
pub struct RoundTrip {
    /// What was written.
    pub json: String,
    /// What had to be repaired to read it.
    pub repairs: Vec<Repair>,
}

/// Reads JSON as a type, as responses are read, and writes it again.
pub type RoundTripFn = fn(&[u8]) -> Result<RoundTrip, Error>;

/// Reads JSON as a type, as responses are read, and writes it again.
///
/// # Errors
/// When it cannot be read.
pub fn round_trip<T: DeserializeOwned + Serialize>(json: &[u8]) -> Result<RoundTrip, Error> {
    let (value, repairs) = codegen::from_slice::<T>(json)?;
    let json = serde_json::to_string(&value).map_err(|error| {
        Error::new(ErrorKind::Decode, format!("the value cannot be serialised: {error}"))
    })?;
    Ok(RoundTrip { json, repairs })
}

/// How a value was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MutationKind {
    /// A member was left out.
    Dropped,
    /// A member is `null`.
    Null,
    /// An object has a member that nobody documented.
    UnknownMember,
    /// Text, or a number that stands for one, is one that nobody documented.
    OtherValue,
    /// An id is a number instead of text, or the other way round.
    SwappedId,
    /// A scalar is one of another type: a number is text, a boolean 1.
    OtherType,
    /// In place of the value is what servers write for nothing: `[]`, `{}`, `""`, `false`.
    Nothing,
    /// A list is an object with numbers for names.
    KeyedList,
    /// The member is there in another spelling as well.
    TwoSpellings,
    /// A time is written in another way, or is none.
    OtherTime,
    /// Text has half an emoji, or a byte that is not UTF-8.
    MalformedText,
}

/// A changed value.
#[derive(Debug, Clone)]
pub struct Mutation {
    /// The change.
    pub kind: MutationKind,
    /// The JSON pointer of its place.
    pub pointer: String,
    /// The whole value; broken text in it is U+FFFD.
    pub value: Value,
    /// The whole value as it is sent.
    pub json: Vec<u8>,
}

/// Every single change of a value.
pub fn mutations(value: &Value) -> Vec<Mutation> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(place) = open.pop() {
        let Some(here) = value.pointer(&place) else { continue };
        match here {
            Value::Object(members) => {
                add(&mut found, value, MutationKind::UnknownMember, &place, |object| {
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
            last.pointer = format!("{place}/{name}");
        }
    };
    change(MutationKind::Dropped, None);
    if !member.is_null() {
        change(MutationKind::Null, Some(Value::Null));
    }
    match member {
        Value::String(text) if is_id(name) => {
            // Only a number that is an id can be one: words have no number.
            change(MutationKind::SwappedId, Some(text.parse::<i64>().unwrap_or(40_321).into()));
        }
        Value::Number(number) if is_id(name) => {
            change(MutationKind::SwappedId, Some(number.to_string().into()));
        }
        // A time that is none has a change of its own.
        Value::String(text) if !is_time(text) => {
            change(MutationKind::OtherValue, Some("addedByTheVendor".into()));
        }
        Value::Number(number) if number.is_i64() => {
            change(MutationKind::OtherValue, Some(90_210.into()));
        }
        _ => {}
    }
    // What is deeper is in the sample of its own type.
    const DEEPEST: usize = 2;
    if place.matches('/').count() > DEEPEST {
        return;
    }
    for (kind, value) in swaps(member) {
        change(kind, Some(value));
    }
    let other = other_spelling(name);
    if other != name {
        add(found, whole, MutationKind::TwoSpellings, place, |object| {
            object.entry(&other).or_insert_with(|| member.clone());
        });
        if let Some(last) = found.last_mut() {
            last.pointer = format!("{place}/{other}");
        }
    }
    if member.is_string() {
        for broken in [&br"\ud83d"[..], b"\xff"] {
            let mut value = whole.clone();
            if let Some(object) = value.pointer_mut(place).and_then(Value::as_object_mut) {
                object.insert(name.to_owned(), "party \u{fffd}".into());
            }
            let json = replaced(value.to_string().as_bytes(), "\u{fffd}".as_bytes(), broken);
            let place = format!("{place}/{name}");
            found.push(Mutation { kind: MutationKind::MalformedText, pointer: place, value, json });
        }
    }
}

/// What a member may be in place of what it is.
fn swaps(member: &Value) -> Vec<(MutationKind, Value)> {
    // In milliseconds: after 1973.
    const TIME: i64 = 100_000_000_000;
    let nothing = |values: &[Value]| -> Vec<_> {
        values.iter().map(|value| (MutationKind::Nothing, value.clone())).collect()
    };
    let (other, time) = (MutationKind::OtherType, MutationKind::OtherTime);
    match member {
        Value::String(text) if is_time(text) => vec![
            (time, "0000-00-00 00:00:00".into()),
            (time, "2024-05-06T07:08:09.123+0000".into()),
            (time, 1_714_979_289_123_i64.into()),
        ],
        Value::String(_) => {
            let mut all = nothing(&[json!([]), json!({}), json!(false)]);
            all.push((other, 5.into()));
            all
        }
        Value::Number(number) => {
            let mut all = nothing(&[json!([]), json!(""), json!(false)]);
            all.push((other, number.to_string().into()));
            if let Some(whole) = number.as_i64().and_then(|whole| i32::try_from(whole).ok()) {
                all.push((other, f64::from(whole).into()));
            }
            if number.as_i64().is_some_and(|number| number > TIME) {
                all.push((time, "2024-05-06T07:08:09Z".into()));
            }
            all
        }
        Value::Bool(flag) => {
            let mut all = nothing(&[json!([]), json!("")]);
            let digit = i32::from(*flag);
            all.extend([
                (other, digit.into()),
                (other, digit.to_string().into()),
                (other, flag.to_string().into()),
            ]);
            all
        }
        Value::Array(items) => {
            let mut all = nothing(&[json!({}), json!(""), json!(false)]);
            let named = items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone()));
            all.push((MutationKind::KeyedList, Value::Object(named.collect())));
            all
        }
        Value::Object(_) => nothing(&[json!([]), json!(""), json!(false)]),
        Value::Null => Vec::new(),
    }
}

/// `nb_versions` for `nbVersions`, and the other way round.
fn other_spelling(name: &str) -> String {
    let mut other = String::new();
    let mut upper = false;
    let snake = name.contains('_');
    for letter in name.chars() {
        match letter {
            '_' if !other.is_empty() => upper = true,
            _ if upper => {
                other.push(letter.to_ascii_uppercase());
                upper = false;
            }
            _ if !snake && letter.is_ascii_uppercase() => {
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

fn add(
    found: &mut Vec<Mutation>,
    whole: &Value,
    change: MutationKind,
    place: &str,
    edit: impl FnOnce(&mut Map<String, Value>),
) {
    let mut value = whole.clone();
    if let Some(object) = value.pointer_mut(place).and_then(Value::as_object_mut) {
        edit(object);
        let json = value.to_string().into_bytes();
        found.push(Mutation { kind: change, pointer: place.to_owned(), value, json });
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
    pub rejected: Vec<(String, MutationKind, String)>,
}

impl MutationReport {
    /// Changes a value in every way and reads each result.
    pub fn check(&mut self, name: &str, value: &Value, round_trip: RoundTripFn) {
        self.check_each(name, mutations(value), round_trip, |_, _| None);
    }

    /// The same with the changes alone that a request may have, which no vendor writes.
    pub fn check_request(&mut self, name: &str, value: &Value, round_trip: RoundTripFn) {
        let changes =
            mutations(value).into_iter().filter(|made| made.kind <= MutationKind::SwappedId);
        self.check_each(name, changes.collect(), round_trip, |_, _| None);
    }

    /// The same of a response that is written as it was read. What was not changed is read as before, and what
    /// was changed is not lost: it is read, or kept as it came.
    pub fn check_sample(&mut self, name: &str, value: &Value, round_trip: RoundTripFn) {
        self.check_each(name, mutations(value), round_trip, |mutation, written| {
            let Ok(written) = serde_json::from_str::<Value>(written) else {
                return Some("it was not written as JSON".to_owned());
            };
            let place = match mutation.kind {
                MutationKind::UnknownMember => format!("{}/addedByTheVendor", mutation.pointer),
                _ => mutation.pointer.clone(),
            };
            if without(&written, &place) != without(value, &place) {
                return Some(format!("something else changed: {written}"));
            }
            let (now, before) = (written.pointer(&place), value.pointer(&place));
            let sent = mutation.value.pointer(&place);
            // `""` is no time, and not worth keeping.
            let is_nothing = |sent: &Value| sent.is_null() || *sent == "" && now.is_none();
            let kept = now == sent || now == before || sent.is_none_or(is_nothing);
            let as_text = sent.map(|sent| Value::from(sent.to_string()));
            // A list in order, a time in the documented notation, one spelling for two.
            let converted = now == as_text.as_ref()
                || mutation.kind == MutationKind::OtherTime
                || mutation.kind == MutationKind::TwoSpellings && now.is_none()
                || sent.is_some_and(|sent| *sent == json!({})) && now == Some(&json!([]));
            (!kept && !converted).then(|| format!("it was lost: {now:?} for {sent:?}"))
        });
    }

    fn check_each(
        &mut self,
        name: &str,
        mutations: Vec<Mutation>,
        round_trip: RoundTripFn,
        wrong: impl Fn(&Mutation, &str) -> Option<String>,
    ) {
        for mutation in mutations {
            let reason = match round_trip(&mutation.json) {
                Ok(reading) => wrong(&mutation, &reading.json),
                Err(error) => Some(error.to_string()),
            };
            match reason {
                None => self.read += 1,
                Some(reason) => {
                    let place = format!("{name}{}", mutation.pointer);
                    self.rejected.push((place, mutation.kind, reason));
                }
            }
        }
    }

    /// How many of a thousand were read.
    pub fn per_mille(&self) -> usize {
        self.read * 1000 / (self.read + self.rejected.len()).max(1)
    }
}

/// A value without what is at a place.
fn without(value: &Value, place: &str) -> Value {
    let mut value = value.clone();
    if let Some((outer, name)) = place.rsplit_once('/')
        && let Some(object) = value.pointer_mut(outer).and_then(Value::as_object_mut)
    {
        object.remove(&name.replace("~1", "/").replace("~0", "~"));
    }
    value
}

impl fmt::Display for MutationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.read + self.rejected.len();
        writeln!(f, "{} of {all} changed values are read", self.read)?;
        for (place, change, error) in &self.rejected {
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
        let count = |change| all.iter().filter(|mutation| mutation.kind == change).count();
        assert_eq!(count(MutationKind::Dropped), 5);
        assert_eq!(count(MutationKind::Null), 5);
        assert_eq!(count(MutationKind::UnknownMember), 2);
        assert_eq!(count(MutationKind::OtherValue), 1);
        assert_eq!(count(MutationKind::SwappedId), 2);
        assert!(all.iter().all(|mutation| mutation.value != value));
        assert!(all.iter().any(|mutation| mutation.pointer == "/in/0/userId"));
    }

    #[test]
    fn makes_the_swaps_that_servers_make() {
        let value = json!({"nb_versions": 7, "can_write": true, "at": "2024-05-06", "meta": {}, "ids": [1, 2]});
        let all = mutations(&value);
        let made = |change, member: Value| {
            all.iter().any(|made| {
                made.kind == change
                    && made.value.as_object().unwrap().values().any(|v| *v == member)
            })
        };
        assert!(
            made(MutationKind::OtherType, json!("7")) && made(MutationKind::OtherType, json!(7.0))
        );
        assert!(
            made(MutationKind::OtherType, json!(1)) && made(MutationKind::OtherType, json!("true"))
        );
        assert!(
            made(MutationKind::Nothing, json!([])) && made(MutationKind::Nothing, json!(false))
        );
        assert!(made(MutationKind::KeyedList, json!({"0": 1, "1": 2})));
        assert!(made(MutationKind::OtherTime, json!("0000-00-00 00:00:00")));
        let both = all.iter().find(|made| made.kind == MutationKind::TwoSpellings).unwrap();
        assert_eq!((&*both.pointer, &both.value["canWrite"]), ("/canWrite", &json!(true)));
        assert_eq!(other_spelling("nbVersions"), "nb_versions");
        let broken: Vec<_> =
            all.iter().filter(|made| made.kind == MutationKind::MalformedText).collect();
        assert_eq!(broken.len(), 2);
        assert!(broken.iter().all(|made| serde_json::from_slice::<Value>(&made.json).is_err()));
    }

    #[test]
    fn counts_what_is_not_read() {
        let strict: RoundTripFn = |json| {
            let value: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
            match value.get("id") {
                Some(Value::Number(_)) => Ok(RoundTrip { json: "{}".into(), repairs: Vec::new() }),
                _ => Err(Error::new(ErrorKind::Decode, "no id")),
            }
        };
        let mut report = MutationReport::default();
        report.check("Thing", &json!({"id": 7}), strict);
        // Left out, `null`, text twice, `[]`, `""` and `false`.
        assert_eq!((report.read, report.rejected.len()), (2, 7));
        assert_eq!(report.per_mille(), 222);
        assert!(report.to_string().contains("Thing/id Dropped: no id"));
        // Of a sample, nothing may be lost.
        let mut report = MutationReport::default();
        report.check_sample("Thing", &json!({"id": 7, "name": "a"}), strict);
        assert_eq!(report.read, 0);
    }
}
