//! The error of every call.

use std::{
    error::Error as StdError,
    fmt,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode};
use oneteg_auth::{AuthError, ConnectionError, ProfileError, RetryAfter};

use crate::header_value;

mod give_up;
mod kind;
mod preview;
mod redact;
mod shown;
mod source;

pub use give_up::GiveUp;
pub use kind::ErrorKind;
pub(crate) use preview::preview;
pub(crate) use redact::{RedactionSet, is_secret_header};
#[cfg(feature = "cassette")]
pub(crate) use redact::{is_secret_argument, is_secret_name};
pub use shown::mask_secrets;
pub(crate) use shown::{
    BodyKind, shown_argument, shown_body, shown_headers, shown_link, shown_query,
};

type Source = Box<dyn StdError + Send + Sync>;

/// The error of every call, whatever the operation and vendor.
///
/// Match on [`kind`](Self::kind); everything else is for people. `Display` is one line and contains neither
/// body nor URL; [`body_preview`](Self::body_preview) is the beginning of the response's body. Credentials are
/// removed from every part.
///
/// ```
/// use oneteg_http::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::NotFound => "check the id",
///         ErrorKind::Authentication => "sign in again",
///         _ if error.is_retryable() => "try later",
///         _ => "report it, with the request id",
///     }
/// }
/// assert_eq!(advice(&Error::new(ErrorKind::NotFound, "no such asset")), "check the id");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    status: Option<StatusCode>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    gave_up: Option<GiveUp>,
    data: Option<serde_json::Value>,
    preview: Option<String>,
    source: Option<Source>,
}

impl Error {
    /// Creates an error from its kind and a message for people.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            attempts: 0,
            gave_up: None,
            data: None,
            preview: None,
            source: None,
        }))
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, for people. The server's own message if it sent one.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The operation that failed, such as `get_assets`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The HTTP status, if there was a response.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The vendor's error code, if the response had one.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Further content of the vendor's error document.
    pub fn data(&self) -> Option<&serde_json::Value> {
        self.0.data.as_ref()
    }

    /// The id under which the server logged the request, if it sent one. Quote it to the vendor.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the server asks to wait before a retry: `Retry-After` in seconds or as a date (RFC 9110
    /// section 10.2.3), `retry-after-ms`, `x-ms-retry-after-ms`, or the vendor's own member or message.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Number of attempts made; 0 if none was started.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Why there was no further attempt, if the failure allows one.
    pub fn gave_up(&self) -> Option<GiveUp> {
        self.0.gave_up
    }

    /// Whether the same call may succeed later without a change by the caller. It does not mean that
    /// repeating the call is safe: a write that timed out may have been processed.
    pub fn is_retryable(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Transport
            | ErrorKind::RateLimited
            | ErrorKind::Locked => true,
            // 501 and 505 are about what the server implements, which does not change in a moment (RFC 9110
            // section 15.6.2).
            ErrorKind::Server => !matches!(self.0.status.map(|s| s.as_u16()), Some(501 | 505)),
            // The token endpoint or the token store failed, perhaps only for a moment.
            ErrorKind::Authentication => {
                let source = self.0.source.as_deref();
                let auth = source.and_then(|source| source.downcast_ref::<AuthError>());
                auth.is_some_and(AuthError::is_transient)
            }
            _ => false,
        }
    }

    /// The beginning of the response's body: at most 2 KiB, without control characters, and with the
    /// values of members that look like credentials replaced. `None` if no body was read.
    pub fn body_preview(&self) -> Option<&str> {
        self.0.preview.as_deref()
    }

    /// Replaces kind, code and message, for a caller that knows more about the failure. The rest, such as
    /// the status and the request id, stays.
    #[must_use]
    pub fn reclassified(
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

    /// Whether the server discarded the request without processing it.
    pub(crate) fn is_unprocessed_by_server(&self) -> bool {
        source::is_unprocessed_by_server(self)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_headers(mut self, headers: &HeaderMap) -> Self {
        self.0.request_id = request_id(headers);
        self.0.retry_after =
            RetryAfter::from_headers(headers).map(|wait| wait.delay(SystemTime::now()));
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait.map(|wait| wait.min(RetryAfter::MAX));
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32, gave_up: Option<GiveUp>) -> Self {
        self.0.attempts = attempts;
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
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        let (kind, message) = source::describe_reqwest(&error);
        Self::new(kind, message).with_source(error.without_url())
    }

    /// The error without the secrets in `set`, wherever the response repeated one, and without the
    /// signatures of links.
    pub(crate) fn redacted(mut self, set: &RedactionSet) -> Self {
        for secret in set.secrets() {
            self.redact_strings(&|string| secret.redact(string));
            if let Some(preview) = &mut self.0.preview {
                secret.redact_cut_end(preview);
            }
            self.drop_source_if(&|string| secret.is_in(string));
        }
        self.redact_strings(&redact::redact_signatures);
        if let Some(data) = &mut self.0.data {
            redact::redact_secret_members(data);
        }
        self.drop_source_if(&|string| redact::without_signatures(string).is_some());
        self
    }

    /// Applies `redact` to every string that a server may have written.
    fn redact_strings(&mut self, redact: &dyn Fn(&mut String)) {
        let inner = &mut *self.0;
        let optional = [&mut inner.code, &mut inner.request_id, &mut inner.preview];
        optional.into_iter().flatten().chain([&mut inner.message]).for_each(redact);
        if let Some(data) = &mut inner.data {
            redact::for_each_string(data, redact);
        }
    }

    /// A foreign error cannot be changed, so one that quotes a secret is dropped. Decoders quote the value
    /// they refuse.
    fn drop_source_if(&mut self, has_secret: &dyn Fn(&str) -> bool) {
        self.0.source.take_if(|source| {
            let mut cause: Option<&(dyn StdError + 'static)> = Some(&**source);
            std::iter::from_fn(|| {
                let error = cause?;
                cause = error.source();
                Some(format!("{error} {error:?}"))
            })
            .any(|shown| has_secret(&shown))
        });
    }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "request-id", "x-correlation-id", "x-ms-request-id", "apim-request-id"]
        .iter()
        .find_map(|name| headers.get(*name))
        .map(|id| header_value::to_string(id).chars().take(200).collect())
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

/// A server's message on one line and of bounded length, so that it cannot break or fill a log.
fn one_line(message: &str) -> String {
    const LONGEST: usize = 300;
    let mut line: String =
        message.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if message.chars().nth(LONGEST).is_some() {
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

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        Self::new(ErrorKind::Configuration, error.to_string()).with_source(error)
    }
}

impl From<ProfileError> for Error {
    fn from(error: ProfileError) -> Self {
        match error {
            ProfileError::Auth(error) => error.into(),
            ProfileError::Store(error) => AuthError::from(error).into(),
            error => Self::new(ErrorKind::Configuration, error.to_string()).with_source(error),
        }
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        let (kind, wait) = (source::kind_of_auth(&error), error.retry_after());
        Self::new(kind, error.to_string()).with_retry_after(wait).with_source(error)
    }
}
