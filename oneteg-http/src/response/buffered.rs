use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};

use crate::{Error, ErrorKind, header_value, tolerant};

/// A response whose body was read into memory.
#[derive(Debug)]
pub(crate) struct BufferedResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) responder: Responder,
}

/// The server that responded, for messages. Set where an error is created: a success does not need it.
#[derive(Debug, Default)]
pub(crate) struct Responder {
    pub(crate) host: String,
    /// Whether it is a server other than that of the base URL.
    pub(crate) is_external: bool,
    /// Whether the server of the base URL redirected there.
    pub(crate) redirected: bool,
}

impl BufferedResponse {
    /// Reads the body, up to `limit` bytes.
    pub(crate) async fn read(
        response: &mut reqwest::Response,
        limit: usize,
    ) -> Result<Self, Error> {
        // An announced length above the limit is refused without reading.
        let announced = response.content_length().unwrap_or(0);
        if announced > limit as u64 {
            return Err(too_large(response, limit));
        }
        // Most bodies arrive in one chunk, which is then used without copying.
        let mut first = Bytes::new();
        let mut body = BytesMut::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if chunk.len() > limit - first.len() - body.len() => {
                    return Err(too_large(response, limit));
                }
                Ok(Some(chunk)) if first.is_empty() && body.is_empty() => first = chunk,
                Ok(Some(chunk)) => {
                    if body.is_empty() {
                        #[allow(clippy::cast_possible_truncation)]
                        body.reserve(announced.min(64 * 1024) as usize);
                        body.extend_from_slice(&std::mem::take(&mut first));
                    }
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                Err(error) => {
                    let read = if body.is_empty() { &first[..] } else { &body[..] };
                    return Err(describe(response, Error::from_reqwest(error)).with_body(read));
                }
            }
        }
        let body = if body.is_empty() { first } else { body.freeze() };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        Ok(Self { status, headers, body, responder: Responder::default() })
    }

    /// The body without a byte order mark.
    pub(crate) fn content(&self) -> &[u8] {
        tolerant::without_byte_order_mark(&self.body)
    }

    /// Whether the body is an HTML page.
    pub(crate) fn is_html(&self) -> bool {
        if self.looks_like_json() {
            return false;
        }
        let is_html = |media_type: &str| {
            let media_type = media_type.trim().to_ascii_lowercase();
            media_type.starts_with("text/html") || media_type.starts_with("application/xhtml")
        };
        // No JSON value begins with `<`.
        self.headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|declared| is_html(&header_value::to_string(declared)))
            || self.content().trim_ascii_start().first() == Some(&b'<')
    }

    pub(super) fn looks_like_json(&self) -> bool {
        matches!(self.content().trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// The content coding of a body that is still encoded. The HTTP client decodes the codings it requests, so
    /// this one was not requested.
    pub(super) fn unrequested_coding(&self) -> Option<String> {
        // The header is wrong if the body is plain JSON.
        let codings = content_codings(&self.headers).filter(|_| !self.looks_like_json())?;
        Some(codings.to_lowercase())
    }

    pub(crate) fn has_unrequested_coding(&self) -> bool {
        self.headers.contains_key(header::CONTENT_ENCODING) && self.unrequested_coding().is_some()
    }
}

fn too_large(response: &reqwest::Response, limit: usize) -> Error {
    let message = format!("the response is larger than the {limit} bytes this client accepts");
    describe(response, Error::new(ErrorKind::TooLarge, message))
}

fn describe(response: &reqwest::Response, error: Error) -> Error {
    error.with_status(response.status()).with_headers(response.headers())
}

/// The content codings of a response that change its bytes (RFC 9110 section 8.4), for a message.
pub(super) fn content_codings(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::CONTENT_ENCODING).iter();
    let codings: Vec<_> = values.map(header_value::to_string).collect();
    let codings = codings.join(", ");
    let changes = |coding: &str| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity");
    let is_coded = codings.split(',').map(str::trim).any(changes);
    is_coded.then(|| codings.chars().filter(|c| !c.is_control()).take(60).collect())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_codings_that_change_bytes_count() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            content_codings(&headers)
        };
        for plain in [&[][..], &["identity"], &["Identity"], &[""], &["identity, "]] {
            assert_eq!(read(plain), None, "{plain:?}");
        }
        assert_eq!(read(&["gzip"]).as_deref(), Some("gzip"));
        assert_eq!(read(&["identity", "br"]).as_deref(), Some("identity, br"));
    }

    #[test]
    fn a_body_that_begins_as_json_is_no_page_whatever_its_label() {
        let is_html = |media_type: &'static str, body: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
            let body = Bytes::from_static(body.as_bytes());
            let responder = Responder::default();
            BufferedResponse { status: StatusCode::OK, headers, body, responder }.is_html()
        };
        assert!(!is_html("text/html", " {\"id\":1}"));
        assert!(!is_html("text/html", "\u{feff}[1]"));
        assert!(is_html("text/html; charset=utf-8", "sign in"));
        assert!(is_html("Application/XHTML+xml", ""));
        assert!(is_html("application/json", "\n<html>"));
        assert!(!is_html("application/json", "\"<html>\""));
    }
}
