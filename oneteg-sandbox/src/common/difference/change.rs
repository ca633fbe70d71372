//! The changes of a response's JSON.

use axum::http::{HeaderValue, StatusCode};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Change;
use super::place::{Place, each};
use crate::SandboxError;

/// A type of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JsonKind {
    /// A string: a number or boolean as it is written.
    String,
    /// A number: that which a string contains, or its length.
    Number,
    /// A boolean: whether a value is neither 0 nor empty.
    Boolean,
    /// A list with the value as its only item.
    List,
    /// The first item of a list.
    Item,
    /// An object with the items of a list by their position.
    Object,
}

/// The spelling of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Spelling {
    /// `nbFiles`
    Camel,
    /// `nb_files`
    Snake,
}

/// The form of a date.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DateForm {
    /// A number of seconds since 1970.
    Unix,
    /// A number of milliseconds since 1970.
    UnixMs,
    /// A string, in chrono's format, such as `%d/%m/%Y`.
    Text(String),
}

impl Change {
    /// Checks what the type does not.
    pub(super) fn validate(&self) -> Result<(), SandboxError> {
        let invalid = |text: String| Err(SandboxError::Difference(text));
        match self {
            Self::Remove { at } | Self::Rename { at, .. } if at.split().is_none() => {
                invalid("the whole document cannot be removed or renamed".to_owned())
            }
            Self::Status(status)
                if !StatusCode::from_u16(*status)
                    .is_ok_and(|status| !status.is_informational()) =>
            {
                invalid(format!("{status} is not a final HTTP status"))
            }
            Self::MediaType(media_type) | Self::Body { media_type, .. }
                if HeaderValue::try_from(media_type).is_err() =>
            {
                invalid(format!("`{media_type}` cannot be sent in a header"))
            }
            _ => Ok(()),
        }
    }
}

/// Changes the JSON of a response. Returns whether it has.
pub(super) fn json(change: &Change, body: &mut Value) -> bool {
    match change {
        Change::Add { at, member, value } => each(body, at.tokens(), &mut |object| {
            let Value::Object(members) = object else { return false };
            members.insert(member.clone(), value.clone());
            true
        }),
        Change::Remove { at } => {
            below(body, at, &mut |members, name| members.remove(name).is_some())
        }
        Change::Set { at, value } => each(body, at.tokens(), &mut |old| {
            old.clone_from(value);
            true
        }),
        Change::Retype { at, to } => each(body, at.tokens(), &mut |value| {
            let new = retyped(value, *to);
            new.map(|new| *value = new).is_some()
        }),
        Change::Rename { at, to } => below(body, at, &mut |members, name| {
            let value = members.remove(name);
            value.map(|value| members.insert(to.clone(), value)).is_some()
        }),
        Change::Spell { at, to } => each(body, at.tokens(), &mut |value| spell(value, *to)),
        Change::Wrap { at, member } => each(body, at.tokens(), &mut |value| {
            *value = json!({ member: value.take() });
            true
        }),
        Change::Unwrap { at, member } => each(body, at.tokens(), &mut |value| {
            let inner = value.get_mut(member).map(Value::take);
            inner.map(|inner| *value = inner).is_some()
        }),
        Change::Date { at, to } => each(body, at.tokens(), &mut |value| {
            let date = date(value);
            date.map(|date| *value = written(date, to)).is_some()
        }),
        Change::Count { at, of } => {
            let mut items = 0;
            each(body, of.tokens(), &mut |list| {
                items += list.as_array().map_or(0, Vec::len);
                true
            }) && each(body, at.tokens(), &mut |number| {
                *number = json!(items);
                true
            })
        }
        Change::Cap { at, to } => each(body, at.tokens(), &mut |number| {
            let exceeds = number.as_u64().is_some_and(|number| number > *to);
            if exceeds {
                *number = json!(to);
            }
            exceeds
        }),
        _ => false,
    }
}

/// Applies a change to the objects above a place, with the name of the member there.
fn below(
    body: &mut Value,
    at: &Place,
    apply: &mut dyn FnMut(&mut Map<String, Value>, &str) -> bool,
) -> bool {
    let Some((above, name)) = at.split() else { return false };
    each(body, above, &mut |value| {
        value.as_object_mut().is_some_and(|members| apply(members, name))
    })
}

fn retyped(value: &Value, to: JsonKind) -> Option<Value> {
    Some(match (to, value) {
        (JsonKind::String, Value::Number(number)) => json!(number.to_string()),
        (JsonKind::String, Value::Bool(boolean)) => json!(boolean.to_string()),
        (JsonKind::String, Value::Array(_) | Value::Object(_)) => json!(value.to_string()),
        (JsonKind::Number, Value::String(text)) => {
            json!(text.parse::<u64>().unwrap_or(text.chars().count() as u64))
        }
        (JsonKind::Number, Value::Bool(boolean)) => json!(u8::from(*boolean)),
        (JsonKind::Boolean, Value::Number(number)) => json!(number.as_f64() != Some(0.0)),
        (JsonKind::Boolean, Value::String(text)) => json!(!text.is_empty()),
        (JsonKind::List, value) if !value.is_null() => json!([value]),
        (JsonKind::Item, Value::Array(items)) => items.first()?.clone(),
        (JsonKind::Object, Value::Array(items)) => {
            let members = items.iter().enumerate();
            members
                .map(|(index, item)| (index.to_string(), item.clone()))
                .collect::<Map<_, _>>()
                .into()
        }
        _ => return None,
    })
}

fn spell(value: &mut Value, to: Spelling) -> bool {
    match value {
        Value::Array(items) => {
            let mut changed = false;
            for item in items {
                changed |= spell(item, to);
            }
            changed
        }
        Value::Object(members) => {
            let mut changed = false;
            let respelled = std::mem::take(members).into_iter().map(|(name, mut value)| {
                let spelled = match to {
                    Spelling::Camel => camel(&name),
                    Spelling::Snake => snake(&name),
                };
                changed |= spelled != name;
                changed |= spell(&mut value, to);
                (spelled, value)
            });
            *members = respelled.collect();
            changed
        }
        _ => false,
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
    }
    camel
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn date(value: &Value) -> Option<DateTime<Utc>> {
    if let Some(ms) = value.as_i64() {
        return DateTime::from_timestamp_millis(ms);
    }
    let text = value.as_str()?;
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|date| date.to_utc());
    zoned.or_else(|| {
        let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f"];
        let mut dates =
            formats.iter().filter_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        dates.next().map(|date| date.and_utc())
    })
}

fn written(date: DateTime<Utc>, form: &DateForm) -> Value {
    match form {
        DateForm::Unix => json!(date.timestamp()),
        DateForm::UnixMs => json!(date.timestamp_millis()),
        DateForm::Text(format) => {
            // An invalid format writes nothing rather than panics.
            let mut text = String::new();
            let _ = std::fmt::Write::write_fmt(&mut text, format_args!("{}", date.format(format)));
            json!(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body after the change; `None` if nothing changed.
    fn changed(change: Value, body: Value) -> Option<Value> {
        let change: Change = serde_json::from_value(change).unwrap();
        change.validate().unwrap();
        let mut body = body;
        json(&change, &mut body).then_some(body)
    }

    #[test]
    fn each_change_does_what_it_names() {
        for (change, body, expected) in [
            (
                json!({"add": {"at": "/*", "member": "b", "value": 2}}),
                json!([{"a": 1}, 3]),
                json!([{"a": 1, "b": 2}, 3]),
            ),
            (json!({"remove": {"at": "/*/a"}}), json!([{"a": 1, "b": 2}]), json!([{"b": 2}])),
            (json!({"set": {"at": "/a", "value": null}}), json!({"a": 1}), json!({"a": null})),
            (
                json!({"retype": {"at": "/a", "to": "string"}}),
                json!({"a": 1.5}),
                json!({"a": "1.5"}),
            ),
            (
                json!({"retype": {"at": "/a", "to": "string"}}),
                json!({"a": [1]}),
                json!({"a": "[1]"}),
            ),
            (json!({"retype": {"at": "/a", "to": "number"}}), json!({"a": "17"}), json!({"a": 17})),
            (
                json!({"retype": {"at": "/a", "to": "number"}}),
                json!({"a": "five"}),
                json!({"a": 4}),
            ),
            (
                json!({"retype": {"at": "/a", "to": "boolean"}}),
                json!({"a": 0}),
                json!({"a": false}),
            ),
            (json!({"retype": {"at": "/a", "to": "list"}}), json!({"a": 1}), json!({"a": [1]})),
            (json!({"retype": {"at": "", "to": "item"}}), json!([7, 8]), json!(7)),
            (json!({"retype": {"at": "", "to": "object"}}), json!([7, 8]), json!({"0": 7, "1": 8})),
            (json!({"rename": {"at": "/a", "to": "b"}}), json!({"a": 1}), json!({"b": 1})),
            (
                json!({"spell": {"at": "/x", "to": "camel"}}),
                json!({"a_b": 1, "x": [{"c_de": {"f_g": 1}}]}),
                json!({"a_b": 1, "x": [{"cDe": {"fG": 1}}]}),
            ),
            (json!({"spell": {"at": "", "to": "snake"}}), json!({"aBc": 1}), json!({"a_bc": 1})),
            (json!({"wrap": {"at": "", "member": "items"}}), json!([1]), json!({"items": [1]})),
            (
                json!({"unwrap": {"at": "", "member": "result"}}),
                json!({"result": [1], "id": 2}),
                json!([1]),
            ),
            (
                json!({"date": {"at": "/a", "to": "unix_ms"}}),
                json!({"a": "2024-05-06T07:08:09Z"}),
                json!({"a": 1_714_979_289_000_u64}),
            ),
            (
                json!({"date": {"at": "/a", "to": {"text": "%d/%m/%Y"}}}),
                json!({"a": "2024-05-06 07:08:09"}),
                json!({"a": "06/05/2024"}),
            ),
            (
                json!({"count": {"at": "/n", "of": "/items"}}),
                json!({"n": 90, "items": [1, 2]}),
                json!({"n": 2, "items": [1, 2]}),
            ),
            (json!({"cap": {"at": "/n", "to": 3}}), json!({"n": 9}), json!({"n": 3})),
        ] {
            assert_eq!(changed(change.clone(), body).unwrap(), expected, "{change}");
        }
    }

    #[test]
    fn what_does_not_apply_changes_nothing() {
        for (change, body) in [
            (json!({"add": {"at": "/a", "member": "b", "value": 2}}), json!({"a": 1})),
            (json!({"remove": {"at": "/a"}}), json!({"b": 1})),
            (json!({"retype": {"at": "/a", "to": "string"}}), json!({"a": "x"})),
            (json!({"date": {"at": "/a", "to": "unix"}}), json!({"a": "never"})),
            (json!({"cap": {"at": "/n", "to": 3}}), json!({"n": 2})),
            (json!({"spell": {"at": "", "to": "camel"}}), json!({"a": 1})),
            (json!({"status": 203}), json!({"a": 1})),
        ] {
            assert_eq!(changed(change.clone(), body), None, "{change}");
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for change in [
            json!({"remove": {"at": ""}}),
            json!({"rename": {"at": "", "to": "a"}}),
            json!({"status": 100}),
            json!({"media_type": "a\nb"}),
        ] {
            let change: Change = serde_json::from_value(change).unwrap();
            assert!(change.validate().is_err(), "{change:?}");
        }
        for text in
            [r#"{"add": {"at": "/a"}}"#, r#"{"drop": {}}"#, r#"{"set": {"at": "a", "value": 1}}"#]
        {
            assert!(serde_json::from_str::<Change>(text).is_err(), "{text}");
        }
    }
}
