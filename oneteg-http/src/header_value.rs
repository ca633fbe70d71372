//! Header values that are not ASCII.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header};

/// A header's value as a string. Invalid UTF-8 is replaced.
pub(crate) fn to_string(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}

/// The URL in `Location`, which may be relative. Some servers write UTF-8 or Latin-1 where percent-encoding is
/// required (RFC 9110 section 10.2.2); encoding byte by byte yields the intended URL in both cases.
pub fn location(headers: &HeaderMap) -> Option<String> {
    use percent_encoding::{CONTROLS, percent_encode};
    let value = headers.get(header::LOCATION)?;
    let url = percent_encode(value.as_bytes().trim_ascii(), CONTROLS).to_string();
    (!url.is_empty()).then_some(url)
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
        assert_eq!(to_string(&HeaderValue::from_bytes(b"caf\xc3\xa9").unwrap()), "café");
    }
}
