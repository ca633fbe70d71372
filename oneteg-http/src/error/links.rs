//! Signed links that a server mentions: the signature is a credential by itself.

use super::escapes;

/// How the names of a link's secret parameters end, in lower case.
const ENDINGS: [&str; 11] = [
    "sig",
    "signature",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "sessionkey",
    "session_key",
    "password",
    "secret",
    "signed",
];
/// The longest of them.
const LONGEST: usize = 11;

/// The string with the values of such parameters replaced.
pub(super) fn unsigned(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut shown = String::new();
    // Up to where the text was copied, where it is read, and the name before.
    let (mut copied, mut at) = (0, 0);
    let mut name: Vec<u8> = Vec::new();
    while let Some(unit) = escapes::next(&bytes[at..]) {
        at += unit.written;
        let &[byte] = unit.meant() else {
            name.clear();
            continue;
        };
        if byte == b'=' && is_secret(&name) {
            let end = at + value(&bytes[at..], unit.encoded);
            let hidden = text[at..].starts_with(super::SHOWN);
            if !hidden && text.is_char_boundary(end) {
                shown.push_str(&text[copied..at]);
                shown.push_str(super::SHOWN);
                (copied, at) = (end, end);
            }
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' => name.push(byte.to_ascii_lowercase()),
            _ => name.clear(),
        }
        let long = name.len().saturating_sub(LONGEST);
        name.drain(..long);
    }
    if copied == 0 {
        return None;
    }
    shown.push_str(&text[copied..]);
    Some(shown)
}

fn is_secret(name: &[u8]) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending.as_bytes()))
}

/// How long a parameter's value is. Where the whole link was encoded, its end shows only in what follows.
fn value(text: &[u8], inside: bool) -> usize {
    let mut end = 0;
    while let Some(unit) = escapes::next(&text[end..]) {
        let goes_on = match unit.meant() {
            _ if unit.encoded => !inside || unit.meant() != b"&",
            // Also the space that a `+` is read as.
            [b' '] => text[end] != b' ',
            [byte] => byte.is_ascii_alphanumeric() || b"%/=-_.~".contains(byte),
            _ => false,
        };
        if !goes_on {
            break;
        }
        end += unit.written;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signatures_of_links_are_not_shown() {
        for (text, shown) in [
            ("https://h/c?sp=cw&sig=canary%2B1%3D&se=2", "https://h/c?sp=cw&sig=[secret]&se=2"),
            ("no: /c?SIG=ca+na/ry== (404)", "no: /c?SIG=[secret] (404)"),
            (r"h?sig=ca\u002Bnary\u0026se=2", r"h?sig=[secret]\u0026se=2"),
            ("h?sp=r&amp;sig=ca&#43;nary&amp;se=2", "h?sp=r&amp;sig=[secret]&amp;se=2"),
            ("x?X-Amz-Signature=canary&x=1", "x?X-Amz-Signature=[secret]&x=1"),
            ("x?access_token=canary", "x?access_token=[secret]"),
            (
                "to=https%3A%2F%2Fh%2Fc%3Fsig%3Dcanary%26se%3D2",
                "to=https%3A%2F%2Fh%2Fc%3Fsig%3D[secret]%26se%3D2",
            ),
        ] {
            assert_eq!(unsigned(text).unwrap(), shown);
        }
        for plain in ["", "a sig", "page=3", "é=1", "the total=10", "sig=[secret]"] {
            assert_eq!(unsigned(plain), None, "{plain}");
        }
    }
}
