//! The record of what reached a stand-in: recent requests, and counters for tests that count.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use axum::http::{HeaderMap, HeaderValue, Method};

/// Number of requests kept. Older ones are dropped; the counters still include them.
const CAPACITY: usize = 1024;

/// A request as it reached the server.
///
/// The values of headers that carry credentials are replaced by `<redacted>`. Bodies are not kept.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The JSON-RPC method, as the client spelt it.
    pub rpc_method: Option<String>,
    /// The name of the operation the request was for, or `None` if no served operation matches.
    pub operation: Option<String>,
    headers: HeaderMap,
}

impl RecordedRequest {
    pub(crate) fn new(
        method: &Method,
        path: &str,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Self {
        let mut headers = headers.clone();
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
            if headers.contains_key(&name) {
                headers.insert(name, HeaderValue::from_static("<redacted>"));
            }
        }
        Self {
            method: method.to_string(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            rpc_method: None,
            operation: None,
            headers,
        }
    }

    /// The first value of a header; `None` if it is missing or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Totals since the sandbox started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests that reached the server, including those refused or replaced by a fault.
    pub requests: u64,
    /// Operations that changed the sandbox's state. Refused ones do not count.
    pub writes: u64,
}

/// What reached one vendor's stand-in.
#[derive(Debug, Default)]
pub struct Recording(Mutex<Recorded>);

#[derive(Debug, Default)]
struct Recorded {
    requests: VecDeque<RecordedRequest>,
    counters: Counters,
    writes: BTreeMap<&'static str, u64>,
}

impl Recording {
    // A test that panicked while holding the lock must not take the other assertions down with it.
    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record_request(&self, request: RecordedRequest) {
        let mut recorded = self.recorded();
        recorded.counters.requests += 1;
        if recorded.requests.len() == CAPACITY {
            recorded.requests.pop_front();
        }
        recorded.requests.push_back(request);
    }

    pub(crate) fn record_write(&self, operation: &'static str) {
        let mut recorded = self.recorded();
        recorded.counters.writes += 1;
        *recorded.writes.entry(operation).or_default() += 1;
    }

    /// The last 1,024 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.recorded().requests.iter().cloned().collect()
    }

    /// The totals since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.recorded().counters.clone()
    }

    /// Number of times the operation has changed the state.
    #[must_use]
    pub fn writes_of(&self, operation: &str) -> u64 {
        self.recorded().writes.get(operation).copied().unwrap_or_default()
    }
}
