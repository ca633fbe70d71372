//! The members of a JSON-RPC response object, found without reading what is in them.

use std::ops::Range;

use crate::skim::{begin_of, members, once};

/// The members of a JSON-RPC response object, as their JSON.
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

/// The members, or `None` for everything unusual: a real parser then says what it is. The result may have
/// been decoded before.
pub(super) fn skim<'a>(body: &'a [u8], result: Option<&Range<usize>>) -> Option<Members<'a>> {
    let mut found = Members::default();
    members(body, result, |name, place| match name {
        b"id" => once(&mut found.id, &body[place]),
        b"result" => once(&mut found.result, &body[place]),
        b"error" => once(&mut found.error, &body[place]),
        _ => Some(()),
    })?;
    Some(found)
}

/// Where the JSON of `result` begins, in an answer to this request that says so before.
pub(super) fn begin_of_result(body: &[u8], id: &str) -> Option<usize> {
    let mut answered = false;
    let begin = begin_of(
        body,
        |name| name == b"result",
        |name, value| match name {
            b"jsonrpc" => value == b"\"2.0\"",
            b"id" => {
                answered = is_plain_answer_to(value, id);
                answered
            }
            // An error, or something unusual.
            _ => false,
        },
    );
    begin.filter(|_| answered)
}

/// Whether an id is the request's, written in the usual way.
pub(super) fn is_plain_answer_to(answered: &[u8], id: &str) -> bool {
    let text = answered.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    text.unwrap_or(answered) == id.as_bytes()
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
                for text in [object.to_string(), format!(" {object:#}\n")] {
                    let members = skim(text.as_bytes(), None).unwrap();
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
    fn a_result_begins_behind_the_id_of_its_request() {
        let begin =
            |text: &str| begin_of_result(text.as_bytes(), "7").map(|at| text[at..].to_owned());
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
    fn a_value_of_a_known_place_is_not_read_again() {
        // Nothing that could be skipped by looking at it.
        let text = r#"{"id":"7","result":}}{{"",,"error":null}"#;
        let begin = begin_of_result(text.as_bytes(), "7").unwrap();
        let place = begin..text.find(r#","error"#).unwrap();
        let members = skim(text.as_bytes(), Some(&place)).unwrap();
        assert_eq!(
            (members.result.unwrap(), members.error.unwrap()),
            (&text.as_bytes()[place], &b"null"[..])
        );
        assert_eq!(skim(text.as_bytes(), Some(&(begin..begin + 1))), None);
        assert_eq!(skim(text.as_bytes(), Some(&(begin..text.len() + 9))), None);
    }

    #[test]
    fn leaves_the_unusual_to_the_parser_and_survives_every_torn_text() {
        for unusual in
            ["", "[]", "{", "{}", "{\"id\"}", "{\"id\":}", "{\"\\u0069d\":1}", "{\"id\":1,}"]
        {
            assert_eq!(skim(unusual.as_bytes(), None), None, "{unusual}");
        }
        assert_eq!(skim(br#"{"id":1,"id":2}"#, None), None);
        assert_eq!(skim(br#"{"id":1} x"#, None), None);
        let whole = br#"{"id":"1","result":{"a":["b\\\"",1,{"c":"d"}]},"error":null}"#;
        for length in 0..whole.len() {
            assert_eq!(skim(&whole[..length], None), None);
        }
        for at in 0..whole.len() {
            for byte in [0, b'"', b'\\', b'{', b'}', b',', 0xff] {
                let mut bytes = whole.to_vec();
                bytes[at] = byte;
                let _ = skim(&bytes, None);
            }
        }
    }
}
