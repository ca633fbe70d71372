//! The errors that responses stand for.
//!
//! | Response | Error |
//! |---|---|
//! | a failure status | the vendor's fault, if its body has one; otherwise what the status means |
//! | a success with an HTML page | [`ErrorKind::Html`] |
//! | a success with a content coding that was not requested | [`ErrorKind::Decode`] |
//! | a success whose value cannot be decoded | the decoder's error, with what was received |

use std::borrow::Cow;

use http::{HeaderMap, StatusCode, header};
use oneteg_auth::Challenge;
use serde_json::Value;

use super::buffered::{BufferedResponse, Responder};
use crate::{Error, ErrorKind, Vendor, VendorFault, header_value, tolerant};

impl BufferedResponse {
    /// An error about this response.
    pub(crate) fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        self.describe(Error::new(kind, message))
    }

    /// Adds status, headers and body to an error.
    pub(crate) fn describe(&self, error: Error) -> Error {
        error.with_status(self.status).with_headers(&self.headers).with_body(&self.body)
    }

    /// The error of a response with a failure status.
    pub(crate) fn failure(&self, vendor: &dyn Vendor) -> Error {
        let fault = match tolerant::any(self.content()) {
            Some(document) => vendor.fault(self.status, &self.headers, &document),
            None => vendor
                .fault_in_other_format(self.status, &self.headers, self.content())
                .or_else(|| {
                    let message = Value::from(&*self.short_text()?);
                    vendor.fault(self.status, &self.headers, &message)
                }),
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

    /// The error of a vendor's fault.
    pub(crate) fn fault(&self, kind: ErrorKind, fault: VendorFault, vendor: &dyn Vendor) -> Error {
        let error = self.error(kind, "");
        let wait = error.retry_after().or_else(|| vendor.retry_after(self.status, &fault));
        let message = match fault.message.filter(|message| !message.trim().is_empty()) {
            // Otherwise the message would seem to be from the server of the base URL.
            Some(message) if self.responder.is_external && self.responder.redirected => {
                format!(
                    "{}, where the server redirected to, reports ({}): {message}",
                    self.responder.host,
                    self.summary()
                )
            }
            Some(message) => message,
            None => self.message_of_status(),
        };
        error
            .with_message(message)
            .with_code(fault.code)
            .with_data(fault.data)
            .with_retry_after(wait)
    }

    /// The error of a mock server that has no mock for the request. It is a mistake in a test, and must not look
    /// like a missing object.
    #[cfg(feature = "mock")]
    fn unmatched(&self, fault: Option<&VendorFault>) -> Option<Error> {
        const MESSAGE: &str = "Request did not match any route or mock";
        let is_unmatched = self.status == StatusCode::NOT_FOUND
            && fault.is_some_and(|fault| fault.message.as_deref() == Some(MESSAGE));
        let message = "no mock matches this request; compare the mocks' operation and arguments with the call's";
        is_unmatched.then(|| self.error(ErrorKind::Configuration, message))
    }

    /// A short plain text that a server sent instead of an error document.
    fn short_text(&self) -> Option<Cow<'_, str>> {
        const LONGEST: usize = 200;
        let text = self.content().trim_ascii();
        let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
        let is_short = !text.is_empty() && text.len() <= LONGEST && text.iter().all(is_text);
        (is_short && !self.is_html() && !self.looks_like_json())
            // Invalid UTF-8 is replaced: a damaged message is better than none.
            .then(|| String::from_utf8_lossy(text))
    }

    /// The message for a failure without an error document: its short text, or the meaning of its status.
    fn message_of_status(&self) -> String {
        if let Some(text) = self.short_text() {
            return text.into_owned();
        }
        let meaning = self.status.canonical_reason().unwrap_or("an unknown status");
        let body = match self.unrequested_coding() {
            Some(coding) => {
                format!(" and a body encoded with `{coding}`, which was not requested")
            }
            None if self.is_html() => " and an HTML page".to_owned(),
            None => String::new(),
        };
        let server = match &self.responder {
            Responder { is_external: false, .. } => "the server".to_owned(),
            Responder { host, redirected: true, .. } => {
                format!("{host}, a redirect target that is not sent the credential,")
            }
            Responder { host, .. } => host.clone(),
        };
        let summary = match self.responder.is_external {
            true => format!(" ({})", self.summary()),
            false => String::new(),
        };
        format!("{server} responded with {meaning}{body}{summary}")
    }

    /// What was received, without interpretation: `HTTP 200, text/html`.
    fn summary(&self) -> String {
        let declared = self.headers.get(header::CONTENT_TYPE).map(header_value::to_string);
        let media_type = declared.as_deref().and_then(|declared| declared.split(';').next());
        let media_type = media_type.map_or("no media type", str::trim);
        format!("HTTP {}, {media_type}", self.status.as_u16())
    }

    /// What was received, and from which host.
    fn summary_with_host(&self) -> String {
        let from = if self.responder.host.is_empty() { "" } else { ", from " };
        format!("{}{from}{}", self.summary(), self.responder.host)
    }

    /// The error of a success whose body has a content coding that was not requested.
    pub(crate) fn unrequested_coding_error(&self) -> Option<Error> {
        let coding = self.unrequested_coding()?;
        let summary = self.summary_with_host();
        let message = format!(
            "the response has the content coding `{coding}`, which was not requested ({summary}); a \
             proxy or the server ignores `Accept-Encoding`"
        );
        Some(self.error(ErrorKind::Decode, message))
    }

    /// The error of an HTML page instead of data.
    pub(crate) fn html_error(&self) -> Error {
        let summary = self.summary_with_host();
        let message = match self.php_notice() {
            Some(notice) => format!(
                "the server sent a PHP error message instead of data or before it ({summary}): {notice}; \
                 its administrator has to fix that or switch `display_errors` off"
            ),
            None => format!(
                "the server sent an HTML page instead of data ({summary}): check the base URL and the sign-in"
            ),
        };
        self.error(ErrorKind::Html, message)
    }

    /// The error of a value that cannot be decoded. If the body is not JSON at all, the message includes what was
    /// received.
    pub(crate) fn decode_error(&self, error: Error, value: &[u8]) -> Error {
        if let Some(error) = self.unrequested_coding_error() {
            return error;
        }
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(value).is_ok();
        if is_json || value.trim_ascii().is_empty() {
            return self.describe(error);
        }
        let notice =
            self.php_notice().map_or(String::new(), |notice| format!("; it begins with {notice}"));
        let message = format!("{} ({}{notice})", error.message(), self.summary_with_host());
        self.describe(error.with_message(message))
    }

    /// The first line of an error message that PHP writes into responses if `display_errors` is on.
    fn php_notice(&self) -> Option<String> {
        const LONGEST: usize = 120;
        const LEVELS: [&str; 5] = ["Notice", "Warning", "Deprecated", "Fatal error", "Parse error"];
        let head = &self.content()[..self.content().len().min(1024)];
        let text = String::from_utf8_lossy(head).replace("<br />", "").replace("<br>", "");
        let line = text.trim_start().lines().next()?.replace("<b>", "").replace("</b>", "");
        let is_notice = LEVELS
            .iter()
            .any(|level| line.strip_prefix(level).is_some_and(|rest| rest.starts_with(':')));
        let shown: String = line.chars().take(LONGEST).collect();
        is_notice.then(|| format!("`{}`", shown.trim_end()))
    }
}

fn kind_of_status(status: StatusCode, headers: &HeaderMap) -> ErrorKind {
    match status.as_u16() {
        // The token is valid, but not for this. Another token of the same grant would not help.
        401 if lacks_scope(headers) => ErrorKind::PermissionDenied,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        409 | 412 => ErrorKind::Conflict,
        423 => ErrorKind::Locked,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        // Includes redirects that were not followed, and undocumented statuses.
        _ => ErrorKind::Api,
    }
}

/// Whether a challenge has the error `insufficient_scope` (RFC 6750 section 3.1).
fn lacks_scope(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .take(16)
        .flat_map(|value| Challenge::parse(value.as_bytes()))
        .any(|challenge| challenge.error.as_deref() == Some("insufficient_scope"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;

    use super::*;

    #[derive(Debug)]
    struct AnyVendor;

    impl Vendor for AnyVendor {
        fn name(&self) -> &'static str {
            "any"
        }
    }

    fn response(status: u16, body: &'static str) -> BufferedResponse {
        BufferedResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
            responder: Responder::default(),
        }
    }

    #[test]
    fn the_status_decides_the_kind_of_a_failure_without_a_code() {
        for (status, kind) in [
            (401, ErrorKind::Authentication),
            (403, ErrorKind::PermissionDenied),
            (404, ErrorKind::NotFound),
            (410, ErrorKind::NotFound),
            (408, ErrorKind::Timeout),
            (504, ErrorKind::Timeout),
            (409, ErrorKind::Conflict),
            (412, ErrorKind::Conflict),
            (423, ErrorKind::Locked),
            (429, ErrorKind::RateLimited),
            (500, ErrorKind::Server),
            (599, ErrorKind::Server),
            (302, ErrorKind::Api),
            (418, ErrorKind::Api),
        ] {
            let error = response(status, "").failure(&AnyVendor);
            assert_eq!(error.kind(), kind, "{status}");
            assert_eq!(error.status().unwrap().as_u16(), status);
        }
    }

    #[test]
    fn a_401_for_a_missing_scope_is_not_a_refused_credential() {
        let mut missing_scope = response(401, "");
        let challenge = "Bearer realm=\"x\", error=\"insufficient_scope\", scope=\"write\"";
        missing_scope.headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        assert_eq!(missing_scope.failure(&AnyVendor).kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn the_message_is_the_servers_or_describes_the_response() {
        for (body, message) in [
            (r#"{"message":"no such thing"}"#, "no such thing"),
            ("<Error><Code>NoSuchKey</Code><Message>Gone.</Message></Error>", "Gone."),
            (" no such thing\n", "no such thing"),
            ("<p>no</p>", "the server responded with Not Found and an HTML page"),
            ("", "the server responded with Not Found"),
        ] {
            assert_eq!(response(404, body).failure(&AnyVendor).message(), message, "{body}");
        }
    }

    #[test]
    fn a_redirect_target_is_named_in_front_of_its_message() {
        let mut external = response(403, r#"{"message":"no"}"#);
        let host = "cdn.example".to_owned();
        external.responder = Responder { host, is_external: true, redirected: true };
        let error = external.failure(&AnyVendor);
        let message =
            "cdn.example, where the server redirected to, reports (HTTP 403, no media type): no";
        assert_eq!(error.message(), message);
    }

    #[test]
    fn a_php_notice_is_quoted() {
        let body = "<br />\n<b>Warning</b>: Undefined index: id in /srv/x.php on line 7<br />\n{}";
        let error = response(200, body).html_error();
        let notice = "`Warning: Undefined index: id in /srv/x.php on line 7`";
        assert!(error.message().contains(notice), "{error}");
        let error = response(200, "<html>").html_error();
        assert!(error.message().contains("check the base URL"), "{error}");
    }
}
