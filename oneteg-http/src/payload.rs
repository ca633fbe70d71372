//! The envelope `{apiVersion, payload, recordCount, warnings, errors, meta, _links}`: taken off where it is,
//! and what it says beside the value kept.

use std::{ops::Range, sync::OnceLock};

use serde_json::Value;

use crate::{
    skim::{self, begin_of},
    tolerant,
};

/// What an answer's envelope said beside the value.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct EnvelopeInfo {
    /// The version of the API that answered.
    pub api_version: Option<String>,
    /// The build of the server.
    pub build_version: Option<String>,
    /// How many records there are, with lists.
    pub record_count: Option<RecordCount>,
    /// What the server warns of; texts or objects.
    pub warnings: Vec<Value>,
    /// When and how the answer was made.
    pub meta: Option<Value>,
    /// Links to related calls.
    pub links: Option<Value>,
}

/// How many records a list has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordCount {
    /// All that were found.
    pub total: Option<u64>,
    /// The number of the first one in this answer, from 0.
    pub start: Option<u64>,
    /// How many this answer has.
    pub returned: Option<u64>,
}

impl EnvelopeInfo {
    fn of(members: &Members<'_>) -> Self {
        let meta = members.meta();
        let warnings = read(members.warnings).or_else(|| member(meta.as_ref(), "Warnings"));
        Self {
            api_version: read(members.api_version).and_then(words),
            build_version: read(members.build_version).and_then(words),
            record_count: read(members.record_count).as_ref().and_then(record_count),
            warnings: list(warnings),
            meta,
            links: read(members.links).filter(|links| !links.is_null()),
        }
    }
}

/// What an envelope said beside the value, read when somebody asks for it.
#[derive(Clone)]
pub(crate) struct Said {
    /// The envelope with a short value in the place of its own.
    envelope: Box<[u8]>,
    info: OnceLock<Box<EnvelopeInfo>>,
}

impl Said {
    pub(crate) fn info(&self) -> &EnvelopeInfo {
        self.info.get_or_init(|| {
            let opened = open(&self.envelope, None);
            opened.map(|opened| EnvelopeInfo::of(&opened.members)).unwrap_or_default().into()
        })
    }
}

/// A body with its envelope taken off.
pub(crate) struct Payload<'a> {
    body: &'a [u8],
    members: Members<'a>,
    /// Where the JSON of the value is.
    place: Option<Range<usize>>,
    /// What the server reports as failed although it answered with success; empty when nothing.
    pub(crate) errors: Vec<Value>,
}

impl<'a> Payload<'a> {
    /// The JSON of the value.
    pub(crate) fn value(&self) -> Option<&'a [u8]> {
        self.place.clone().map(|place| &self.body[place])
    }

    pub(crate) fn said(&self) -> Said {
        let envelope = match &self.place {
            Some(place) => [&self.body[..place.start], b"0", &self.body[place.end..]].concat(),
            None => self.body.to_vec(),
        };
        Said { envelope: envelope.into(), info: OnceLock::new() }
    }

    pub(crate) fn warnings(&self) -> Vec<Value> {
        EnvelopeInfo::of(&self.members).warnings
    }
}

/// The JSON of an envelope's members; the vendor's pages spell them in PascalCase, its answers in camelCase.
#[derive(Default)]
struct Members<'a> {
    api_version: Option<&'a [u8]>,
    build_version: Option<&'a [u8]>,
    record_count: Option<&'a [u8]>,
    warnings: Option<&'a [u8]>,
    errors: Option<&'a [u8]>,
    meta: Option<&'a [u8]>,
    links: Option<&'a [u8]>,
}

impl<'a> Members<'a> {
    /// Where a member belongs that the envelope is known to have beside the value.
    fn place(&mut self, name: &[u8]) -> Option<&mut Option<&'a [u8]>> {
        Some(match name {
            b"apiVersion" | b"ApiVersion" => &mut self.api_version,
            b"buildVersion" | b"BuildVersion" => &mut self.build_version,
            b"recordCount" | b"RecordCount" => &mut self.record_count,
            b"warnings" | b"Warnings" => &mut self.warnings,
            b"errors" | b"Errors" => &mut self.errors,
            b"meta" | b"Meta" => &mut self.meta,
            b"_links" | b"_Links" => &mut self.links,
            _ => return None,
        })
    }

    fn meta(&self) -> Option<Value> {
        read(self.meta).filter(|meta| !meta.is_null())
    }

    /// A value may well have one of these members of its own, but not several.
    fn are_of_an_envelope(&self, has_payload: bool) -> bool {
        let others = [self.record_count, self.warnings, self.errors, self.meta];
        let has_others = others.iter().any(Option::is_some);
        let has_version = self.api_version.is_some_and(|version| version != b"null");
        has_payload && has_others || has_version && (has_payload || has_others)
    }
}

/// Where the value begins in what looks like an envelope so far. Once it is decoded, the envelope is to be
/// [opened](open) around it.
pub(crate) fn begin_of_value(body: &[u8]) -> Option<usize> {
    begin_of(body, is_payload, |name, _| Members::default().place(name).is_some())
}

/// What a body looks like.
pub(crate) enum Shape<'a> {
    /// An envelope, which is taken off.
    Envelope(Payload<'a>),
    /// No envelope: the body is the value.
    Value,
    /// An envelope with two payloads: which of them counts is not known.
    TwoPayloads,
    /// No plain object.
    Unusual,
}

/// Takes the envelope off without reading the value in it, which may have been decoded before: whether it
/// is JSON, decoding it tells. `None` when there is no envelope, and the body is the value; so it is with
/// everything that is no plain object.
pub(crate) fn open<'a>(body: &'a [u8], value: Option<&Range<usize>>) -> Option<Payload<'a>> {
    match shape(body, value) {
        Shape::Envelope(payload) => Some(payload),
        Shape::Value | Shape::TwoPayloads | Shape::Unusual => None,
    }
}

/// The same, and why there is no envelope.
pub(crate) fn shape<'a>(body: &'a [u8], value: Option<&Range<usize>>) -> Shape<'a> {
    let mut members = Members::default();
    let mut place: Option<Range<usize>> = None;
    let mut two_payloads = false;
    // A member may be there twice, also in both spellings: the last that says something counts.
    let read = skim::members(body, value, |name, found| {
        let json = &body[found.clone()];
        if is_payload(name) {
            let other = place.as_ref().filter(|other| body[(*other).clone()] != *b"null");
            two_payloads |= other.is_some() && json != b"null";
            if other.is_none() {
                place = Some(found);
            }
        } else if let Some(place) = members.place(name)
            && (place.is_none() || !says_nothing(json))
        {
            *place = Some(json);
        }
        Some(())
    });
    if read.is_none() {
        return Shape::Unusual;
    }
    if !members.are_of_an_envelope(place.is_some()) {
        return Shape::Value;
    }
    if two_payloads {
        return Shape::TwoPayloads;
    }
    let errors = match members.errors {
        // In its PascalCase form, the lists are inside of `Meta`.
        None => member(members.meta().as_ref(), "Errors"),
        Some(b"[]") => None,
        // Errors that cannot be read are not none.
        Some(json) => match tolerant::any(json) {
            Some(errors) => Some(errors),
            None => return Shape::Unusual,
        },
    };
    Shape::Envelope(Payload { body, members, place, errors: list(errors) })
}

/// An envelope of an [unusual](Shape::Unusual) shape in the usual one: with its names unescaped and its strings
/// mended.
pub(crate) fn rewritten(body: &[u8]) -> Option<Vec<u8>> {
    body.trim_ascii_start().strip_prefix(b"{")?;
    let usual = serde_json::to_vec(&tolerant::any(body)?).ok()?;
    open(&usual, None)?;
    Some(usual)
}

fn says_nothing(json: &[u8]) -> bool {
    matches!(json, b"null" | b"[]" | b"{}" | b"\"\"" | b"false")
}

fn is_payload(name: &[u8]) -> bool {
    matches!(name, b"payload" | b"Payload")
}

/// A member that is there and JSON.
fn read(json: Option<&[u8]>) -> Option<Value> {
    tolerant::any(json?)
}

fn member(object: Option<&Value>, name: &str) -> Option<Value> {
    object?.get(name).cloned()
}

fn words(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of complaints as vendors write it: a list, one of them alone, or nothing in many forms.
fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        None | Some(Value::Null | Value::Bool(_)) => Vec::new(),
        Some(Value::Array(items)) => items.into_iter().filter(|item| !item.is_null()).collect(),
        Some(Value::String(text)) if text.trim().is_empty() => Vec::new(),
        Some(Value::Object(members)) if members.is_empty() => Vec::new(),
        Some(other) => vec![other],
    }
}

fn record_count(value: &Value) -> Option<RecordCount> {
    let members = value.as_object()?;
    let number =
        |camel: &str, pascal: &str| match members.get(camel).or_else(|| members.get(pascal))? {
            Value::String(digits) => digits.trim().parse().ok(),
            number => number.as_u64(),
        };
    Some(RecordCount {
        total: number("totalRecordsFound", "TotalRecordsFound"),
        start: number("startingRecord", "StartingRecord"),
        returned: number("recordsReturned", "RecordsReturned"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn opened(body: &Value) -> Option<(Option<String>, EnvelopeInfo, Vec<Value>)> {
        let body = body.to_string();
        let payload = open(body.as_bytes(), None)?;
        let value = payload.value().map(|json| String::from_utf8(json.to_vec()).unwrap());
        Some((value, payload.said().info().clone(), payload.errors))
    }

    #[test]
    fn takes_the_envelope_off_in_both_spellings() {
        let (value, info, errors) = opened(&json!({
            "apiVersion": "1.2", "warnings": ["slow"], "errors": [], "payload": {"id": 1},
            "recordCount": {"totalRecordsFound": 7, "startingRecord": 2, "recordsReturned": 1},
            "meta": {"createdAt": "now"}, "_links": {"self": "/x"},
        }))
        .unwrap();
        assert_eq!(value.unwrap(), r#"{"id":1}"#);
        assert_eq!(info.api_version.as_deref(), Some("1.2"));
        assert_eq!(info.warnings, [json!("slow")]);
        let expected = RecordCount { total: Some(7), start: Some(2), returned: Some(1) };
        assert_eq!(info.record_count, Some(expected));
        assert_eq!(info.links, Some(json!({"self": "/x"})));
        assert!(errors.is_empty());

        let (value, info, errors) = opened(&json!({
            "ApiVersion": "1.0", "Payload": [1], "RecordCount": {"TotalRecordsFound": 1},
            "Meta": {"Warnings": [], "Errors": [{"message": "no"}]},
        }))
        .unwrap();
        assert_eq!(value.unwrap(), "[1]");
        assert_eq!(info.record_count.unwrap().total, Some(1));
        assert_eq!(errors, [json!({"message": "no"})]);
    }

    #[test]
    fn leaves_values_without_an_envelope_alone() {
        for bare in [
            json!([1]),
            json!("text"),
            json!({}),
            json!({"id": 1, "errors": []}),
            json!({"payload": 1}),
            json!({"apiVersion": "1.2", "id": 1}),
            json!(null),
        ] {
            assert!(opened(&bare).is_none(), "{bare}");
        }
        for torn in [
            "",
            "{",
            r#"{"apiVersion":"1","payload":{"#,
            r#"{"payload":1,"payload":2}"#,
            r#"{"apiVersion":"1","payload":1,"errors":no}"#,
        ] {
            assert!(open(torn.as_bytes(), None).is_none());
        }
    }

    #[test]
    fn broken_text_and_escaped_names_do_not_hide_an_envelope() {
        let broken = b"{\"apiVersion\":\"1\",\"payload\":null,\"errors\":[\"refus\xe9\"],\"warnings\":[\"\xff\"]}";
        let payload = open(broken, None).unwrap();
        assert_eq!(payload.errors, [json!("refus\u{fffd}")]);
        assert_eq!(payload.warnings(), [json!("\u{fffd}")]);
        let escaped = br#"{"api\u0056ersion":"1","\ud83d":0,"payload":[1],"errors":[]}"#;
        assert!(open(escaped, None).is_none());
        let usual = rewritten(escaped).unwrap();
        assert_eq!(open(&usual, None).unwrap().value().unwrap(), b"[1]");
        assert!(matches!(shape(escaped, None), Shape::Unusual));
        assert!(matches!(shape(br#"{"id":1}"#, None), Shape::Value));
        for other in [&br#"{"\u0061":1}"#[..], b"[1]", b"{", br#"{"payload":1}"#, b""] {
            assert!(rewritten(other).is_none());
        }
    }

    #[test]
    fn an_envelope_with_a_member_twice_is_one() {
        for (body, value, errors) in [
            (r#"{"apiVersion":"1","ApiVersion":"2","payload":[1]}"#, "[1]", 0),
            (r#"{"apiVersion":"1","payload":null,"Payload":[1],"errors":[]}"#, "[1]", 0),
            (r#"{"apiVersion":"1","payload":[1],"payload":null,"errors":[]}"#, "[1]", 0),
            (r#"{"apiVersion":"1","payload":[1],"errors":null,"errors":["late"]}"#, "[1]", 1),
            (r#"{"apiVersion":"1","payload":[1],"errors":["early"],"errors":[]}"#, "[1]", 1),
        ] {
            let payload = open(body.as_bytes(), None).unwrap();
            assert_eq!(payload.value().unwrap(), value.as_bytes(), "{body}");
            assert_eq!(payload.errors.len(), errors, "{body}");
        }
        let two = br#"{"apiVersion":"1","payload":[1],"Payload":[2]}"#;
        assert!(matches!(shape(two, None), Shape::TwoPayloads));
    }

    #[test]
    fn a_count_may_be_text() {
        let body = json!({"payload": [], "recordCount": {"totalRecordsFound": "25"}});
        let (_, info, _) = opened(&body).unwrap();
        assert_eq!(info.record_count.unwrap().total, Some(25));
    }

    #[test]
    fn nothing_comes_in_many_forms() {
        for nothing in [json!(null), json!([]), json!(""), json!({}), json!([null])] {
            let body = json!({"apiVersion": "1.2", "payload": null, "errors": nothing});
            let (value, _, errors) = opened(&body).unwrap();
            assert!(value.unwrap() == "null" && errors.is_empty(), "{body}");
        }
        let (_, _, errors) = opened(&json!({"apiVersion": 1.2, "errors": "bad"})).unwrap();
        assert_eq!(errors, [json!("bad")]);
    }
}
