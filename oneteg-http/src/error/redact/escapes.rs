//! Compares strings regardless of escaping: URLs, JSON and HTML each write the same character in several ways,
//! and a secret in another spelling is still a secret.
//!
//! | Escape | Written | Also |
//! |---|---|---|
//! | percent | `%2B` | `%252B`, encoded twice |
//! | backslash | `\/`, `\u002b` | |
//! | entity | `&amp;`, `&#43;`, `&#x2B;` | |
//! | form | `+` for a space | `+` and space compare as equal |

/// The first character of a string, or the first byte of it, after decoding.
pub(super) struct Decoded {
    buffer: [u8; 4],
    length: u8,
    /// How many bytes of the string were decoded.
    pub(super) consumed: usize,
    /// Whether it was percent-encoded. Such a byte belongs to a value and does not end it.
    pub(super) percent_encoded: bool,
}

impl Decoded {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..usize::from(self.length)]
    }

    fn character(character: char, consumed: usize) -> Self {
        let mut buffer = [0; 4];
        let length = character.encode_utf8(&mut buffer).len();
        let length = u8::try_from(length).unwrap_or(4);
        // As for the other spellings: `+` and a space are the same in a form.
        if character == '+' {
            buffer[0] = b' ';
        }
        Self { buffer, length, consumed, percent_encoded: false }
    }

    fn byte(byte: u8, consumed: usize, percent_encoded: bool) -> Self {
        Self { buffer: [byte, 0, 0, 0], length: 1, consumed, percent_encoded }
    }
}

/// Decodes the beginning of a string; `None` if it is empty.
pub(super) fn decode_next(string: &[u8]) -> Option<Decoded> {
    let first = *string.first()?;
    let escaped = match first {
        b'%' => percent(string),
        b'\\' => backslash(string),
        b'&' => entity(string),
        b'+' => Some(Decoded::byte(b' ', 1, false)),
        _ => None,
    };
    Some(escaped.unwrap_or_else(|| Decoded::byte(first, 1, false)))
}

fn percent(string: &[u8]) -> Option<Decoded> {
    let mut at = 1;
    while string[at..].starts_with(b"25") && hex(string.get(at + 2..at + 4)?).is_some() {
        at += 2;
    }
    let byte = u8::try_from(hex(string.get(at..at + 2)?)?).ok()?;
    let byte = if byte == b'+' { b' ' } else { byte };
    Some(Decoded::byte(byte, at + 2, true))
}

fn backslash(string: &[u8]) -> Option<Decoded> {
    match string.get(1)? {
        b'u' => {
            let character = char::from_u32(hex(string.get(2..6)?)?)?;
            Some(Decoded::character(character, 6))
        }
        byte @ (b'/' | b'\\' | b'"') => Some(Decoded::byte(*byte, 2, false)),
        _ => None,
    }
}

fn entity(string: &[u8]) -> Option<Decoded> {
    const LONGEST: usize = 10;
    let end = string.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&string[1..end]).ok()?;
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(number) => u32::from_str_radix(number, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some(Decoded::character(character, end + 1))
}

fn hex(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The string with all escapes decoded.
pub(super) fn decode(string: &[u8]) -> Vec<u8> {
    let (mut rest, mut decoded) = (string, Vec::with_capacity(string.len()));
    while let Some(next) = decode_next(rest) {
        decoded.extend_from_slice(next.bytes());
        rest = &rest[next.consumed..];
    }
    decoded
}

/// Whether a string starts with a secret.
pub(super) enum Prefix {
    /// Yes; the secret takes up this many bytes of the string.
    Complete(usize),
    /// The string ends within the secret, after this many of its bytes.
    Cut(usize),
    None,
}

/// Compares the beginning of a string with a [decoded](decode) secret.
pub(super) fn prefix(string: &[u8], secret: &[u8]) -> Prefix {
    let (mut at, mut left) = (0, secret);
    while !left.is_empty() {
        let matched = secret.len() - left.len();
        let Some(next) = decode_next(&string[at..]) else {
            return Prefix::Cut(matched);
        };
        let Some(rest) = left.strip_prefix(next.bytes()) else {
            // The string may also end within an escape.
            let cut = matches!(string[at], b'%' | b'\\' | b'&') && string.len() - at < 6;
            return if cut { Prefix::Cut(matched) } else { Prefix::None };
        };
        at += next.consumed;
        left = rest;
    }
    Prefix::Complete(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_secret_are_equal() {
        let secret = decode("a+b/c=é&d".as_bytes());
        for spelling in [
            "a+b/c=é&d",
            "a b/c=é&d",
            "a%2Bb%2Fc%3D%C3%A9%26d",
            "a%2bb%2fc%3d%c3%a9%26d",
            "a%252Bb%252Fc%253D%25C3%25A9%2526d",
            r"a\u002Bb\/c\u003d\u00e9\u0026d",
            "a&#x2B;b/c&#61;é&amp;d",
        ] {
            let length = spelling.len();
            let found = prefix(format!("{spelling} rest").as_bytes(), &secret);
            assert!(matches!(found, Prefix::Complete(read) if read == length), "{spelling}");
        }
        for other in ["a+b/c=é&D", "a-b/c=é&d", "", "a+b/c"] {
            assert!(!matches!(prefix(other.as_bytes(), &secret), Prefix::Complete(_)), "{other}");
        }
    }

    #[test]
    fn malformed_escapes_are_read_as_they_are() {
        for odd in [
            "%",
            "%2",
            "%zz",
            "%25",
            "%2525",
            "\\",
            "\\u",
            "\\ud83d",
            "&",
            "&#;",
            "&#x110000;",
            "&amp",
        ] {
            assert!(!decode(odd.as_bytes()).is_empty(), "{odd}");
            let _ = prefix(odd.as_bytes(), b"secret");
        }
    }
}
