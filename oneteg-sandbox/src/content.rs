//! File answers: conditional and partial requests, and the headers of a file.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Bytes on their way out, with what the headers say of them.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    /// What the entity tag is made of.
    pub(crate) checksum: String,
    pub(crate) content_type: String,
    pub(crate) name: String,
    /// Whether it is to be saved rather than shown.
    pub(crate) attachment: bool,
}

impl Content {
    /// The whole, or the one range asked for (RFC 9110, sections 13.1.5 and 14). Several ranges, other
    /// units and malformed ranges are answered with the whole.
    pub(crate) fn respond(self, request: &HeaderMap) -> Response {
        let etag = format!("\"{}\"", self.checksum);
        let total = self.bytes.len();
        let asked = match range(request, &etag) {
            Some(parsed) => parsed.validate(total as u64),
            None => Ok(Vec::new()),
        };
        let (status, bytes, content_range) = match asked.as_deref() {
            Err(_) => {
                let unsatisfied = format!("bytes */{total}");
                (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(unsatisfied))
            }
            Ok([one]) => {
                let first = usize::try_from(*one.start()).unwrap_or(total).min(total);
                let after =
                    usize::try_from(*one.end()).unwrap_or(total).saturating_add(1).min(total);
                let part = format!("bytes {}-{}/{total}", one.start(), one.end());
                (StatusCode::PARTIAL_CONTENT, self.bytes.slice(first..after), Some(part))
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
        set(CONTENT_DISPOSITION, &disposition(self.attachment, &self.name));
        if let Some(content_range) = content_range {
            set(CONTENT_RANGE, &content_range);
        }
        response
    }
}

/// The range asked for, unless `If-Range` names another state of the file.
fn range(request: &HeaderMap, etag: &str) -> Option<http_range_header::ParsedRanges> {
    if request.get(IF_RANGE).is_some_and(|wanted| wanted.as_bytes() != etag.as_bytes()) {
        return None;
    }
    http_range_header::parse_range_header(request.get(RANGE)?.to_str().ok()?).ok()
}

/// What may stand unescaped in `filename*` (RFC 8187, section 3.2.1).
const ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `Content-Disposition` with the name as ASCII, and exactly (RFC 6266).
fn disposition(attachment: bool, name: &str) -> String {
    let kind = if attachment { "attachment" } else { "inline" };
    let plain: String =
        name.chars()
            .map(|c| {
                if (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\') { c } else { '_' }
            })
            .collect();
    let exact = utf8_percent_encode(name, ATTR_CHAR);
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        let header = disposition(true, "a\"; x=\r\nSet-Cookie: é.png");
        assert_eq!(
            header,
            "attachment; filename=\"a_; x=__Set-Cookie: _.png\"; \
             filename*=UTF-8''a%22%3B%20x%3D%0D%0ASet-Cookie%3A%20%C3%A9.png"
        );
    }
}
