//! What of an answer's body an error may show.

use super::links::unsigned;

/// The most of a body that an error keeps, in bytes.
const LONGEST: usize = 2048;

/// Members whose values are credentials, compared without case, `_` and `-`.
const SECRET_MEMBERS: [&str; 14] = [
    "accesstoken",
    "apikey",
    "apitoken",
    "authorization",
    "clientsecret",
    "idtoken",
    "password",
    "refreshtoken",
    "secret",
    "sessionkey",
    "sig",
    "signature",
    "subscriptionkey",
    "token",
];

/// The first 2 KiB of a body as printable text, credentials replaced.
pub(crate) fn preview(body: &[u8]) -> String {
    let head = &body[..body.len().min(LONGEST)];
    let text: String = String::from_utf8_lossy(head)
        .chars()
        .map(|c| if c.is_control() || c == '\u{feff}' { ' ' } else { c })
        .collect();
    let shown = redact(&text);
    unsigned(&shown).unwrap_or(shown)
}

/// Replaces the text values of secret members in what may be the torn beginning of a JSON document,
/// which is why no JSON parser is used.
fn redact(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let (name, after) = string_at(&rest[start + 1..]);
        let name_end = rest.len() - after.len();
        shown.push_str(&rest[..name_end]);
        rest = after;
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        if let Some(value) = value.and_then(|v| v.strip_prefix('"'))
            && is_secret(name)
        {
            let (_, after) = string_at(value);
            shown.push_str(": \"[secret]\"");
            rest = after;
        }
    }
    shown.push_str(rest);
    shown
}

/// Splits after the closing quote of a JSON string whose opening quote was taken; a torn string ends
/// with the text.
fn string_at(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

/// Whether a member or parameter of this name is a credential.
pub(super) fn is_secret(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_MEMBERS.contains(&plain.as_str())
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
