//! Replaces invalid text in a document, so that one broken name does not lose all of it.
//!
//! | Found | Becomes |
//! |---|---|
//! | bytes that are not UTF-8, half a surrogate pair, `\u` without four digits | U+FFFD |
//! | an unescaped control character | its escape |
//! | a backslash before another character than JSON escapes | a backslash |
//! | `NaN`, `Infinity`, `-Infinity` in place of a number | `null` |
//!
//! Nothing else is changed: a document that is truncated, or not JSON for another reason, stays so.

use std::fmt::Write as _;

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The document as valid text.
pub(super) fn sanitize(json: &[u8]) -> String {
    let mut output = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(quote) = memchr::memchr(b'"', rest) {
        between_strings(&rest[..quote], &mut output);
        output.push('"');
        rest = string(&rest[quote + 1..], &mut output);
    }
    between_strings(rest, &mut output);
    output
}

/// The bytes between two strings.
fn between_strings(bytes: &[u8], output: &mut String) {
    let text = String::from_utf8_lossy(bytes);
    // What Python and others write for numbers that JSON does not have, where JavaScript writes `null`.
    if text.contains("NaN") || text.contains("Infinity") {
        let text = text.replace("-Infinity", "null").replace("Infinity", "null");
        output.push_str(&text.replace("NaN", "null"));
    } else {
        output.push_str(&text);
    }
}

/// The rest of a string, including its closing quote. Returns what follows it.
fn string<'a>(mut rest: &'a [u8], output: &mut String) -> &'a [u8] {
    loop {
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let plain = rest.iter().position(ends).unwrap_or(rest.len());
        output.push_str(&String::from_utf8_lossy(&rest[..plain]));
        rest = &rest[plain..];
        let Some((byte, after)) = rest.split_first() else { return rest };
        match byte {
            b'"' => {
                output.push('"');
                return after;
            }
            b'\\' => rest = escape(after, output),
            control => {
                // Writing to a `String` does not fail.
                let _ = write!(output, "\\u{control:04x}");
                rest = after;
            }
        }
    }
}

/// The rest of an escape, after its backslash. Returns what follows it.
fn escape<'a>(rest: &'a [u8], output: &mut String) -> &'a [u8] {
    match rest.split_first() {
        Some((b'u', after)) => unicode(after, output),
        Some((byte @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), after)) => {
            output.extend(['\\', char::from(*byte)]);
            after
        }
        // Not an escape: a backslash was meant.
        Some(_) => {
            output.push_str("\\\\");
            rest
        }
        None => rest,
    }
}

/// The hexadecimal digits of an escape. A surrogate is valid with its other half only.
fn unicode<'a>(rest: &'a [u8], output: &mut String) -> &'a [u8] {
    let Some(unit) = code_unit(rest) else {
        output.push(REPLACEMENT);
        return rest;
    };
    let after = &rest[4..];
    let low = after.strip_prefix(b"\\u").and_then(code_unit);
    let length = match (unit, low) {
        (0xd800..=0xdbff, Some(0xdc00..=0xdfff)) => 10,
        (0xd800..=0xdfff, _) => {
            output.push(REPLACEMENT);
            return after;
        }
        _ => 4,
    };
    output.push_str("\\u");
    output.extend(rest[..length].iter().map(|byte| char::from(*byte)));
    &rest[length..]
}

fn code_unit(bytes: &[u8]) -> Option<u32> {
    bytes
        .get(..4)?
        .iter()
        .try_fold(0, |unit, byte| Some(unit * 16 + char::from(*byte).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn read(json: &[u8]) -> Value {
        serde_json::from_str(&sanitize(json)).unwrap()
    }

    #[test]
    fn what_encodes_no_character_is_replaced() {
        for (broken, expected) in [
            (&br#""party \ud83d""#[..], "party \u{fffd}"),
            (br#""\ude00 party""#, "\u{fffd} party"),
            (br#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (br#""\ud83d\n""#, "\u{fffd}\n"),
            (br#""\u12""#, "\u{fffd}12"),
            (br#""\uzzzz""#, "\u{fffd}zzzz"),
            (b"\"caf\xe9\"", "caf\u{fffd}"),
            (b"\"\xf0\x9f\x98\"", "\u{fffd}"),
            (b"\"a\tb\nc\x00\"", "a\tb\nc\0"),
            (br#""C:\dir\new""#, "C:\\dir\new"),
            (br#""it\'s""#, "it\\'s"),
        ] {
            assert_eq!(read(broken), Value::from(expected), "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn valid_text_is_unchanged() {
        let valid =
            r#" {"a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t": ["é😀", -1.5e3, true, null, "NaN"]} "#;
        assert_eq!(sanitize(valid.as_bytes()), valid);
    }

    #[test]
    fn numbers_that_json_does_not_have_are_null() {
        let read = read(br#"{"a":NaN,"b":[Infinity,-Infinity],"c":"NaN Infinity"}"#);
        assert_eq!(read, serde_json::json!({"a": null, "b": [null, null], "c": "NaN Infinity"}));
    }

    #[test]
    fn a_truncated_document_stays_truncated() {
        for truncated in
            [&b"\""[..], b"\"\\", b"\"\\u", b"\"\\ud83d\\u", b"{\"a\":\"\xff", b"\xff", b""]
        {
            assert!(serde_json::from_str::<Value>(&sanitize(truncated)).is_err());
        }
    }
}
