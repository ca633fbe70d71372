use std::{fmt, time::Duration};

use crate::{PageRequest, RetryPolicy, transfer::RangeRequest};

/// What a caller may set for one call, whatever the operation.
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
    /// The parameters of a page, which are positions and sizes and no secret.
    page: Vec<(String, String)>,
}

impl CallOptions {
    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of a JSON-RPC request, which the server echoes and may log. The default is a number that
    /// is unique among the calls of a client.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// How this call is tried again, in place of the client's policy.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// How long the call may take as a whole: waiting for the connection's limits, all tries and the
    /// waits between them. For a download, until its answer begins. The default is the client's.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How long one try may take. For an upload, how long it may make no progress; for a download,
    /// until its answer begins. The default is the client's.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.attempt_timeout = Some(limit);
        self
    }

    /// Whether repeating this call does no harm, in place of what is known of the operation. Say yes
    /// only where a second execution has the same effect as the first.
    #[must_use]
    pub fn idempotent(mut self, yes: bool) -> Self {
        self.idempotent = Some(yes);
        self
    }

    /// Adds a query parameter that the operation's description does not have.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds the parameters of a page, where a pager was told their names.
    #[doc(hidden)]
    #[must_use]
    pub fn page(mut self, page: &PageRequest) -> Self {
        self.page.extend(page.parameters());
        self
    }

    /// All parameters added to the query.
    pub(crate) fn take_query(&mut self) -> impl Iterator<Item = (String, String)> + '_ {
        self.query.drain(..).chain(self.page.drain(..))
    }

    /// The part of a file that is asked for (`Range`, RFC 9110 section 14.2).
    #[must_use]
    pub fn range(mut self, range: RangeRequest) -> Self {
        self.range = Some(range);
        self
    }
}

// Of query parameters only the names: a value may be a key.
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
            .field("page", &self.page)
            .finish()
    }
}
