//! Mends text: what does not encode a character becomes U+FFFD, so that one broken name does not lose a
//! document.
//!
//! Only the content of strings is changed, and three words that some writers use for numbers that JSON does
//! not have. A document that is truncated, or not JSON for another reason, stays so.

use std::fmt::Write as _;

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The document with its strings mended.
pub(super) fn mend(json: &[u8]) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(quote) = memchr::memchr(b'"', rest) {
        outside(&rest[..quote], &mut mended);
        mended.push('"');
        rest = string(&rest[quote + 1..], &mut mended);
    }
    outside(rest, &mut mended);
    mended
}

/// What is between strings.
fn outside(bytes: &[u8], mended: &mut String) {
    let text = String::from_utf8_lossy(bytes);
    // What Python and others write for a number that is none; to JavaScript it is `null`.
    if text.contains("NaN") || text.contains("Infinity") {
        let text = text.replace("-Infinity", "null").replace("Infinity", "null");
        mended.push_str(&text.replace("NaN", "null"));
    } else {
        mended.push_str(&text);
    }
}

/// The rest of a string, up to and with its closing quote. Returns what follows it.
fn string<'a>(mut rest: &'a [u8], mended: &mut String) -> &'a [u8] {
    loop {
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
        let plain = rest.iter().position(ends).unwrap_or(rest.len());
        mended.push_str(&String::from_utf8_lossy(&rest[..plain]));
        rest = &rest[plain..];
        let Some((byte, after)) = rest.split_first() else { return rest };
        match byte {
            b'"' => {
                mended.push('"');
                return after;
            }
            b'\\' => rest = escape(after, mended),
            control => {
                // Writing to a `String` does not fail.
                let _ = write!(mended, "\\u{control:04x}");
                rest = after;
            }
        }
    }
}

/// What follows a backslash. Returns what follows the escape.
fn escape<'a>(rest: &'a [u8], mended: &mut String) -> &'a [u8] {
    match rest.split_first() {
        Some((b'u', after)) => unicode(after, mended),
        Some((byte @ (b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't'), after)) => {
            mended.extend(['\\', char::from(*byte)]);
            after
        }
        // No escape: the backslash was meant as one.
        Some(_) => {
            mended.push_str("\\\\");
            rest
        }
        None => rest,
    }
}

/// The hexadecimal digits of an escape; a surrogate counts with its other half only.
fn unicode<'a>(rest: &'a [u8], mended: &mut String) -> &'a [u8] {
    let Some(unit) = code_unit(rest) else {
        mended.push(REPLACEMENT);
        return rest;
    };
    let after = &rest[4..];
    let low = after.strip_prefix(b"\\u").and_then(code_unit);
    let length = match (unit, low) {
        (0xd800..=0xdbff, Some(0xdc00..=0xdfff)) => 10,
        (0xd800..=0xdfff, _) => {
            mended.push(REPLACEMENT);
            return after;
        }
        _ => 4,
    };
    mended.push_str("\\u");
    mended.extend(rest[..length].iter().map(|byte| char::from(*byte)));
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
        serde_json::from_str(&mend(json)).unwrap()
    }

    #[test]
    fn what_stands_for_no_character_is_replaced() {
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
    fn what_is_well_stays_as_it_is() {
        let well =
            r#" {"a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t": ["é😀", -1.5e3, true, null, "NaN"]} "#;
        assert_eq!(mend(well.as_bytes()), well);
    }

    #[test]
    fn numbers_that_json_does_not_have_are_null() {
        let read = read(br#"{"a":NaN,"b":[Infinity,-Infinity],"c":"NaN Infinity"}"#);
        assert_eq!(read, serde_json::json!({"a": null, "b": [null, null], "c": "NaN Infinity"}));
    }

    #[test]
    fn a_torn_document_stays_torn() {
        for torn in [&b"\""[..], b"\"\\", b"\"\\u", b"\"\\ud83d\\u", b"{\"a\":\"\xff", b"\xff", b""]
        {
            assert!(serde_json::from_str::<Value>(&mend(torn)).is_err());
        }
    }
}
