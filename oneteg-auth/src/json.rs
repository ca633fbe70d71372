//! A lenient reader of JSON objects as servers send them: under any media type, with a byte order mark, with
//! broken characters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, value::RawValue};

/// The members of a JSON object; `None` for anything else.
///
/// A member that cannot be read (an unpaired surrogate, a number that is too large) is left out, and bytes that
/// are not UTF-8 are read as U+FFFD: a broken member must not lose the others.
pub(crate) fn members(body: &[u8]) -> Option<Map<String, Value>> {
    let document = String::from_utf8_lossy(body);
    // Scripts that include others write the byte order mark of each, and the line breaks between them.
    let document =
        document.trim_start_matches(|c: char| c == '\u{feff}' || c.is_ascii_whitespace());
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(document).ok()?;
    let read = |(name, value): (String, &RawValue)| {
        serde_json::from_str(value.get()).ok().map(|value| (name, value))
    };
    Some(raw.into_iter().filter_map(read).collect())
}

/// The error code of an OAuth error document (RFC 6749 section 5.2). Some servers put it into an object with a
/// `code`. An `error` that is present without naming a code is an empty code.
pub(crate) fn error_code(document: &Map<String, Value>) -> Option<&str> {
    match document.get("error")? {
        Value::Null | Value::Bool(false) => None,
        Value::String(code) => Some(code.trim()).filter(|code| !code.is_empty()),
        Value::Object(inner) if inner.is_empty() => None,
        Value::Object(inner) => {
            let code =
                ["code", "error", "type"].into_iter().find_map(|name| inner.get(name)?.as_str());
            Some(code.unwrap_or_default().trim())
        }
        Value::Array(list) if list.is_empty() => None,
        _ => Some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_odd_member_costs_no_other() {
        let body = b"\xef\xbb\xbf{\"a\":\"x\",\"half\":\"\\ud83d\",\"huge\":1e999,\"b\":[1],\"bytes\":\"\xff\"}";
        let read = members(body).unwrap();
        let names: Vec<&str> = read.keys().map(String::as_str).collect();
        assert_eq!(names, ["a", "b", "bytes"]);
        assert_eq!(read["bytes"], "\u{fffd}");
        let marks = b"\xef\xbb\xbf\r\n\xef\xbb\xbf{\"a\":1}";
        assert_eq!(members(marks).unwrap()["a"], 1);
        for other in ["", "[]", "\"{}\"", "{", "{} {}", "<html>", "null"] {
            assert!(members(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn an_error_is_found_in_each_of_its_forms() {
        for (document, code) in [
            (r#"{"error":"invalid_grant"}"#, Some("invalid_grant")),
            (r#"{"error":{"code":"invalid_grant","message":"x"}}"#, Some("invalid_grant")),
            (r#"{"error":{"code":400}}"#, Some("")),
            (r#"{"error":true}"#, Some("")),
            (r#"{"error":null}"#, None),
            (r#"{"error":""}"#, None),
            (r#"{"error":{}}"#, None),
            (r#"{"error":false}"#, None),
            (r#"{"code":"invalid_grant"}"#, None),
        ] {
            let members = members(document.as_bytes()).unwrap();
            assert_eq!(error_code(&members), code, "{document}");
        }
    }
}
