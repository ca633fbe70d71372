//! File downloads: the headers of a file, conditional and partial requests, and checksums.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use http_range_header::RangeUnsatisfiableError;
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A file to send, with the values of its headers.
#[derive(Debug)]
pub(crate) struct FileContent {
    pub(crate) bytes: Bytes,
    /// Becomes the entity tag.
    pub(crate) checksum: String,
    pub(crate) content_type: String,
    pub(crate) name: String,
    /// Whether a browser saves the file rather than showing it.
    pub(crate) attachment: bool,
}

impl FileContent {
    /// Sends the whole file, or the one range asked for (RFC 9110, sections 13.1.5 and 14). A request
    /// for several ranges, in another unit, or with a malformed range gets the whole file.
    pub(crate) fn into_response(self, request: &HeaderMap) -> Response {
        let etag = format!("\"{}\"", self.checksum);
        let total = self.bytes.len();
        let ranges = match requested_ranges(request, &etag) {
            // An empty file has no first byte (RFC 9110, section 14.1.2).
            Some(_) if total == 0 => Err(RangeUnsatisfiableError::RangeReversed),
            Some(parsed) => parsed.validate(total as u64),
            None => Ok(Vec::new()),
        };
        let (status, bytes, content_range) = match ranges.as_deref() {
            Err(_) => {
                let unsatisfied = format!("bytes */{total}");
                (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(unsatisfied))
            }
            Ok([range]) => {
                let start = usize::try_from(*range.start()).unwrap_or(total).min(total);
                let end =
                    usize::try_from(*range.end()).unwrap_or(total).saturating_add(1).min(total);
                let content_range = format!("bytes {}-{}/{total}", range.start(), range.end());
                (StatusCode::PARTIAL_CONTENT, self.bytes.slice(start..end), Some(content_range))
            }
            Ok(_) => (StatusCode::OK, self.bytes.clone(), None),
        };
        let length = bytes.len();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(ETAG, &etag);
        set(CONTENT_TYPE, &self.content_type);
        set(CONTENT_DISPOSITION, &content_disposition(self.attachment, &self.name));
        if let Some(content_range) = content_range {
            set(CONTENT_RANGE, &content_range);
        }
        response
    }
}

/// The ranges asked for, unless `If-Range` names another version of the file.
fn requested_ranges(request: &HeaderMap, etag: &str) -> Option<http_range_header::ParsedRanges> {
    if request.get(IF_RANGE).is_some_and(|expected| expected.as_bytes() != etag.as_bytes()) {
        return None;
    }
    http_range_header::parse_range_header(request.get(RANGE)?.to_str().ok()?).ok()
}

/// The characters that need no escaping in `filename*` (RFC 8187, section 3.2.1).
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `Content-Disposition` with the name twice: reduced to ASCII, and in full (RFC 6266).
fn content_disposition(attachment: bool, name: &str) -> String {
    let kind = if attachment { "attachment" } else { "inline" };
    let ascii: String =
        name.chars()
            .map(|c| {
                if (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\') { c } else { '_' }
            })
            .collect();
    let encoded = utf8_percent_encode(name, ATTR_CHAR);
    format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

/// The media type that a file's name suggests; `application/octet-stream` if it suggests none.
pub(crate) fn media_type(name: &str) -> String {
    mime_guess::from_path(name).first_or_octet_stream().to_string()
}

/// A digest in lower-case hexadecimal.
pub(crate) fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The MD5 checksum in lower-case hexadecimal.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex(Md5::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let header = content_disposition(true, "a\"; x=\r\nSet-Cookie: é.png");
        assert_eq!(
            header,
            "attachment; filename=\"a_; x=__Set-Cookie: _.png\"; \
             filename*=UTF-8''a%22%3B%20x%3D%0D%0ASet-Cookie%3A%20%C3%A9.png"
        );
    }

    #[test]
    fn a_range_is_sent_alone_and_only_of_the_expected_version() {
        let of_bytes = |bytes: &'static [u8], headers: &[(HeaderName, &'static str)]| {
            let request =
                headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            let content = FileContent {
                bytes: Bytes::from_static(bytes),
                checksum: "v1".into(),
                content_type: media_type("a.txt"),
                name: "a.txt".into(),
                attachment: false,
            };
            let response = content.into_response(&request.collect());
            let range = response.headers().get(CONTENT_RANGE);
            let range = range.map(|range| range.to_str().unwrap().to_owned());
            (response.status().as_u16(), range)
        };
        let status_and_range =
            |headers: &[(HeaderName, &'static str)]| of_bytes(b"0123456789", headers);
        assert_eq!(of_bytes(b"", &[(RANGE, "bytes=0-5")]), (416, Some("bytes */0".to_owned())));
        assert_eq!(
            status_and_range(&[(RANGE, "bytes=2-5")]),
            (206, Some("bytes 2-5/10".to_owned()))
        );
        assert_eq!(status_and_range(&[(RANGE, "bytes=20-")]), (416, Some("bytes */10".to_owned())));
        for whole in [
            &[][..],
            &[(RANGE, "bytes=0-1,4-5")],
            &[(RANGE, "lines=0-1")],
            &[(RANGE, "bytes=2-5"), (IF_RANGE, "\"v0\"")],
        ] {
            assert_eq!(status_and_range(whole), (200, None), "{whole:?}");
        }
        assert_eq!(status_and_range(&[(RANGE, "bytes=2-5"), (IF_RANGE, "\"v1\"")]).0, 206);
    }
}
