//! What reached the server: a bounded recording and counters, for tests that count.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use axum::http::{HeaderMap, HeaderValue, Method};

/// Requests kept; older ones are dropped, the counters go on.
const KEPT: usize = 1024;

/// One request as it reached the server.
///
/// The values of headers that carry credentials are replaced by `<redacted>`; bodies are not kept.
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
    /// The served operation that the request was for, where there is one.
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

    /// The first value of a header, if it is there and readable as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// How much has happened since the sandbox started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Requests that reached the server, whatever became of them.
    pub requests: u64,
    /// Operations that changed the sandbox's state, refused ones not counted.
    pub writes: u64,
}

/// The recording of one vendor's stand-in.
#[derive(Debug, Default)]
pub struct Recording(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<RecordedRequest>,
    counters: Counters,
    writes: BTreeMap<&'static str, u64>,
}

impl Recording {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arrived(&self, request: RecordedRequest) {
        let mut kept = self.kept();
        kept.counters.requests += 1;
        if kept.requests.len() == KEPT {
            kept.requests.pop_front();
        }
        kept.requests.push_back(request);
    }

    pub(crate) fn written(&self, operation: &'static str) {
        let mut kept = self.kept();
        kept.counters.writes += 1;
        *kept.writes.entry(operation).or_default() += 1;
    }

    /// The requests kept, oldest first: the last 1,024.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.kept().requests.iter().cloned().collect()
    }

    /// The totals since the start.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.kept().counters.clone()
    }

    /// How often one operation has changed the state.
    #[must_use]
    pub fn writes_of(&self, operation: &str) -> u64 {
        self.kept().writes.get(operation).copied().unwrap_or_default()
    }
}
