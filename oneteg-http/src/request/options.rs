use std::{fmt, time::Duration};

use http::{HeaderName, HeaderValue};
use url::Url;

use super::{RangeRequest, extra_header};
use crate::{Error, RetryPolicy};

/// Options of a single call, for any operation.
///
/// ```
/// use std::time::Duration;
/// use oneteg_http::{CallOptions, RetryPolicy};
///
/// let options = CallOptions::new()
///     .timeout(Duration::from_secs(10))
///     .retry(RetryPolicy::none())
///     .header("x-correlation", "4711");
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    pub(crate) request_id: Option<String>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) range: Option<RangeRequest>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) keep_body: bool,
    pub(crate) url: Option<Url>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Why the first added header that was refused cannot be sent.
    refused_header: Option<String>,
    /// The parameters that select a page. Shown in `Debug` output: numbers are no secrets.
    page_query: Vec<(String, String)>,
}

impl CallOptions {
    /// Creates options with nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the id of a JSON-RPC request, which the server echoes and may log. Default: a number that is
    /// unique within the client.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Sets how this call is retried. Default: the client's policy.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the time limit of the whole call: waiting for the client's limits, all attempts and the waits
    /// between them; for a download, until its response begins. Default: the client's.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets the time limit of one attempt; for an upload, the longest time without progress; for a download,
    /// the time until its response begins. Default: the client's.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Sets whether the call may be repeated safely: a second execution must have the same effect as the
    /// first. Default: what is known about the operation.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.idempotent = Some(yes);
        self
    }

    /// Adds a query parameter that the operation's specification lacks.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a header, or replaces the one of the same name. It is sent with every attempt, and to other servers only
    /// if the call itself goes there.
    ///
    /// The call fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if the header carries a
    /// credential (`Authorization`, `Proxy-Authorization`, `Cookie`, or one that the client sends as a secret), is set
    /// by the HTTP client (`Host`, `Content-Length`, ...), or is malformed.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match extra_header(name, value) {
            Ok((name, value)) => {
                self.headers.retain(|(other, _)| *other != name);
                self.headers.push((name, value));
            }
            Err(error) => {
                self.refused_header.get_or_insert_with(|| error.message().to_owned());
            }
        }
        self
    }

    /// Sends the call to a URL that a response contained, such as that of an upload session, instead of the operation's. Its
    /// path arguments are not used; query parameters are appended.
    ///
    /// The credential is sent only if the URL is on the server of the base URL, or on the one that the specification names
    /// for the operation. The URL must be `https`, or `http` on this machine if the base URL is on this machine too. It may
    /// be a secret: errors and logs do not show its path and query.
    #[must_use]
    pub fn url(mut self, url: Url) -> Self {
        self.url = Some(url);
        self
    }

    /// Keeps the body of the response next to the decoded value: see
    /// [`ResponseValue::body`](crate::ResponseValue::body). It is the body that the server sent, envelope included,
    /// and not redacted.
    #[must_use]
    pub fn keep_body(mut self) -> Self {
        self.keep_body = true;
        self
    }

    /// Requests only a part of a file (`Range`, RFC 9110 section 14.2).
    #[must_use]
    pub fn range(mut self, range: RangeRequest) -> Self {
        self.range = Some(range);
        self
    }

    /// Adds the query parameters that select a page.
    pub(crate) fn page_query(mut self, parameters: Vec<(String, String)>) -> Self {
        self.page_query.extend(parameters);
        self
    }

    /// Takes all added headers.
    pub(crate) fn take_headers(&mut self) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        match self.refused_header.take() {
            Some(message) => Err(Error::invalid_request(message)),
            None => Ok(std::mem::take(&mut self.headers)),
        }
    }

    /// Takes all added query parameters.
    pub(crate) fn take_query(&mut self) -> impl Iterator<Item = (String, String)> + '_ {
        self.query.drain(..).chain(self.page_query.drain(..))
    }
}

// Only the names of query parameters and headers: a value may be a key.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("CallOptions")
            .field("request_id", &self.request_id)
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("idempotent", &self.idempotent)
            .field("range", &self.range)
            .field("query", &query)
            .field("headers", &headers)
            .field("keep_body", &self.keep_body)
            .field("host", &self.url.as_ref().and_then(Url::host_str))
            .field("page", &self.page_query)
            .finish()
    }
}

/// Settings of a single call, on every request: shortcuts for [`CallOptions`]. Import the trait to use them:
///
/// ```
/// # async fn run<R>(request: R) -> Result<(), oneteg_http::Error>
/// # where
/// #     R: oneteg_http::CallSettings + IntoFuture<Output = Result<(), oneteg_http::Error>>,
/// # {
/// use std::time::Duration;
/// use oneteg_http::CallSettings as _;
///
/// request.timeout(Duration::from_secs(5)).header("x-correlation", "4711").await?;
/// # Ok(()) }
/// ```
///
/// A setter of the operation with the same name, such as a parameter called `header`, takes precedence.
pub trait CallSettings: Sized {
    /// The options of the call.
    #[doc(hidden)]
    fn call_options_mut(&mut self) -> &mut CallOptions;

    /// Changes the options of the call.
    #[doc(hidden)]
    #[must_use]
    fn change_options(mut self, change: impl FnOnce(CallOptions) -> CallOptions) -> Self {
        let options = self.call_options_mut();
        *options = change(std::mem::take(options));
        self
    }

    /// Adds a header, or replaces the one of the same name; see [`CallOptions::header`].
    #[must_use]
    fn header(self, name: &str, value: &str) -> Self {
        self.change_options(|options| options.header(name, value))
    }

    /// Sets the time limit of the whole call; see [`CallOptions::timeout`].
    #[must_use]
    fn timeout(self, limit: Duration) -> Self {
        self.change_options(|options| options.timeout(limit))
    }

    /// Sets how this call is retried; see [`CallOptions::retry`].
    #[must_use]
    fn retry(self, policy: RetryPolicy) -> Self {
        self.change_options(|options| options.retry(policy))
    }

    /// Keeps the body of the response; see [`CallOptions::keep_body`].
    #[must_use]
    fn keep_body(self) -> Self {
        self.change_options(CallOptions::keep_body)
    }
}
