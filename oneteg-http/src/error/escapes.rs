//! Reads a string through its escapes: URLs, JSON and HTML each write the same character in several ways,
//! and a secret that is written differently is still a secret.

/// One character, or one byte of it, as it was meant.
pub(super) struct Unit {
    bytes: [u8; 4],
    meant: u8,
    /// How many bytes of the string it takes.
    pub(super) written: usize,
    /// Whether it was percent-encoded, and so is a part of a value and never its end.
    pub(super) encoded: bool,
}

impl Unit {
    pub(super) fn meant(&self) -> &[u8] {
        &self.bytes[..usize::from(self.meant)]
    }

    fn of(character: char, written: usize) -> Self {
        let mut bytes = [0; 4];
        let meant = character.encode_utf8(&mut bytes).len();
        Self { bytes, meant: u8::try_from(meant).unwrap_or(4), written, encoded: false }
    }

    fn byte(byte: u8, written: usize, encoded: bool) -> Self {
        Self { bytes: [byte, 0, 0, 0], meant: 1, written, encoded }
    }
}

/// What a string begins with; `None` at its end.
pub(super) fn next(text: &[u8]) -> Option<Unit> {
    let first = *text.first()?;
    let escaped = match first {
        b'%' => percent(text),
        b'\\' => backslash(text),
        b'&' => entity(text),
        // A form's space.
        b'+' => Some(Unit::byte(b' ', 1, false)),
        _ => None,
    };
    Some(escaped.unwrap_or_else(|| Unit::byte(first, 1, false)))
}

/// `%2B`, and `%252B` where it was encoded again.
fn percent(text: &[u8]) -> Option<Unit> {
    let mut at = 1;
    while text[at..].starts_with(b"25") && hex(text.get(at + 2..at + 4)?).is_some() {
        at += 2;
    }
    let byte = u8::try_from(hex(text.get(at..at + 2)?)?).ok()?;
    // `+` and a space are the same in a query.
    let byte = if byte == b'+' { b' ' } else { byte };
    Some(Unit::byte(byte, at + 2, true))
}

/// `\/` and `\u002b`.
fn backslash(text: &[u8]) -> Option<Unit> {
    match text.get(1)? {
        b'u' => {
            let character = char::from_u32(hex(text.get(2..6)?)?)?;
            Some(plain(Unit::of(character, 6)))
        }
        byte @ (b'/' | b'\\' | b'"') => Some(Unit::byte(*byte, 2, false)),
        _ => None,
    }
}

/// `&amp;`, `&#43;` and `&#x2B;`.
fn entity(text: &[u8]) -> Option<Unit> {
    const LONGEST: usize = 10;
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
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
    Some(plain(Unit::of(character, end + 1)))
}

fn plain(mut unit: Unit) -> Unit {
    if unit.meant() == b"+" {
        unit.bytes[0] = b' ';
    }
    unit
}

fn hex(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The bytes that a string stands for.
pub(super) fn meaning(text: &[u8]) -> Vec<u8> {
    let (mut rest, mut meant) = (text, Vec::with_capacity(text.len()));
    while let Some(unit) = next(rest) {
        meant.extend_from_slice(unit.meant());
        rest = &rest[unit.written..];
    }
    meant
}

/// How a string continues, compared with the meaning of a secret.
pub(super) enum Begins {
    /// With all of it, in this many bytes of the string.
    With(usize),
    /// With this many bytes of it; then the string ends.
    Torn(usize),
    Not,
}

/// Compares the beginning of a string with the [meaning] of a secret.
pub(super) fn begins(text: &[u8], secret: &[u8]) -> Begins {
    let (mut read, mut left) = (0, secret);
    while !left.is_empty() {
        let Some(unit) = next(&text[read..]) else {
            return Begins::Torn(secret.len() - left.len());
        };
        let Some(rest) = left.strip_prefix(unit.meant()) else {
            // An escape may be torn as well.
            let torn = matches!(text[read], b'%' | b'\\' | b'&') && text.len() - read < 6;
            return match torn {
                true => Begins::Torn(secret.len() - left.len()),
                false => Begins::Not,
            };
        };
        read += unit.written;
        left = rest;
    }
    Begins::With(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meaning_has_many_spellings() {
        let secret = meaning("a+b/c=é&d".as_bytes());
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
            let found = begins(format!("{spelling} rest").as_bytes(), &secret);
            assert!(matches!(found, Begins::With(read) if read == length), "{spelling}");
        }
        for other in ["a+b/c=é&D", "a-b/c=é&d", "", "a+b/c"] {
            assert!(!matches!(begins(other.as_bytes(), &secret), Begins::With(_)), "{other}");
        }
    }

    #[test]
    fn no_bytes_are_too_odd() {
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
            assert!(!meaning(odd.as_bytes()).is_empty(), "{odd}");
            let _ = begins(odd.as_bytes(), b"secret");
        }
    }
}
