//! Hooks before and after each attempt of a call.
//!
//! | Step of an attempt | Interceptors |
//! |---|---|
//! | permit granted | `before`, in order of registration |
//! | one of them fails | the call fails with its error; nothing is sent, nothing is retried, no `after` |
//! | authorise, send, follow redirects, read, unwrap | none: the credential is added after `before` |
//! | the outcome is known, and what follows it | `after`, in order of registration |
//! | the call's future is dropped | none |
//!
//! A retry, and the repetition after a refreshed credential, are attempts. Redirects are part of the attempt. The
//! requests that refresh the credential are not calls.

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::{
    Error, Operation,
    error::{
        BodyKind, RedactionSet, shown_argument, shown_body, shown_headers, shown_link, shown_query,
    },
    request::{OperationRequest, body::Body, extra_header, url_template},
};

mod wire_log;

pub use wire_log::WireLog;

/// Hooks before and after each attempt of a call, for metrics, audit logs and headers. See
/// [`RuntimeBuilder::interceptor`](crate::RuntimeBuilder::interceptor).
///
/// What an interceptor sees is redacted: no credential, no signed URL, no member of a JSON body whose name suggests a
/// secret. It runs on the task of the call, so it must not block. Both methods do nothing by default.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// use oneteg_http::{AttemptOutcome, AttemptRequest, Error, Interceptor};
///
/// /// Names the program's job in every request, and counts retries.
/// #[derive(Default)]
/// struct Job {
///     retries: AtomicU64,
/// }
///
/// impl Interceptor for Job {
///     fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
///         attempt.insert_header("x-job", "nightly")
///     }
///
///     fn after(&self, outcome: &AttemptOutcome<'_>) {
///         if outcome.retry_in().is_some() {
///             self.retries.fetch_add(1, Relaxed);
///         }
///     }
/// }
/// ```
pub trait Interceptor: Send + Sync + 'static {
    /// Called before an attempt is authorised and sent.
    ///
    /// # Errors
    /// An error ends the call without sending the attempt: the call fails with it, and
    /// [`Error::gave_up`] is [`GiveUp::Interceptor`](crate::GiveUp::Interceptor).
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        let _ = attempt;
        Ok(())
    }

    /// Called after an attempt, when it is known whether another one follows.
    fn after(&self, outcome: &AttemptOutcome<'_>) {
        let _ = outcome;
    }
}

impl<T: Interceptor + ?Sized> Interceptor for Arc<T> {
    fn before(&self, attempt: &mut AttemptRequest<'_>) -> Result<(), Error> {
        (**self).before(attempt)
    }

    fn after(&self, outcome: &AttemptOutcome<'_>) {
        (**self).after(outcome);
    }
}

/// What an attempt requests.
#[derive(Clone, Copy)]
pub(crate) struct AttemptTarget<'a> {
    pub(crate) request: &'a OperationRequest,
    pub(crate) url: &'a Url,
    pub(crate) base_url: &'a Url,
    /// Whether the URL was given as a whole, such as one from a response.
    pub(crate) is_absolute: bool,
    pub(crate) number: u32,
}

impl AttemptTarget<'_> {
    fn operation(&self) -> &'static Operation {
        self.request.operation
    }

    fn url(&self) -> String {
        let Self { request, url, base_url, .. } = *self;
        if self.is_absolute {
            return shown_link(url.as_str());
        }
        let shown = |(name, value): &(&'static str, String)| {
            (*name, shown_argument(name, value).to_owned())
        };
        let arguments: Vec<_> = request.path.iter().map(shown).collect();
        // It was expanded before, so this does not fail.
        let Ok(expanded) = url_template::expand(base_url, &request.path_template, &arguments, &[])
        else {
            return shown_link(url.as_str());
        };
        let path = expanded.as_str().replace("%5Bsecret%5D", "[secret]");
        match url.query() {
            Some(query) => format!("{path}?{}", shown_query(query)),
            None => path,
        }
    }
}

/// An attempt that is about to be authorised and sent.
pub struct AttemptRequest<'a> {
    target: AttemptTarget<'a>,
    /// All headers but the credential.
    headers: HeaderMap,
    added: HeaderMap,
}

impl<'a> AttemptRequest<'a> {
    pub(crate) fn new(target: AttemptTarget<'a>, headers: HeaderMap) -> Self {
        Self { target, headers, added: HeaderMap::new() }
    }

    /// The headers that interceptors added.
    pub(crate) fn into_added(self) -> HeaderMap {
        self.added
    }

    /// The id of the operation, such as `get_assets`.
    pub fn operation(&self) -> &'static str {
        self.target.operation().id
    }

    /// The number of the attempt within its call, from 1.
    pub fn attempt(&self) -> u32 {
        self.target.number
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.target.request.method
    }

    /// The URL. Arguments whose name suggests a secret are masked. Of a URL that was given as a whole, such as a
    /// signed link, only the origin is shown.
    pub fn url(&self) -> String {
        self.target.url()
    }

    /// The headers, without the credential and those that the HTTP client adds. Secret values are masked.
    pub fn headers(&self) -> HeaderMap {
        shown_headers(&self.headers, &RedactionSet::of_headers(&self.headers))
    }

    /// Adds a header to this attempt, or replaces the one of the same name. Redirects to another server do not
    /// carry it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) in the cases of
    /// [`CallOptions::header`](crate::CallOptions::header), such as a header that carries a credential.
    pub fn insert_header(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let (name, value) = extra_header(name, value)?;
        let replaced = self.headers.get(&name);
        if replaced
            .is_some_and(|replaced| replaced.is_sensitive() && !self.added.contains_key(&name))
        {
            let message = format!("the header `{name}` carries a secret of the client");
            return Err(Error::invalid_request(message));
        }
        self.headers.insert(name.clone(), value.clone());
        self.added.insert(name, value);
        Ok(())
    }

    /// The beginning of the body on one line, up to `limit` bytes, with secrets masked. `None` if there is no body,
    /// or it is streamed from a file.
    pub fn body_preview(&self, limit: usize) -> Option<String> {
        let Body::Bytes { media_type, bytes } = &self.target.request.body else { return None };
        let kind = match self.target.operation().rpc {
            Some(rpc) => BodyKind::Procedure(rpc.params),
            None if media_type.starts_with("application/x-www-form-urlencoded") => BodyKind::Form,
            None => BodyKind::Text,
        };
        Some(shown_body(bytes, limit, kind, &RedactionSet::of_headers(&self.headers)))
    }
}

impl fmt::Debug for AttemptRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptRequest")
            .field("operation", &self.operation())
            .field("attempt", &self.attempt())
            .field("method", self.method())
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// A response that ended an attempt with success.
pub(crate) struct Received<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// `None` for a file, whose body is still to be read.
    pub(crate) body: Option<&'a [u8]>,
}

/// How an attempt ended.
pub struct AttemptOutcome<'a> {
    pub(crate) target: AttemptTarget<'a>,
    pub(crate) result: Result<Received<'a>, &'a Error>,
    pub(crate) redactions: &'a RedactionSet,
    pub(crate) elapsed: Duration,
    pub(crate) retry_in: Option<Duration>,
}

impl AttemptOutcome<'_> {
    /// The id of the operation, such as `get_assets`.
    pub fn operation(&self) -> &'static str {
        self.target.operation().id
    }

    /// The number of the attempt within its call, from 1.
    pub fn attempt(&self) -> u32 {
        self.target.number
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.target.request.method
    }

    /// The URL that was requested first, redacted like [`AttemptRequest::url`].
    pub fn url(&self) -> String {
        self.target.url()
    }

    /// The number of redirects that were followed.
    pub fn redirects(&self) -> usize {
        self.redactions.redirects.len()
    }

    /// The HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.result {
            Ok(received) => Some(received.status),
            Err(error) => error.status(),
        }
    }

    /// Why the attempt failed. `None` after a success. A value that turns out not to have its documented form fails
    /// the call later.
    pub fn error(&self) -> Option<&Error> {
        self.result.as_ref().err().copied()
    }

    /// The headers of the response, with secret values masked. Empty after a failure: the error has what it needs of
    /// them.
    pub fn headers(&self) -> HeaderMap {
        match &self.result {
            Ok(received) => shown_headers(received.headers, self.redactions),
            Err(_) => HeaderMap::new(),
        }
    }

    /// The beginning of the response's body on one line, up to `limit` bytes, with secrets masked. `None` for a
    /// file. After a failure it is [`Error::body_preview`].
    pub fn body_preview(&self, limit: usize) -> Option<String> {
        match &self.result {
            Ok(received) => {
                Some(shown_body(received.body?, limit, BodyKind::Text, self.redactions))
            }
            Err(error) => error
                .body_preview()
                .map(|body| shown_body(body.as_bytes(), limit, BodyKind::Text, self.redactions)),
        }
    }

    /// The time from the permit for the attempt to its end. For a file: until its response began.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The wait before the next attempt; zero if it follows at once, with a refreshed credential. `None` if this was
    /// the last attempt.
    pub fn retry_in(&self) -> Option<Duration> {
        self.retry_in
    }
}

impl fmt::Debug for AttemptOutcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptOutcome")
            .field("operation", &self.operation())
            .field("attempt", &self.attempt())
            .field("method", self.method())
            .field("url", &self.url())
            .field("status", &self.status())
            .field("error", &self.error())
            .field("elapsed", &self.elapsed)
            .field("retry_in", &self.retry_in)
            .finish_non_exhaustive()
    }
}
