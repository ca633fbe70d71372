//! What surrounds the content of a response: JSON-RPC's response object, and MediaValet's envelope.

use oneteg_catalog::evidence::{Finding, Kind};
use serde_json::{Map, Value};

/// How many levels of a value in an envelope are described.
const DEPTH: usize = 3;

/// The content of a response, and where its envelope differs from the specification.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Unwrapped {
    /// `None` if the envelope reports an error, or has no content.
    pub(crate) content: Option<Value>,
    pub(crate) findings: Vec<Finding>,
    /// Whether the envelope reports that the call failed.
    pub(crate) failed: bool,
    /// The other members of the envelope.
    pub(crate) members: Map<String, Value>,
}

/// Unwraps a body. `kind` is that of the catalog.
pub(crate) fn unwrap(kind: &str, body: Value, rpc_id: Option<&Value>) -> Unwrapped {
    match (kind, body) {
        ("json-rpc", body) => json_rpc(body, rpc_id),
        ("payload", body) => payload(body),
        (_, body) => Unwrapped { content: Some(body), ..Unwrapped::default() },
    }
}

fn finding(name: &str, said: &str, seen: Option<&Value>) -> Finding {
    let mut finding = Finding::new(format!("envelope:{name}"), Kind::Envelope);
    finding.said = Some(said.to_owned());
    if let Some(seen) = seen {
        finding.seen.record(seen, DEPTH);
    }
    finding
}

fn json_rpc(body: Value, rpc_id: Option<&Value>) -> Unwrapped {
    let mut unwrapped = Unwrapped::default();
    let mut members = match body {
        Value::Object(members)
            if ["result", "error", "jsonrpc"].iter().any(|name| members.contains_key(*name)) =>
        {
            members
        }
        other => {
            unwrapped.findings.push(finding("", "an object with result or error", Some(&other)));
            unwrapped.content = Some(other);
            return unwrapped;
        }
    };
    if members.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        unwrapped.findings.push(finding("/jsonrpc", "the string 2.0", members.get("jsonrpc")));
    }
    let (sent, received) = (rpc_id.map(plain), members.get("id").map(plain));
    if sent != received {
        let mut finding = finding("/id", "the id of the request", members.get("id"));
        // An error about a request that the server could not read.
        finding.lenient = received.as_deref() == Some("null") && members.contains_key("error");
        unwrapped.findings.push(finding);
    }
    let error = members.get("error").filter(|error| !error.is_null());
    if let Some(error) = error {
        unwrapped.failed = true;
        let has_code = error.get("code").is_some_and(Value::is_i64);
        if !has_code || !error.get("message").is_some_and(Value::is_string) {
            unwrapped.findings.push(finding(
                "/error",
                "an object with code and message",
                Some(error),
            ));
        }
    }
    let result = members.remove("result");
    if result.is_none() && !unwrapped.failed {
        unwrapped.findings.push(finding("/result", "the content", None));
    }
    unwrapped.content = result.filter(|_| !unwrapped.failed);
    unknown(&mut unwrapped, &members, &["jsonrpc", "id", "error"]);
    unwrapped.members = members;
    unwrapped
}

/// An id as a string: servers may echo the string `"1"` as a number.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The members of MediaValet's envelope, with the types that they may have.
const PAYLOAD: [(&str, &[&str]); 8] = [
    ("apiVersion", &["string"]),
    ("buildVersion", &["string"]),
    ("recordCount", &["object"]),
    ("warnings", &["array"]),
    ("errors", &["array"]),
    ("meta", &["any"]),
    ("_links", &["any"]),
    ("payload", &["any"]),
];

/// The members of `recordCount`.
const RECORD_COUNT: [&str; 3] = ["totalRecordsFound", "startingRecord", "recordsReturned"];

fn payload(body: Value) -> Unwrapped {
    let mut unwrapped = Unwrapped::default();
    let is_known = |name: &str| PAYLOAD.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    let mut members = match body {
        Value::Object(members)
            if members.keys().filter(|name| is_known(name)).count() > 1
                || members.contains_key("payload") =>
        {
            members
        }
        other => {
            unwrapped.findings.push(finding("", "an object with payload", Some(&other)));
            unwrapped.content = Some(other);
            return unwrapped;
        }
    };
    // The vendor documents the names in PascalCase, and sends camelCase.
    for name in members.keys().cloned().collect::<Vec<_>>() {
        let exact = PAYLOAD.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        if let Some((known, _)) = exact.filter(|(known, _)| *known != name)
            && let Some(value) = members.remove(&name)
        {
            let mut finding = finding(&format!("/{known}"), known, None);
            finding.seen.values.insert(name);
            finding.lenient = true;
            unwrapped.findings.push(finding);
            members.entry(*known).or_insert(value);
        }
    }
    for (name, types) in PAYLOAD {
        let Some(value) = members.get(name).filter(|value| !value.is_null()) else { continue };
        if types[0] != "any" && types[0] != word(value) {
            unwrapped.findings.push(finding(&format!("/{name}"), types[0], Some(value)));
        }
    }
    if let Some(Value::Object(counts)) = members.get("recordCount") {
        for (name, value) in counts {
            match RECORD_COUNT.contains(&name.as_str()) {
                true if value.is_u64() || value.is_null() => {}
                true => unwrapped.findings.push(finding(
                    &format!("/recordCount/{name}"),
                    "integer",
                    Some(value),
                )),
                false => unwrapped.findings.push(finding(
                    &format!("/recordCount/{}", shown(name)),
                    "no such member",
                    Some(value),
                )),
            }
        }
    }
    let has_errors = members.get("errors").and_then(Value::as_array).is_some_and(|e| !e.is_empty());
    unwrapped.failed = has_errors;
    if !members.contains_key("payload") && !has_errors {
        unwrapped.findings.push(finding("/payload", "the content", None));
    }
    unwrapped.content = members.remove("payload").filter(|_| !has_errors);
    let known: Vec<&str> = PAYLOAD.iter().map(|(name, _)| *name).collect();
    unknown(&mut unwrapped, &members, &known);
    unwrapped.members = members;
    unwrapped
}

fn unknown(unwrapped: &mut Unwrapped, members: &Map<String, Value>, known: &[&str]) {
    for (name, value) in members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
        let place = format!("/{}", shown(name));
        unwrapped.findings.push(finding(&place, "no such member", Some(value)));
    }
}

fn shown(name: &str) -> &str {
    if oneteg_catalog::check::is_name(name) { name } else { "*" }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn places(unwrapped: &Unwrapped) -> Vec<&str> {
        unwrapped.findings.iter().map(|finding| finding.place.as_str()).collect()
    }

    #[test]
    fn the_response_object_of_json_rpc_is_checked() {
        let of = |body| unwrap("json-rpc", body, Some(&json!("1")));
        let valid = of(json!({ "jsonrpc": "2.0", "id": "1", "result": [] }));
        assert_eq!((valid.content.clone(), places(&valid)), (Some(json!([])), vec![]));
        assert!(of(json!({ "jsonrpc": "2.0", "id": 1, "result": null })).findings.is_empty());
        let failed = json!({ "jsonrpc": "2.0", "id": "1", "error": { "code": 1, "message": "a" } });
        let failed = of(failed);
        assert!(failed.failed && failed.content.is_none() && failed.findings.is_empty());
        for (body, place) in [
            (json!({ "id": "1", "result": 1 }), "envelope:/jsonrpc"),
            (json!({ "jsonrpc": "2.0", "id": "2", "result": 1 }), "envelope:/id"),
            (json!({ "jsonrpc": "2.0", "id": "1", "result": 1, "took": 5 }), "envelope:/took"),
            (json!({ "jsonrpc": "2.0", "id": "1", "error": "a" }), "envelope:/error"),
            (json!({ "jsonrpc": "2.0", "id": "1" }), "envelope:/result"),
            (json!({ "jsonrpc": "2.0", "id": "1", "error": null }), "envelope:/result"),
            (json!([1]), "envelope:"),
        ] {
            assert_eq!(places(&of(body.clone())), [place], "{body}");
        }
    }

    #[test]
    fn the_payload_envelope_is_checked() {
        let of = |body| unwrap("payload", body, None);
        let valid = of(json!({
            "apiVersion": "1.2", "payload": { "a": 1 }, "errors": [], "warnings": null, "meta": {},
            "recordCount": { "totalRecordsFound": 1, "startingRecord": 0, "recordsReturned": 1 }
        }));
        assert_eq!((valid.content.clone(), places(&valid)), (Some(json!({ "a": 1 })), vec![]));
        for (body, place) in [
            (json!({ "apiVersion": 1, "payload": 1 }), "envelope:/apiVersion"),
            (json!({ "apiVersion": "1", "payload": 1, "took": 1 }), "envelope:/took"),
            (json!({ "apiVersion": "1", "errors": [] }), "envelope:/payload"),
            (
                json!({ "payload": 1, "recordCount": { "totalRecordsFound": "1" } }),
                "envelope:/recordCount/totalRecordsFound",
            ),
            (json!({ "ApiVersion": "1", "payload": 1 }), "envelope:/apiVersion"),
            (json!([1]), "envelope:"),
        ] {
            assert_eq!(places(&of(body.clone())), [place], "{body}");
        }
        let failed = of(json!({ "apiVersion": "1", "payload": 1, "errors": [{ "code": 1 }] }));
        assert!(failed.failed && failed.content.is_none());
    }
}
