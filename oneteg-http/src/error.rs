use std::{error::Error as StdError, fmt, time::Duration};

use http::{HeaderMap, StatusCode};
use oneteg_auth::AuthError;

use crate::{header_text, retry::GiveUp};

mod escapes;
mod hide;
mod kind;
mod links;
mod preview;
mod retry_after;

pub(crate) use hide::Secrets;
pub use kind::ErrorKind;
pub(crate) use preview::preview;

type Source = Box<dyn StdError + Send + Sync>;

/// What stands in the place of a secret.
const SHOWN: &str = "[secret]";

/// Why a call failed: one type for every operation of every vendor.
///
/// Match on [`kind`](Self::kind); the rest tells a person what happened. `Display` fits a line and has
/// neither body nor URL; [`body_preview`](Self::body_preview) has the beginning of what came.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    status: Option<StatusCode>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    tries: u32,
    gave_up: Option<GiveUp>,
    data: Option<serde_json::Value>,
    preview: Option<String>,
    source: Option<Source>,
}

impl Error {
    /// An error with nothing but its kind and a message for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::boxed(kind, message.into())
    }

    /// Not inlined into the ways of calls that go well: room for this would be on their stacks.
    #[cold]
    #[inline(never)]
    fn boxed(kind: ErrorKind, message: String) -> Self {
        Self(Box::new(Inner {
            kind,
            message,
            operation: None,
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            tries: 0,
            gave_up: None,
            data: None,
            preview: None,
            source: None,
        }))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, for people: the server's own words where it had some.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed, such as `get_assets`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The HTTP status, when an answer came.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The vendor's error code as text, when the answer had one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What else the vendor's error document carried.
    pub fn data(&self) -> Option<&serde_json::Value> {
        self.0.data.as_ref()
    }

    /// The id under which the server logged the request, when it gave one. Quote it to the vendor.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the server asks to wait before another try: `Retry-After` in seconds or as a date (RFC
    /// 9110 section 10.2.3), `retry-after-ms`, `x-ms-retry-after-ms`, or the vendor's own way.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many times the request was sent, or its sending attempted; 0 when that point was not reached.
    pub fn attempts(&self) -> u32 {
        self.0.tries
    }

    /// Why a failure that could have been tried again was not, or not again.
    pub fn gave_up(&self) -> Option<GiveUp> {
        self.0.gave_up
    }

    /// Whether the same call may succeed later without a change by the caller. It does not say that
    /// repeating is harmless: a write that timed out may have been done.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Transport
            | ErrorKind::RateLimited
            | ErrorKind::Locked => true,
            // What is not implemented today is not implemented in a second (RFC 9110 section 15.6.2).
            ErrorKind::Server => !matches!(self.0.status.map(|s| s.as_u16()), Some(501 | 505)),
            // The token endpoint or the token store failed, and may be well again in a moment.
            ErrorKind::Authentication => {
                let source = self.0.source.as_deref();
                let auth = source.and_then(|source| source.downcast_ref::<AuthError>());
                auth.is_some_and(AuthError::is_transient)
            }
            _ => false,
        }
    }

    /// The beginning of the answer's body: at most 2 KiB, without control characters, and with the
    /// values of members that look like credentials replaced. `None` when no body was read.
    pub fn body_preview(&self) -> Option<&str> {
        self.0.preview.as_deref()
    }

    /// The same failure told by somebody who knows more of it: its kind, code and message are replaced,
    /// and all that is known of the answer stays.
    #[must_use]
    pub fn told_as(
        mut self,
        kind: ErrorKind,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        self.0.kind = kind;
        self.0.code = Some(code.into());
        self.0.message = message.into();
        self
    }

    pub(crate) fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Whether the server turned the request away without an answer.
    pub(crate) fn was_turned_away(&self) -> bool {
        let mut cause = self.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<h2::Error>() {
                return was_turned_away(error);
            }
            cause = error.source();
        }
        false
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.0.request_id = request_id(headers);
        self.0.retry_after = retry_after::of(headers);
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait.map(|wait| wait.min(retry_after::LONGEST));
        self
    }

    pub(crate) fn with_attempts(mut self, tries: u32, gave_up: Option<GiveUp>) -> Self {
        self.0.tries = tries;
        self.0.gave_up = gave_up;
        self
    }

    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        self.0.preview = Some(preview(body));
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn with_data(mut self, data: Option<serde_json::Value>) -> Self {
        self.0.data = data;
        self
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// An error of the HTTP client. Its URL is dropped: query strings carry tokens.
    #[cold]
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        let error = error.without_url();
        // A connection that could not be made in time is both; that nothing was sent matters more.
        let (kind, message) = if error.is_connect() {
            (ErrorKind::Connect, "no connection to the server could be made")
        } else if error.is_timeout() {
            (ErrorKind::Timeout, "the server did not answer in time")
        } else if error.is_builder() {
            (ErrorKind::InvalidRequest, "the request could not be built")
        } else {
            (ErrorKind::Transport, "the connection broke")
        };
        Self::new(kind, message).with_source(error)
    }
}

/// Whether an HTTP/2 server turned a stream away before doing anything with it: it shuts down in good order
/// or refuses the stream (RFC 9113 sections 6.8 and 8.7).
fn was_turned_away(error: &h2::Error) -> bool {
    let graceful = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    error.is_remote() && (graceful || refused)
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "request-id", "x-correlation-id", "x-ms-request-id", "apim-request-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .map(|id| header_text::text(id).chars().take(200).collect())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&one_line(&inner.message))?;
        match (inner.status, &inner.code) {
            (Some(status), Some(code)) => {
                write!(f, " (code {}, HTTP {})", one_line(code), status.as_u16())
            }
            (Some(status), None) => write!(f, " (HTTP {})", status.as_u16()),
            (None, Some(code)) => write!(f, " (code {})", one_line(code)),
            (None, None) => Ok(()),
        }
    }
}

/// A server's words must not break a log into lines or fill it.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut line: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &inner.kind).field("message", &one_line(&inner.message));
        if let Some(operation) = inner.operation {
            debug.field("operation", &operation);
        }
        if let Some(status) = inner.status {
            debug.field("status", &status.as_u16());
        }
        if let Some(code) = &inner.code {
            debug.field("code", code);
        }
        if let Some(id) = &inner.request_id {
            debug.field("request_id", id);
        }
        if let Some(source) = &inner.source {
            debug.field("source", &source.to_string());
        }
        debug.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        let wait = error.retry_after();
        let kind = match error {
            AuthError::HttpClient { .. } => ErrorKind::Configuration,
            _ => ErrorKind::Authentication,
        };
        Self::new(kind, error.to_string()).with_retry_after(wait).with_source(error)
    }
}
