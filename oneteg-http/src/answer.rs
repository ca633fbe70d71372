//! Reading an answer: bounded, and with everything that is not the documented value told apart.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use oneteg_auth::Challenge;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Error, ErrorKind, Vendor, VendorFault, file_response, header_text, storage, tolerant};

/// An answer whose body was read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) from: Responder,
}

/// The server that responded, for messages. Filled in where an error is made: successful responses do not
/// need it.
#[derive(Debug, Default)]
pub(crate) struct Responder {
    pub(crate) host: String,
    /// Whether it is a server other than the connection's own.
    pub(crate) away: bool,
    /// Whether the connection's own server redirected there.
    pub(crate) redirected: bool,
}

impl Answer {
    /// Reads the body, up to a limit in bytes.
    pub(crate) async fn read(
        response: &mut reqwest::Response,
        limit: usize,
    ) -> Result<Self, Error> {
        // A declared length spares reading what will be refused.
        let declared = response.content_length().unwrap_or(0);
        if declared > limit as u64 {
            return Err(too_large(response, limit));
        }
        // Most answers come in one piece, which is then the body.
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
                        body.reserve(declared.min(64 * 1024) as usize);
                        body.extend_from_slice(&std::mem::take(&mut first));
                    }
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                Err(error) => {
                    let read = if body.is_empty() { &first[..] } else { &body[..] };
                    return Err(torn(response, error, read));
                }
            }
        }
        let body = if body.is_empty() { first } else { body.freeze() };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        Ok(Self { status, headers, body, from: Responder::default() })
    }

    /// An error about this answer, with everything that helps to find its cause.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.describe(Error::new(kind, message))
    }

    pub(crate) fn describe(&self, error: Error) -> Error {
        error.with_status(self.status).with_headers(&self.headers).with_body(&self.body)
    }

    /// The body without a byte order mark.
    pub(crate) fn text(&self) -> &[u8] {
        tolerant::without_byte_order_mark(&self.body)
    }

    /// Whether a web page came in place of data.
    pub(crate) fn is_html(&self) -> bool {
        if self.looks_like_json() {
            return false;
        }
        let is_html = |media_type: &str| {
            let media_type = media_type.trim().to_ascii_lowercase();
            media_type.starts_with("text/html") || media_type.starts_with("application/xhtml")
        };
        // No JSON text begins with `<`.
        self.headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|declared| is_html(&header_text::text(declared)))
            || self.text().trim_ascii_start().first() == Some(&b'<')
    }

    fn looks_like_json(&self) -> bool {
        matches!(self.text().trim_ascii_start().first(), Some(b'{' | b'['))
    }

    /// The error of an answer whose status says that the call failed.
    pub(crate) fn failure(&self, vendor: &dyn Vendor) -> Error {
        let document = tolerant::any(self.text());
        let plain = || {
            let text = Value::from(&*self.plain()?);
            vendor.fault(self.status, &self.headers, &text)
        };
        let fault = match &document {
            Some(body) => vendor.fault(self.status, &self.headers, body),
            None => storage::fault(&self.headers, self.text()).or_else(plain),
        };
        #[cfg(feature = "mock")]
        if let Some(error) = self.unmatched(fault.as_ref()) {
            return error;
        }
        let kind = fault
            .as_ref()
            .and_then(|fault| vendor.classify(fault))
            .unwrap_or_else(|| kind_of_status(self.status, &self.headers));
        self.fault(kind, fault.unwrap_or_default(), vendor)
    }

    /// The error that a vendor's fault stands for.
    pub(crate) fn fault(&self, kind: ErrorKind, fault: VendorFault, vendor: &dyn Vendor) -> Error {
        let error = self.error(kind, "");
        let wait = error.retry_after().or_else(|| vendor.retry_after(self.status, &fault));
        let words = fault.message.filter(|words| !words.trim().is_empty());
        let message = match words {
            // Else it would read as if the connection's own server had said so.
            Some(words) if self.from.away && self.from.redirected => {
                format!(
                    "{}, where the server redirected to, reports ({}): {words}",
                    self.from.host,
                    self.what()
                )
            }
            Some(words) => words,
            None => self.words(),
        };
        error
            .with_message(message)
            .with_code(fault.code)
            .with_data(fault.data)
            .with_retry_after(wait)
    }

    /// What a mock server returns when no mock matches: a mistake in a test, which must not look like a
    /// missing object.
    #[cfg(feature = "mock")]
    fn unmatched(&self, fault: Option<&VendorFault>) -> Option<Error> {
        const WORDS: &str = "Request did not match any route or mock";
        let is_mocks = self.status == StatusCode::NOT_FOUND
            && fault.is_some_and(|fault| fault.message.as_deref() == Some(WORDS));
        let message = "no mock matches this request; compare the mocks' operation and arguments with the call's";
        is_mocks.then(|| self.error(ErrorKind::Configuration, message))
    }

    /// A short plain text in place of an error document.
    fn plain(&self) -> Option<Cow<'_, str>> {
        const LONGEST: usize = 200;
        let text = self.text().trim_ascii();
        let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
        let short = !text.is_empty() && text.len() <= LONGEST && text.iter().all(is_text);
        // Words in another encoding are better than none.
        (short && !self.is_html() && !self.looks_like_json()).then(|| String::from_utf8_lossy(text))
    }

    /// What a failed answer without an error document says: a short text, or the status's meaning.
    fn words(&self) -> String {
        if let Some(text) = self.plain() {
            return text.into_owned();
        }
        let meaning = self.status.canonical_reason().unwrap_or("an unknown status");
        let mut what = if self.is_html() { " and a page of HTML" } else { "" }.to_owned();
        if let Some(coding) = self.coding() {
            what = format!(" and a body encoded with `{coding}`, which was not requested");
        }
        let who = match &self.from {
            Responder { away: false, .. } => "the server".to_owned(),
            Responder { host, redirected: true, .. } => {
                format!("{host}, a redirect target that is not sent the credential,")
            }
            Responder { host, .. } => host.clone(),
        };
        let came = if self.from.away { format!(" ({})", self.what()) } else { String::new() };
        format!("{who} answered with {meaning}{what}{came}")
    }

    /// What was received, before any interpretation: `HTTP 200, text/html`.
    fn what(&self) -> String {
        let declared = self.headers.get(header::CONTENT_TYPE).map(header_text::text);
        let media_type = declared.as_deref().and_then(|declared| declared.split(';').next());
        let media_type = media_type.map_or("no media type", str::trim);
        format!("HTTP {}, {media_type}", self.status.as_u16())
    }

    /// And from whom.
    fn seen(&self) -> String {
        let from = if self.from.host.is_empty() { "" } else { ", from " };
        format!("{}{from}{}", self.what(), self.from.host)
    }

    /// The content coding of a body that is still encoded. Only codings that the HTTP client decodes itself
    /// are requested.
    fn coding(&self) -> Option<String> {
        // A header that says so of plain JSON is wrong.
        let codings = file_response::coding(&self.headers).filter(|_| !self.looks_like_json())?;
        Some(codings.to_lowercase())
    }

    pub(crate) fn is_packed(&self) -> bool {
        self.headers.contains_key(header::CONTENT_ENCODING) && self.coding().is_some()
    }

    /// The error of a success whose body has a coding that was not requested.
    pub(crate) fn packed(&self) -> Option<Error> {
        let coding = self.coding()?;
        let seen = self.seen();
        let message = format!(
            "the response has the content coding `{coding}`, which was not requested ({seen}); a \
             proxy or the server ignores `Accept-Encoding`"
        );
        Some(self.error(ErrorKind::Decode, message))
    }

    /// The error of a page in place of data.
    #[cold]
    pub(crate) fn page(&self) -> Error {
        let seen = self.seen();
        let message = match self.notice() {
            Some(notice) => format!(
                "the server sent a PHP error message in place of data or before it ({seen}): {notice}; \
                 its administrator has to fix that or switch `display_errors` off"
            ),
            None => format!(
                "a page of HTML came instead of data ({seen}): check the base URL and the sign-in"
            ),
        };
        self.error(ErrorKind::Html, message)
    }

    /// The error of a value that is not as documented; if it is not JSON at all, with what was received.
    #[cold]
    pub(crate) fn undecodable(&self, error: Error, value: &[u8]) -> Error {
        if let Some(packed) = self.packed() {
            return packed;
        }
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok();
        if is_json || value.trim_ascii().is_empty() {
            return self.describe(error);
        }
        let notice =
            self.notice().map_or(String::new(), |notice| format!("; it begins with {notice}"));
        let message = format!("{} ({}{notice})", error.message(), self.seen());
        self.describe(error.with_message(message))
    }

    /// The first line of what PHP writes into a response if it is configured to show its errors.
    fn notice(&self) -> Option<String> {
        const LONGEST: usize = 120;
        const WORDS: [&str; 5] = ["Notice", "Warning", "Deprecated", "Fatal error", "Parse error"];
        let head = &self.text()[..self.text().len().min(1024)];
        let text = String::from_utf8_lossy(head).replace("<br />", "").replace("<br>", "");
        let line = text.trim_start().lines().next()?.replace("<b>", "").replace("</b>", "");
        let is_notice = WORDS
            .iter()
            .any(|word| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(':')));
        let shown: String = line.chars().take(LONGEST).collect();
        is_notice.then(|| format!("`{}`", shown.trim_end()))
    }
}

#[cold]
fn too_large(response: &reqwest::Response, limit: usize) -> Error {
    let message = format!("the answer is larger than the {limit} bytes this client accepts");
    about(response, Error::new(ErrorKind::TooLarge, message))
}

#[cold]
fn torn(response: &reqwest::Response, error: reqwest::Error, read: &[u8]) -> Error {
    about(response, Error::from_reqwest(error)).with_body(read)
}

fn about(response: &reqwest::Response, error: Error) -> Error {
    error.with_status(response.status()).with_headers(response.headers())
}

fn kind_of_status(status: StatusCode, headers: &HeaderMap) -> ErrorKind {
    match status.as_u16() {
        // A good token that may not do this; another token of the same grant would not help either.
        401 if lacks_scope(headers) => ErrorKind::PermissionDenied,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        409 | 412 => ErrorKind::Conflict,
        423 => ErrorKind::Locked,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        // Also a redirect that was not followed, or a status nobody documented.
        _ => ErrorKind::Api,
    }
}

/// Whether the challenge says `insufficient_scope` (RFC 6750 section 3.1).
fn lacks_scope(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE);
    challenges
        .iter()
        .take(16)
        .flat_map(|value| Challenge::parse(value.as_bytes()))
        .any(|challenge| challenge.error.as_deref() == Some("insufficient_scope"))
}

/// Decodes the value at the beginning, and tells where it ended. `None` for what does not decode.
pub(crate) fn decode_first<T: DeserializeOwned>(json: &[u8]) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(json).into_iter();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}
