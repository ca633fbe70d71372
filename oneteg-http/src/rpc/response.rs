//! The members of a JSON-RPC response object, found without reading what is in them.

use crate::skim::{member_name, members, once, skip_space};

/// The members of a JSON-RPC response object, as their JSON.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Members<'a> {
    pub(super) id: Option<&'a [u8]>,
    pub(super) result: Option<&'a [u8]>,
    pub(super) error: Option<&'a [u8]>,
}

/// The members, or `None` for everything unusual: a real parser then says what it is.
pub(super) fn skim(body: &[u8]) -> Option<Members<'_>> {
    let mut found = Members::default();
    members(body, |name, value| match name {
        b"id" => once(&mut found.id, value),
        b"result" => once(&mut found.result, value),
        b"error" => once(&mut found.error, value),
        _ => Some(()),
    })?;
    Some(found)
}

/// The JSON of `result` where it looks like the last member of an answer to this request: found without
/// looking at what is in it, which is nearly all of the body. Whoever decodes it notices when it was not
/// the last member, since then more than one value is there: an error behind a result, say, which no
/// answer may have (JSON-RPC 2.0 section 5).
pub(super) fn last_result<'a>(body: &'a [u8], id: &str) -> Option<&'a [u8]> {
    let mut rest = skip_space(body).strip_prefix(b"{")?;
    let mut answered = false;
    let result = loop {
        let (name, after) = member_name(rest)?;
        rest = match name {
            b"result" => break after,
            b"jsonrpc" => after.strip_prefix(b"\"2.0\"")?,
            b"id" => {
                answered = true;
                match after.strip_prefix(b"\"") {
                    Some(text) => text.strip_prefix(id.as_bytes())?.strip_prefix(b"\"")?,
                    None => after.strip_prefix(id.as_bytes())?,
                }
            }
            // An error, or something unusual.
            _ => return None,
        };
        rest = skip_space(rest).strip_prefix(b",")?;
    };
    // The id may come after the result.
    if !answered {
        return None;
    }
    let value = result.trim_ascii_end().strip_suffix(b"}")?.trim_ascii_end();
    let closes = match value.first()? {
        b'{' => b'}',
        b'[' => b']',
        _ => return None,
    };
    (value.len() > 1 && value.last() == Some(&closes)).then_some(value)
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
                    let members = skim(text.as_bytes()).unwrap();
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
    fn the_last_result_is_the_same_or_none() {
        let found = |text: &str| {
            last_result(text.as_bytes(), "7").map(|json| String::from_utf8(json.to_vec()).unwrap())
        };
        let plain = r#" {"jsonrpc":"2.0", "id":"7" ,"result": {"a":["}"]} } "#;
        assert_eq!(found(plain).unwrap(), r#"{"a":["}"]}"#);
        assert_eq!(found(r#"{"id":"7","result":[]}"#).unwrap(), "[]");
        assert_eq!(found(r#"{"id":7 ,"result":[]}"#).unwrap(), "[]");
        for other in [
            r#"{"id":"8","result":[]}"#,
            r#"{"id":"77","result":[]}"#,
            r#"{"id":77,"result":[]}"#,
            r#"{"jsonrpc":"1.0","id":"7","result":[]}"#,
            r#"{"result":[],"id":"7"}"#,
            r#"{"id":"7","result":null}"#,
            r#"{"id":"7","result":[],"error":{}}"#,
            r#"{"id":"7","error":{},"result":[]}"#,
            r#"{"id":"7","result":[{]}"#.trim_end_matches(['}', ']']),
            r#"{"id":"7","result":"#,
            r#"{"id":"7","result":{}"#,
            "",
        ] {
            assert!(found(other).is_none_or(|json| json == "{"), "{other}: {:?}", found(other));
        }
        // Two values: whoever decodes it sees that.
        for two in [
            r#"{"id":"7","result":[1],"more":[2]}"#,
            r#"{"id":"7","result":{},"error":{"code":3004}}"#,
        ] {
            assert!(serde_json::from_str::<Value>(&found(two).unwrap()).is_err());
        }
    }

    #[test]
    fn leaves_the_unusual_to_the_parser_and_survives_every_torn_text() {
        for unusual in
            ["", "[]", "{", "{}", "{\"id\"}", "{\"id\":}", "{\"\\u0069d\":1}", "{\"id\":1,}"]
        {
            assert_eq!(skim(unusual.as_bytes()), None, "{unusual}");
        }
        assert_eq!(skim(br#"{"id":1,"id":2}"#), None);
        assert_eq!(skim(br#"{"id":1} x"#), None);
        let whole = br#"{"id":"1","result":{"a":["b\\\"",1,{"c":"d"}]},"error":null}"#;
        for length in 0..whole.len() {
            assert_eq!(skim(&whole[..length]), None);
        }
        for at in 0..whole.len() {
            for byte in [0, b'"', b'\\', b'{', b'}', b',', 0xff] {
                let mut bytes = whole.to_vec();
                bytes[at] = byte;
                let _ = skim(&bytes);
            }
        }
    }
}
