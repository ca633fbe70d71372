//! The transport of a run. It keeps what the vendor sent, as it was sent, and never sends more than the budget.
//!
//! Credentials, retries, redirects and the waits that a vendor asks for are those of the SDK, which this transport is
//! below. Files are not read: only their status and headers are of interest.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::header;
use oneteg_auth::BoxFuture;
use oneteg_http::{
    Error, ErrorKind, Transport,
    reqwest::{Body, Client, Request, Response, ResponseBuilderExt as _, redirect},
};
use serde_json::Value;

use crate::error::CliError;

/// The largest response that is compared, in bytes.
pub(crate) const MAX_BODY: usize = 16 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Keeps what was sent and received. Clones are the same.
#[derive(Clone)]
pub(crate) struct Tap(Arc<Inner>);

struct Inner {
    client: Client,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    exchanges: Vec<Exchange>,
    /// Whether the call reads a file.
    reads_file: bool,
    sent: u64,
    limit: u64,
    refused: bool,
}

/// A request and its response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange {
    /// `None` without a response.
    pub(crate) status: Option<u16>,
    /// Without parameters, in lower case.
    pub(crate) media_type: String,
    pub(crate) body: Received,
    /// The id of the JSON-RPC request.
    pub(crate) rpc_id: Option<Value>,
}

/// The body of a response.
#[derive(Debug, Clone, Default)]
pub(crate) enum Received {
    /// There was no response.
    #[default]
    Nothing,
    Complete(Vec<u8>),
    /// The connection ended inside the body.
    Broken,
    /// More than [`MAX_BODY`].
    TooLarge,
    /// A file, which was not read.
    File,
}

impl Tap {
    /// A transport that sends at most `limit` requests.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub(crate) fn new(encrypted: bool, user_agent: &str, limit: u64) -> Result<Self, CliError> {
        let client = oneteg_auth::client_builder(encrypted)?
            .connect_timeout(CONNECT_TIMEOUT)
            // The pipeline follows redirects, so that no other server receives the credential.
            .redirect(redirect::Policy::none())
            .user_agent(user_agent)
            .build()
            .map_err(|_| CliError::failure("the HTTP client could not be built"))?;
        let state = Mutex::new(State { limit, ..State::default() });
        Ok(Self(Arc::new(Inner { client, state })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call: forgets what earlier ones received.
    pub(crate) fn begin(&self, reads_file: bool) {
        let mut state = self.state();
        state.exchanges.clear();
        state.reads_file = reads_file;
    }

    /// What the call sent and received, with retries and redirects.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.clone()
    }

    /// The number of requests that were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.state().sent
    }

    /// Counts the requests of an earlier part of the run, which its own budget allowed.
    pub(crate) fn count_earlier(&self, sent: u64) {
        let mut state = self.state();
        state.sent += sent;
        state.limit += sent;
    }

    /// Allows further requests, which clean up.
    pub(crate) fn allow(&self, requests: u64) {
        self.state().limit += requests;
    }

    /// Whether a request was refused because the budget is spent.
    pub(crate) fn is_spent(&self) -> bool {
        self.state().refused
    }

    fn record(&self, index: usize, change: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.state().exchanges.get_mut(index) {
            change(exchange);
        }
    }

    async fn send(&self, request: Request) -> Result<Response, Error> {
        let (index, reads_file) = {
            let mut state = self.state();
            if state.sent >= state.limit {
                state.refused = true;
                return Err(Error::new(ErrorKind::Cancelled, "the budget of requests is spent"));
            }
            state.sent += 1;
            let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
            let body = serde_json::from_slice::<Value>(body).unwrap_or_default();
            let rpc_id = body.get("jsonrpc").and_then(|_| body.get("id")).cloned();
            state.exchanges.push(Exchange { rpc_id, ..Exchange::default() });
            (state.exchanges.len() - 1, state.reads_file)
        };
        let url = request.url().clone();
        let mut response = self.0.client.execute(request).await.map_err(|error| {
            let kind = match () {
                () if error.is_connect() => ErrorKind::Connect,
                () if error.is_timeout() => ErrorKind::Timeout,
                () => ErrorKind::Transport,
            };
            // The cause may contain the URL.
            Error::new(kind, "the server did not respond")
        })?;
        let status = response.status();
        let media_type = media_type(&response);
        self.record(index, |exchange| {
            exchange.status = Some(status.as_u16());
            exchange.media_type.clone_from(&media_type);
        });
        if reads_file && status.is_success() && !is_text(&media_type) {
            self.record(index, |exchange| exchange.body = Received::File);
            return Ok(response);
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => {
                    self.record(index, |exchange| exchange.body = Received::TooLarge);
                    let message = "the response is larger than what is compared";
                    return Err(Error::new(ErrorKind::TooLarge, message));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(_) => {
                    self.record(index, |exchange| exchange.body = Received::Broken);
                    let message = "the connection ended inside the response";
                    return Err(Error::new(ErrorKind::Transport, message));
                }
            }
        }
        self.record(index, |exchange| exchange.body = Received::Complete(body.clone()));
        let mut copy = http::Response::builder()
            .url(url)
            .status(status)
            .body(Body::from(body))
            .map_err(|_| Error::new(ErrorKind::Transport, "the response is not valid"))?;
        std::mem::swap(copy.headers_mut(), response.headers_mut());
        Ok(copy.into())
    }
}

impl Transport for Tap {
    fn execute(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(self.send(request))
    }
}

fn media_type(response: &Response) -> String {
    let declared = response.headers().get(header::CONTENT_TYPE);
    let declared = declared.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    // A header of a hostile server may be anything.
    let is_token = |letter: char| letter.is_ascii_alphanumeric() || "/+-.*_".contains(letter);
    match essence.len() <= 80 && essence.chars().all(is_token) {
        true => essence,
        false => "(invalid)".to_owned(),
    }
}

/// Whether a body may be an error or a page instead of a file.
fn is_text(media_type: &str) -> bool {
    media_type.contains("json") || media_type.contains("html") || media_type.is_empty()
}
