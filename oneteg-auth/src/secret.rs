use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret string: zeroised when dropped, and shown as `[secret]` by `Debug`.
///
/// It implements neither `Display` nor `Serialize`, so that it cannot slip into a log line or a file.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a string.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The secret itself. Review every call: the secret may go to a header of the connection's own server, or
    /// to a store, and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether it is empty or nothing but white space.
    pub fn is_blank(&self) -> bool {
        self.expose().trim().is_empty()
    }

    /// The kind of its first character that cannot be in a key: keys are printable ASCII without spaces.
    pub(crate) fn unsendable(&self) -> Option<&'static str> {
        self.expose().chars().find_map(|character| match character {
            '!'..='~' => None,
            ' ' => Some("a space"),
            _ => Some(hidden(character).unwrap_or("a character outside ASCII")),
        })
    }
}

/// The content of a file or variable without the byte order mark and the line break that editors add.
pub(crate) fn without_wrapping(value: &str) -> &str {
    without_bom(value).trim_end_matches(['\r', '\n'])
}

/// A string without the byte order mark that some editors begin a file with.
pub(crate) fn without_bom(value: &str) -> &str {
    value.strip_prefix('\u{feff}').unwrap_or(value)
}

/// The kind of the first invisible character. No identifier or secret contains one on purpose.
pub(crate) fn hidden_character(value: &str) -> Option<&'static str> {
    value.chars().find_map(hidden)
}

fn hidden(character: char) -> Option<&'static str> {
    Some(match character {
        '\r' | '\n' | '\u{2028}' | '\u{2029}' => "a line break",
        '\t' => "a tab",
        '\u{feff}' => "a byte order mark (U+FEFF)",
        // Zero-width spaces and joiners, the soft hyphen, direction marks: what is copied along from web pages
        // and word processors.
        '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{202a}'..='\u{202e}'
        | '\u{ad}'
        | '\u{180e}' => "an invisible character (such as a zero-width space)",
        _ if character.is_control() => "a control character",
        _ if character != ' ' && character.is_whitespace() => "a space that is not ASCII",
        _ => return None,
    })
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_it() {
        assert_eq!(
            format!("{:?}", Secret::new("canary-4711")),
            "[secret]",
            "a secret reached Debug"
        );
    }
}
