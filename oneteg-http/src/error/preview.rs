//! The part of a response's body that an error shows.

use super::redact::{MASK, is_secret_member, without_signatures};

/// The maximum length of a preview, in bytes of the body.
const LONGEST: usize = 2048;

/// The first 2 KiB of a body as printable text, with credentials replaced.
pub(crate) fn preview(body: &[u8]) -> String {
    let head = &body[..body.len().min(LONGEST)];
    let printable: String = String::from_utf8_lossy(head)
        .chars()
        .map(|c| if c.is_control() || c == '\u{feff}' { ' ' } else { c })
        .collect();
    let redacted = redact_members(&printable);
    without_signatures(&redacted).unwrap_or(redacted)
}

/// Replaces the string values of secret members. No JSON parser is used, because the document may be cut off.
fn redact_members(json: &str) -> String {
    let mut redacted = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (name, after) = split_string(&rest[start + 1..]);
        let name_end = rest.len() - after.len();
        redacted.push_str(&rest[..name_end]);
        rest = after;
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value.and_then(|value| value.strip_prefix('"'))
            && is_secret_member(name)
        {
            let (_, after) = split_string(value);
            redacted.push_str(": \"");
            redacted.push_str(MASK);
            redacted.push('"');
            rest = after;
        }
    }
    redacted.push_str(rest);
    redacted
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
