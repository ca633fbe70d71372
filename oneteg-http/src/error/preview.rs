//! The part of a response's body that an error shows.

use super::redact::{MASK, is_secret_member, without_signatures};

/// The maximum length of a preview, in bytes of the body.
const LONGEST: usize = 2048;

/// The first 2 KiB of a body as printable text, with credentials replaced.
pub(crate) fn preview(body: &[u8]) -> String {
    preview_of(body, LONGEST, is_secret_member)
}

/// The beginning of a body as printable text. The values of members with secret names are replaced.
pub(super) fn preview_of(body: &[u8], limit: usize, is_secret: fn(&str) -> bool) -> String {
    let head = &body[..body.len().min(limit)];
    let printable: String = String::from_utf8_lossy(head)
        .chars()
        .map(|c| if c.is_control() || c == '\u{feff}' { ' ' } else { c })
        .collect();
    let redacted = redact_members(&printable, is_secret);
    without_signatures(&redacted).unwrap_or(redacted)
}

/// Replaces the values of secret members, except literals such as `null`. No JSON parser is used, because the document may be cut off.
fn redact_members(json: &str, is_secret: fn(&str) -> bool) -> String {
    let mut redacted = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (name, after) = split_string(&rest[start + 1..]);
        let name_end = rest.len() - after.len();
        redacted.push_str(&rest[..name_end]);
        rest = after;
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value
            && is_secret(name)
            && let Some(after) = after_value(value)
        {
            redacted.push_str(": \"");
            redacted.push_str(MASK);
            redacted.push('"');
            rest = after;
        }
    }
    redacted.push_str(rest);
    redacted
}

/// What follows a JSON value; `None` if it is `null`, `true`, `false` or no value.
fn after_value(json: &str) -> Option<&str> {
    match json.chars().next()? {
        '"' => Some(split_string(&json[1..]).1),
        '-' | '0'..='9' => {
            Some(json.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c)))
        }
        '[' | '{' => {
            let (mut rest, mut depth) = (json, 0_usize);
            while let Some(at) = rest.find(['[', '{', ']', '}', '"']) {
                let after = &rest[at + 1..];
                rest = after;
                match json.as_bytes()[json.len() - after.len() - 1] {
                    b'"' => rest = split_string(after).1,
                    b'[' | b'{' => depth += 1,
                    _ if depth == 1 => return Some(after),
                    _ => depth -= 1,
                }
            }
            // Cut off.
            Some("")
        }
        _ => None,
    }
}

/// Splits at the closing quote of a JSON string whose opening quote was removed, or at the end if the string
/// is cut off.
fn split_string(json: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in json.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (&json[..at], &json[at + 1..]),
            _ => {}
        }
    }
    (json, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_credentials_and_control_characters() {
        let shown = preview(
            b"{\"access_token\" : \"canary\\\"1\", \"a\":\"b\",\r\n\"clientSecret\":\"canary2",
        );
        assert!(!shown.contains("canary"), "{shown}");
        assert_eq!(
            shown,
            "{\"access_token\": \"[secret]\", \"a\":\"b\",  \"clientSecret\": \"[secret]\""
        );
    }

    #[test]
    fn hides_credentials_that_are_no_strings() {
        for (body, shown) in [
            (r#"{"token":["canary","]"],"a":[1]}"#, r#"{"token": "[secret]","a":[1]}"#),
            (r#"{"secret":{"a":[{"b":"}"}]},"a":1}"#, r#"{"secret": "[secret]","a":1}"#),
            (r#"{"password":-47.11e3,"a":1}"#, r#"{"password": "[secret]","a":1}"#),
            (r#"{"token":null,"a":1}"#, r#"{"token":null,"a":1}"#),
            (r#"{"token":[["canary""#, r#"{"token": "[secret]""#),
        ] {
            assert_eq!(preview(body.as_bytes()), shown);
        }
    }

    #[test]
    fn hides_the_signatures_of_links() {
        let shown =
            preview(b"{\"uploadUrl\":\"https://h/c?sp=cw&sig=canary%2B1%3D&se=2\",\"sig=\"");
        assert_eq!(shown, r#"{"uploadUrl":"https://h/c?sp=cw&sig=[secret]&se=2","sig=[secret]""#);
        assert!(!preview(b"x?X-Amz-Signature=canary").contains("canary"));
    }

    #[test]
    fn is_bounded_and_survives_any_bytes() {
        assert!(preview(&[b'x'; 100_000]).len() <= LONGEST);
        for bytes in [&b"\xff\xfe\"\\"[..], b"\"", b"", b"\"token\":\"", "\u{feff}\"é".as_bytes()]
        {
            let _ = preview(bytes);
        }
    }
}
