use std::{fmt, time::Duration};

use super::RangeRequest;
use crate::RetryPolicy;

/// Options of a single call, for any operation.
///
/// ```
/// use std::time::Duration;
/// use oneteg_http::{CallOptions, RetryPolicy};
///
/// let options = CallOptions::new().timeout(Duration::from_secs(10)).retry(RetryPolicy::none());
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

    /// Takes all added query parameters.
    pub(crate) fn take_query(&mut self) -> impl Iterator<Item = (String, String)> + '_ {
        self.query.drain(..).chain(self.page_query.drain(..))
    }
}

// Only the names of query parameters: a value may be a key.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("CallOptions")
            .field("request_id", &self.request_id)
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("idempotent", &self.idempotent)
            .field("range", &self.range)
            .field("query", &query)
            .field("page", &self.page_query)
            .finish()
    }
}
