//! Header values as servers write them, which is not always ASCII.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header};

/// A header's value as a string. What is not ASCII is read as UTF-8, and invalid UTF-8 is replaced.
pub(crate) fn text(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// The URL in `Location`, perhaps a relative one. Servers write in UTF-8, and old ones in Latin-1, what should be
/// percent-encoded (RFC 9110 section 10.2.2); encoded byte by byte it is what they mean in either case.
pub fn location(headers: &HeaderMap) -> Option<String> {
    use percent_encoding::{CONTROLS, percent_encode};
    let value = headers.get(header::LOCATION)?;
    let text = percent_encode(value.as_bytes().trim_ascii(), CONTROLS).to_string();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_in_any_encoding() {
        for (bytes, url) in [
            (&b"/files/caf\xc3\xa9.jpg"[..], Some("/files/caf%C3%A9.jpg")),
            (b"/files/caf\xe9.jpg", Some("/files/caf%E9.jpg")),
            (b" /a%20b?c=d%26e ", Some("/a%20b?c=d%26e")),
            (b"", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_bytes(bytes).unwrap());
            assert_eq!(location(&headers).as_deref(), url);
        }
        assert_eq!(text(&HeaderValue::from_bytes(b"caf\xc3\xa9").unwrap()), "café");
    }
}
