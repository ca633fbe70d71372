//! Signed links that a server mentions. Their signatures are credentials.

use super::{
    MASK, escapes,
    secret_names::{LONGEST_PARAMETER_ENDING, is_secret_parameter},
};

/// The string with the values of secret parameters replaced; `None` if it has none.
pub(in crate::error) fn without_signatures(string: &str) -> Option<String> {
    let bytes = string.as_bytes();
    let mut redacted = String::new();
    // Up to where the string was copied and read, and the parameter name that ends there.
    let (mut copied, mut at) = (0, 0);
    let mut name: Vec<u8> = Vec::new();
    while let Some(decoded) = escapes::decode_next(&bytes[at..]) {
        at += decoded.consumed;
        let &[byte] = decoded.bytes() else {
            name.clear();
            continue;
        };
        if byte == b'=' && is_secret_parameter(&name) {
            let end = at + value_length(&bytes[at..], decoded.percent_encoded);
            let is_masked = string[at..].starts_with(MASK);
            if !is_masked && string.is_char_boundary(end) {
                redacted.push_str(&string[copied..at]);
                redacted.push_str(MASK);
                (copied, at) = (end, end);
            }
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' => name.push(byte.to_ascii_lowercase()),
            _ => name.clear(),
        }
        let excess = name.len().saturating_sub(LONGEST_PARAMETER_ENDING);
        name.drain(..excess);
    }
    if copied == 0 {
        return None;
    }
    redacted.push_str(&string[copied..]);
    Some(redacted)
}

/// The length of a parameter's value. In a link that is percent-encoded as a whole (`encoded`), an encoded
/// `&` ends it.
fn value_length(bytes: &[u8], encoded: bool) -> usize {
    let mut end = 0;
    while let Some(decoded) = escapes::decode_next(&bytes[end..]) {
        let is_part = match decoded.bytes() {
            _ if decoded.percent_encoded => !encoded || decoded.bytes() != b"&",
            // A `+` is decoded to a space and is a part of the value; a space is not.
            [b' '] => bytes[end] != b' ',
            [byte] => byte.is_ascii_alphanumeric() || b"%/=-_.~".contains(byte),
            _ => false,
        };
        if !is_part {
            break;
        }
        end += decoded.consumed;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signatures_of_links_are_not_shown() {
        for (string, shown) in [
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
            assert_eq!(without_signatures(string).unwrap(), shown);
        }
        for plain in ["", "a sig", "page=3", "é=1", "the total=10", "sig=[secret]"] {
            assert_eq!(without_signatures(plain), None, "{plain}");
        }
    }
}
