//! Finds the members of a response object without parsing their values.

use std::ops::Range;

use crate::envelope::scan::{self, set_once};

/// The JSON of each member of a response object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Members<'a> {
    pub(super) id: Option<&'a [u8]>,
    pub(super) result: Option<&'a [u8]>,
    pub(super) error: Option<&'a [u8]>,
}

impl Members<'_> {
    pub(super) fn is_success(&self) -> bool {
        self.error.is_none_or(|error| error == b"null")
    }
}

/// The members of a response object; `None` for anything unusual, which needs a parser. `result` is where a
/// value was decoded before, and is not scanned again.
pub(super) fn scan<'a>(body: &'a [u8], result: Option<&Range<usize>>) -> Option<Members<'a>> {
    let mut members = Members::default();
    scan::members(body, result, |name, range| match name {
        b"id" => set_once(&mut members.id, &body[range]),
        b"result" => set_once(&mut members.result, &body[range]),
        b"error" => set_once(&mut members.error, &body[range]),
        _ => Some(()),
    })?;
    Some(members)
}

/// Where the JSON of `result` begins, if the members before it identify the body as a response to the request
/// with this id. Once the value is decoded, [`is_success_around`](super::is_success_around) checks the rest.
pub(crate) fn begin_of_result(body: &[u8], id: &str) -> Option<usize> {
    let mut id_found = false;
    let begin = scan::begin_of(
        body,
        |name| name == b"result",
        |name, value| match name {
            b"jsonrpc" => value == b"\"2.0\"",
            b"id" => {
                id_found = is_plain_id(value, id);
                id_found
            }
            // An error, or something unusual.
            _ => false,
        },
    );
    begin.filter(|_| id_found)
}

/// Whether an id is the request's, written without escapes.
pub(super) fn is_plain_id(found: &[u8], id: &str) -> bool {
    let unquoted = found.strip_prefix(b"\"").and_then(|id| id.strip_suffix(b"\""));
    unquoted.unwrap_or(found) == id.as_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn finds_what_a_parser_finds() {
        let values = [
            json!(null),
            json!(-1.5e3),
            json!("a\"b\\"),
            json!("}]{[\\\""),
            json!([]),
            json!({}),
            json!([[{"a": "]"}, "é\u{1F600}", {"b": [1, 2, {"c": null}]}], true]),
        ];
        for value in &values {
            for other in &values {
                let object = json!({"result": value, "more": other, "id": "1", "error": other});
                for json in [object.to_string(), format!(" {object:#}\n")] {
                    let members = scan(json.as_bytes(), None).unwrap();
                    let read = |json: Option<&[u8]>| -> Value {
                        serde_json::from_slice(json.unwrap()).unwrap()
                    };
                    assert_eq!(read(members.result), *value);
                    assert_eq!(read(members.error), *other);
                    assert_eq!(members.id.unwrap(), b"\"1\"");
                }
            }
        }
    }

    #[test]
    fn a_result_begins_after_the_id_of_its_request() {
        let begin =
            |json: &str| begin_of_result(json.as_bytes(), "7").map(|at| json[at..].to_owned());
        let plain = r#" {"jsonrpc":"2.0", "id":"7" ,"result": {"a":["}"]} } "#;
        assert_eq!(begin(plain).unwrap(), r#"{"a":["}"]} } "#);
        assert_eq!(begin(r#"{"id":7 ,"result":[]}"#).unwrap(), "[]}");
        assert_eq!(begin(r#"{"id":"7","result":"#).unwrap(), "");
        for other in [
            r#"{"id":"8","result":[]}"#,
            r#"{"id":"77","result":[]}"#,
            r#"{"id":77,"result":[]}"#,
            r#"{"jsonrpc":"1.0","id":"7","result":[]}"#,
            r#"{"result":[],"id":"7"}"#,
            r#"{"id":"7","error":{},"result":[]}"#,
            r#"{"id":"7"}"#,
            "",
        ] {
            assert_eq!(begin(other), None, "{other}");
        }
    }

    #[test]
    fn a_decoded_value_is_not_scanned_again() {
        // The result is not JSON: scanning it would fail.
        let body = r#"{"id":"7","result":}}{{"",,"error":null}"#;
        let begin = begin_of_result(body.as_bytes(), "7").unwrap();
        let place = begin..body.find(r#","error"#).unwrap();
        let members = scan(body.as_bytes(), Some(&place)).unwrap();
        assert_eq!(
            (members.result.unwrap(), members.error.unwrap()),
            (&body.as_bytes()[place], &b"null"[..])
        );
        assert_eq!(scan(body.as_bytes(), Some(&(begin..begin + 1))), None);
        assert_eq!(scan(body.as_bytes(), Some(&(begin..body.len() + 9))), None);
    }

    #[test]
    fn leaves_the_unusual_to_the_parser_and_survives_any_damage() {
        for unusual in
            ["", "[]", "{", "{}", "{\"id\"}", "{\"id\":}", "{\"\\u0069d\":1}", "{\"id\":1,}"]
        {
            assert_eq!(scan(unusual.as_bytes(), None), None, "{unusual}");
        }
        assert_eq!(scan(br#"{"id":1,"id":2}"#, None), None);
        assert_eq!(scan(br#"{"id":1} x"#, None), None);
        let whole = br#"{"id":"1","result":{"a":["b\\\"",1,{"c":"d"}]},"error":null}"#;
        for length in 0..whole.len() {
            assert_eq!(scan(&whole[..length], None), None);
        }
        for at in 0..whole.len() {
            for byte in [0, b'"', b'\\', b'{', b'}', b',', 0xff] {
                let mut bytes = whole.to_vec();
                bytes[at] = byte;
                let _ = scan(&bytes, None);
            }
        }
    }
}
