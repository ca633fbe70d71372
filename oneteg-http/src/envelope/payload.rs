//! The envelope `{apiVersion, payload, recordCount, warnings, errors, meta, _links}`.

use std::{ops::Range, sync::OnceLock};

use serde_json::Value;

use super::scan;
use crate::tolerant;

/// What a response's envelope contains besides the value.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct EnvelopeInfo {
    /// The version of the API.
    pub api_version: Option<String>,
    /// The build of the server.
    pub build_version: Option<String>,
    /// The number of records, for lists.
    pub record_count: Option<RecordCount>,
    /// The server's warnings; strings or objects.
    pub warnings: Vec<Value>,
    /// When and how the response was created.
    pub meta: Option<Value>,
    /// Links to related calls.
    pub links: Option<Value>,
}

/// The number of records in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordCount {
    /// All records found.
    pub total: Option<u64>,
    /// The index of the first one in this response, from 0.
    pub start: Option<u64>,
    /// The number of records in this response.
    pub returned: Option<u64>,
}

impl EnvelopeInfo {
    fn of(members: &Members<'_>) -> Self {
        let meta = members.meta();
        let warnings = parse_json(members.warnings).or_else(|| member(meta.as_ref(), "Warnings"));
        Self {
            api_version: parse_json(members.api_version).and_then(scalar),
            build_version: parse_json(members.build_version).and_then(scalar),
            record_count: parse_json(members.record_count).as_ref().and_then(record_count),
            warnings: list(warnings),
            meta,
            links: parse_json(members.links).filter(|links| !links.is_null()),
        }
    }
}

/// [`EnvelopeInfo`], parsed when it is first requested.
#[derive(Clone)]
pub(crate) struct EnvelopeMeta {
    /// The envelope, with a short placeholder instead of its value.
    envelope: Box<[u8]>,
    info: OnceLock<Box<EnvelopeInfo>>,
}

impl EnvelopeMeta {
    pub(crate) fn info(&self) -> &EnvelopeInfo {
        self.info.get_or_init(|| match parse(&self.envelope, None) {
            Payload::Wrapped(wrapped) => EnvelopeInfo::of(&wrapped.members).into(),
            _ => Box::default(),
        })
    }
}

/// The form of a body.
pub(super) enum Payload<'a> {
    /// A value in its envelope.
    Wrapped(Wrapped<'a>),
    /// A value without an envelope.
    Bare,
    /// An envelope with two payloads, of which either could be meant.
    Ambiguous,
    /// Not a plain object: escaped names, malformed JSON, or no object at all.
    Unusual,
}

/// A body in its envelope.
pub(super) struct Wrapped<'a> {
    body: &'a [u8],
    members: Members<'a>,
    /// Where the JSON of the value is.
    value: Option<Range<usize>>,
    /// The errors that the server reports next to the value.
    pub(super) errors: Vec<Value>,
}

impl<'a> Wrapped<'a> {
    /// The JSON of the value.
    pub(super) fn value(&self) -> Option<&'a [u8]> {
        self.value.clone().map(|range| &self.body[range])
    }

    pub(super) fn meta(&self) -> EnvelopeMeta {
        let envelope = match &self.value {
            Some(range) => [&self.body[..range.start], b"0", &self.body[range.end..]].concat(),
            None => self.body.to_vec(),
        };
        EnvelopeMeta { envelope: envelope.into(), info: OnceLock::new() }
    }

    pub(super) fn warnings(&self) -> Vec<Value> {
        EnvelopeInfo::of(&self.members).warnings
    }
}

/// The JSON of an envelope's members. The vendor documents them in PascalCase and sends camelCase.
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
    /// The place of a known member other than the value.
    fn named(&mut self, name: &[u8]) -> Option<&mut Option<&'a [u8]>> {
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
        parse_json(self.meta).filter(|meta| !meta.is_null())
    }

    /// Whether these members make an object an envelope. A value without an envelope may have one of them, but
    /// not several.
    fn are_an_envelope(&self, has_payload: bool) -> bool {
        let others = [self.record_count, self.warnings, self.errors, self.meta];
        let has_others = others.iter().any(Option::is_some);
        let has_version = self.api_version.is_some_and(|version| version != b"null");
        has_payload && has_others || has_version && (has_payload || has_others)
    }
}

/// Where the value begins in what looks like an envelope so far.
pub(super) fn begin_of_value(body: &[u8]) -> Option<usize> {
    scan::begin_of(body, is_payload, |name, _| Members::default().named(name).is_some())
}

/// Finds the members of an envelope without parsing the value. `value` is where a value was decoded before.
pub(super) fn parse<'a>(body: &'a [u8], value: Option<&Range<usize>>) -> Payload<'a> {
    let mut members = Members::default();
    let mut payload: Option<Range<usize>> = None;
    let mut is_ambiguous = false;
    // A member may occur twice, also in both spellings. The last one that is not empty counts.
    let scanned = scan::members(body, value, |name, range| {
        let json = &body[range.clone()];
        if is_payload(name) {
            let other = payload.as_ref().filter(|other| body[(*other).clone()] != *b"null");
            is_ambiguous |= other.is_some() && json != b"null";
            if other.is_none() {
                payload = Some(range);
            }
        } else if let Some(member) = members.named(name)
            && (member.is_none() || !is_empty(json))
        {
            *member = Some(json);
        }
        Some(())
    });
    if scanned.is_none() {
        return Payload::Unusual;
    }
    if !members.are_an_envelope(payload.is_some()) {
        return Payload::Bare;
    }
    if is_ambiguous {
        return Payload::Ambiguous;
    }
    let errors = match members.errors {
        // In the PascalCase form, the errors are in `Meta`.
        None => member(members.meta().as_ref(), "Errors"),
        Some(b"[]") => None,
        // Errors that cannot be parsed must not be ignored.
        Some(json) => match tolerant::any(json) {
            Some(errors) => Some(errors),
            None => return Payload::Unusual,
        },
    };
    Payload::Wrapped(Wrapped { body, members, value: payload, errors: list(errors) })
}

/// Rewrites an [unusual](Payload::Unusual) body, with names unescaped and malformed strings repaired. `None` if
/// the result is not an envelope.
pub(super) fn normalised(body: &[u8]) -> Option<Vec<u8>> {
    body.trim_ascii_start().strip_prefix(b"{")?;
    let normal = serde_json::to_vec(&tolerant::any(body)?).ok()?;
    matches!(parse(&normal, None), Payload::Wrapped(_)).then_some(normal)
}

fn is_empty(json: &[u8]) -> bool {
    matches!(json, b"null" | b"[]" | b"{}" | b"\"\"" | b"false")
}

fn is_payload(name: &[u8]) -> bool {
    matches!(name, b"payload" | b"Payload")
}

fn parse_json(json: Option<&[u8]>) -> Option<Value> {
    tolerant::any(json?)
}

fn member(object: Option<&Value>, name: &str) -> Option<Value> {
    object?.get(name).cloned()
}

fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(string) => Some(string),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of errors or warnings: an array, a single one, or one of many forms of nothing.
fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        None | Some(Value::Null | Value::Bool(_)) => Vec::new(),
        Some(Value::Array(items)) => items.into_iter().filter(|item| !item.is_null()).collect(),
        Some(Value::String(string)) if string.trim().is_empty() => Vec::new(),
        Some(Value::Object(members)) if members.is_empty() => Vec::new(),
        Some(single) => vec![single],
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

    fn unwrap(body: &[u8]) -> Option<Wrapped<'_>> {
        match parse(body, None) {
            Payload::Wrapped(wrapped) => Some(wrapped),
            _ => None,
        }
    }

    fn unwrapped(body: &Value) -> Option<(Option<String>, EnvelopeInfo, Vec<Value>)> {
        let body = body.to_string();
        let wrapped = unwrap(body.as_bytes())?;
        let value = wrapped.value().map(|json| String::from_utf8(json.to_vec()).unwrap());
        Some((value, wrapped.meta().info().clone(), wrapped.errors))
    }

    #[test]
    fn unwraps_both_spellings() {
        let (value, info, errors) = unwrapped(&json!({
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

        let (value, info, errors) = unwrapped(&json!({
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
            assert!(unwrapped(&bare).is_none(), "{bare}");
        }
        for malformed in [
            "",
            "{",
            r#"{"apiVersion":"1","payload":{"#,
            r#"{"payload":1,"payload":2}"#,
            r#"{"apiVersion":"1","payload":1,"errors":no}"#,
        ] {
            assert!(unwrap(malformed.as_bytes()).is_none());
        }
    }

    #[test]
    fn malformed_strings_and_escaped_names_do_not_hide_an_envelope() {
        let broken = b"{\"apiVersion\":\"1\",\"payload\":null,\"errors\":[\"refus\xe9\"],\"warnings\":[\"\xff\"]}";
        let wrapped = unwrap(broken).unwrap();
        assert_eq!(wrapped.errors, [json!("refus\u{fffd}")]);
        assert_eq!(wrapped.warnings(), [json!("\u{fffd}")]);
        let escaped = br#"{"api\u0056ersion":"1","\ud83d":0,"payload":[1],"errors":[]}"#;
        assert!(unwrap(escaped).is_none());
        let normal = normalised(escaped).unwrap();
        assert_eq!(unwrap(&normal).unwrap().value().unwrap(), b"[1]");
        assert!(matches!(parse(escaped, None), Payload::Unusual));
        assert!(matches!(parse(br#"{"id":1}"#, None), Payload::Bare));
        for other in [&br#"{"\u0061":1}"#[..], b"[1]", b"{", br#"{"payload":1}"#, b""] {
            assert!(normalised(other).is_none());
        }
    }

    #[test]
    fn an_envelope_may_have_a_member_twice() {
        for (body, value, errors) in [
            (r#"{"apiVersion":"1","ApiVersion":"2","payload":[1]}"#, "[1]", 0),
            (r#"{"apiVersion":"1","payload":null,"Payload":[1],"errors":[]}"#, "[1]", 0),
            (r#"{"apiVersion":"1","payload":[1],"payload":null,"errors":[]}"#, "[1]", 0),
            (r#"{"apiVersion":"1","payload":[1],"errors":null,"errors":["late"]}"#, "[1]", 1),
            (r#"{"apiVersion":"1","payload":[1],"errors":["early"],"errors":[]}"#, "[1]", 1),
        ] {
            let wrapped = unwrap(body.as_bytes()).unwrap();
            assert_eq!(wrapped.value().unwrap(), value.as_bytes(), "{body}");
            assert_eq!(wrapped.errors.len(), errors, "{body}");
        }
        let two = br#"{"apiVersion":"1","payload":[1],"Payload":[2]}"#;
        assert!(matches!(parse(two, None), Payload::Ambiguous));
    }

    #[test]
    fn a_count_may_be_a_string() {
        let body = json!({"payload": [], "recordCount": {"totalRecordsFound": "25"}});
        let (_, info, _) = unwrapped(&body).unwrap();
        assert_eq!(info.record_count.unwrap().total, Some(25));
    }

    #[test]
    fn no_errors_are_written_in_many_forms() {
        for empty in [json!(null), json!([]), json!(""), json!({}), json!([null])] {
            let body = json!({"apiVersion": "1.2", "payload": null, "errors": empty});
            let (value, _, errors) = unwrapped(&body).unwrap();
            assert!(value.unwrap() == "null" && errors.is_empty(), "{body}");
        }
        let (_, _, errors) = unwrapped(&json!({"apiVersion": 1.2, "errors": "bad"})).unwrap();
        assert_eq!(errors, [json!("bad")]);
    }
}
