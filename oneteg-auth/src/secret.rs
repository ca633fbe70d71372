use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A secret text: zeroised when dropped, and printed as `[secret]` by `Debug`.
///
/// It has no `Display` and no `Serialize`, so that it cannot slip into a log line or a file.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a text as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself. Every call is a place to review: it must go to a header of the connection's
    /// own server, or to a store, and nowhere else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing but white space in it.
    pub fn is_blank(&self) -> bool {
        self.expose().trim().is_empty()
    }

    /// The kind of its first character that no key contains: keys are printable ASCII without
    /// spaces.
    pub(crate) fn unsendable(&self) -> Option<&'static str> {
        self.expose().chars().find_map(|character| match character {
            '!'..='~' => None,
            ' ' => Some("a space"),
            _ => Some(hidden(character).unwrap_or("a character outside ASCII")),
        })
    }
}

/// The secret in the content of a file, a variable or a document, without the byte order mark and the
/// line break that editors add.
pub(crate) fn without_wrapping(text: &str) -> &str {
    without_bom(text).trim_end_matches(['\r', '\n'])
}

/// A string without the byte order mark that some editors begin a file with.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The kind of the first invisible character; no identifier or secret contains one on purpose.
pub(crate) fn hidden_character(text: &str) -> Option<&'static str> {
    text.chars().find_map(hidden)
}

fn hidden(character: char) -> Option<&'static str> {
    Some(match character {
        '\r' | '\n' | '\u{2028}' | '\u{2029}' => "a line break",
        '\t' => "a tab",
        '\u{feff}' => "a byte order mark (U+FEFF)",
        // Zero-width spaces and joiners, soft hyphen, marks of writing direction: what copying from a web
        // page or a word processor brings along.
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
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
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
