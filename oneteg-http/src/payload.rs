//! The envelope `{apiVersion, payload, recordCount, warnings, errors, meta, _links}`: taken off where it is,
//! and what it says beside the value kept.

use std::ops::Range;

use serde_json::Value;

use crate::skim::{begin_of, members, once};

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

/// A body with its envelope taken off.
#[derive(Debug)]
pub(crate) struct Payload<'a> {
    /// The JSON of the value; `None` is `null`.
    pub(crate) value: Option<&'a [u8]>,
    pub(crate) info: EnvelopeInfo,
    /// What the server reports as failed although it answered with success; empty when nothing.
    pub(crate) errors: Vec<Value>,
}

/// The members of the envelope; the vendor's pages spell them in PascalCase, its answers in camelCase.
#[derive(Default)]
struct Members<'a> {
    api_version: Option<Value>,
    build_version: Option<Value>,
    payload: Option<&'a [u8]>,
    record_count: Option<Value>,
    warnings: Option<Value>,
    errors: Option<Value>,
    meta: Option<Value>,
    links: Option<Value>,
}

impl<'a> Members<'a> {
    /// Takes a member; `None` when it is no JSON or was there before.
    fn take(&mut self, name: &[u8], json: &'a [u8]) -> Option<()> {
        if is_payload(name) {
            return once(&mut self.payload, json);
        }
        match self.place(name) {
            Some(place) => once(place, serde_json::from_slice(json).ok()?),
            None => Some(()),
        }
    }

    /// Where a member belongs that the envelope is known to have beside the value.
    fn place(&mut self, name: &[u8]) -> Option<&mut Option<Value>> {
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
}

/// Where the value begins in what looks like an envelope so far. Once it is decoded, the envelope is to be
/// [opened](open) around it.
pub(crate) fn begin_of_value(body: &[u8]) -> Option<usize> {
    begin_of(body, is_payload, |name, _| Members::default().place(name).is_some())
}

/// Takes the envelope off without reading the value in it, which may have been decoded before: whether it
/// is JSON, decoding it tells. `None` when there is no envelope, and the body is the value; so it is with
/// everything that is no plain object.
pub(crate) fn open<'a>(body: &'a [u8], value: Option<&Range<usize>>) -> Option<Payload<'a>> {
    let mut found = Members::default();
    members(body, value, |name, json| found.take(name, json))?;
    found.envelope()
}

fn is_payload(name: &[u8]) -> bool {
    matches!(name, b"payload" | b"Payload")
}

impl<'a> Members<'a> {
    fn envelope(self) -> Option<Payload<'a>> {
        // A value may well have one of these members of its own, but not several.
        let others = [&self.record_count, &self.warnings, &self.errors, &self.meta];
        let others = others.iter().filter(|member| member.is_some()).count();
        let api_version = self.api_version.filter(|version| !version.is_null());
        let is_envelope = match (&api_version, self.payload) {
            (Some(_), payload) => payload.is_some() || others > 0,
            (None, Some(_)) => others > 0,
            (None, None) => false,
        };
        if !is_envelope {
            return None;
        }
        let meta = self.meta.filter(|meta| !meta.is_null());
        // In its PascalCase form, the lists are inside of `Meta`.
        let inner = |name: &str| meta.as_ref().and_then(|meta| meta.get(name)).cloned();
        let warnings = list(self.warnings.or_else(|| inner("Warnings")));
        let errors = list(self.errors.or_else(|| inner("Errors")));
        Some(Payload {
            value: self.payload.filter(|value| *value != b"null"),
            info: EnvelopeInfo {
                api_version: api_version.and_then(words),
                build_version: self.build_version.and_then(words),
                record_count: self.record_count.as_ref().and_then(record_count),
                warnings,
                meta,
                links: self.links.filter(|links| !links.is_null()),
            },
            errors,
        })
    }
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
    let number = |camel: &str, pascal: &str| {
        members.get(camel).or_else(|| members.get(pascal)).and_then(Value::as_u64)
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
        open(body.to_string().as_bytes(), None).map(|payload| {
            (
                payload.value.map(|json| String::from_utf8(json.to_vec()).unwrap()),
                payload.info,
                payload.errors,
            )
        })
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
        for torn in ["", "{", r#"{"apiVersion":"1","payload":{"#, r#"{"payload":1,"payload":2}"#] {
            assert!(open(torn.as_bytes(), None).is_none());
        }
    }

    #[test]
    fn nothing_comes_in_many_forms() {
        for nothing in [json!(null), json!([]), json!(""), json!({}), json!([null])] {
            let body = json!({"apiVersion": "1.2", "payload": null, "errors": nothing});
            let (value, _, errors) = opened(&body).unwrap();
            assert!(value.is_none() && errors.is_empty(), "{body}");
        }
        let (_, _, errors) = opened(&json!({"apiVersion": 1.2, "errors": "bad"})).unwrap();
        assert_eq!(errors, [json!("bad")]);
    }
}
