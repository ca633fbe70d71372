//! Records calls.
//!
//! | State of a call | Event | Next state |
//! |---|---|---|
//! | sending | the response begins | receiving |
//! | | the connection fails | recorded, with the failure |
//! | | the attempt's time limit, or its future is dropped | recorded as a timeout |
//! | receiving | the body ends | recorded |
//! | | the connection breaks | recorded, with what arrived and the failure |
//! | | the reader stops, as a program may that reads the beginning of a file | recorded, with the announced length |
//!
//! Calls are in the order in which they were sent, which is that of the program also if several run at a time.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use http::{HeaderMap, Method, header};
use oneteg_auth::BoxFuture;
use reqwest::{Body as HttpBody, Request, Response, ResponseBuilderExt as _};
use url::Url;

use super::{
    Cassette, CassetteError,
    capture::{Capture, End, ObservedBody, Observer, SharedCapture},
    content,
    format::{self, Body, Call, Failure, Header},
    headers::distinguishing,
    sanitize::Sanitizer,
    words::CallPart,
};
use crate::{
    Error, ErrorKind, Vendor,
    pipeline::{Relay, RequestSender, SendTarget},
    pseudonym::Pseudonymizer,
};

/// Records the calls of a client in a [`Cassette`], without the content of the account. See the [module](super).
///
/// Clones record into the same cassette.
#[derive(Clone)]
pub struct Recorder {
    fakes: Pseudonymizer,
    keeps_inputs: bool,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    tape: OnceLock<Tape>,
}

/// What is recorded of one client.
struct Tape {
    header: Header,
    base_url: Url,
    state: Mutex<State>,
}

struct State {
    sanitizer: Sanitizer,
    /// `None` for a call that has not ended.
    calls: Vec<Option<Call>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("calls", &self.calls()).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Creates a recorder with a random key, so that each recording has other fakes.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the operating system has no randomness.
    pub fn new() -> Result<Self, Error> {
        Ok(Self::with_fakes(Pseudonymizer::random()?))
    }

    /// Creates a recorder with a key, so that recording again gives the same fakes. Keep the key as secret as the
    /// account: anyone who has it can check guesses of what was replaced.
    pub fn with_key(key: &[u8; 16]) -> Self {
        Self::with_fakes(Pseudonymizer::with_key(key))
    }

    fn with_fakes(fakes: Pseudonymizer) -> Self {
        Self { fakes, keeps_inputs: false, shared: Arc::default() }
    }

    /// Keeps a value that the program passes itself, such as the id of the folder that it begins with or the name of
    /// a file that it uploads: a replaying program passes it again. Call it before the client is built.
    #[must_use]
    pub fn keep(mut self, value: impl ToString) -> Self {
        self.fakes.keep(value);
        self
    }

    /// Keeps every value that a request contains and no earlier response did: what the program passes itself. Secrets
    /// stay secret. For programs whose own values are no secret, such as tests. Default: `false`.
    #[must_use]
    pub fn keep_inputs(mut self, keep: bool) -> Self {
        self.keeps_inputs = keep;
        self
    }

    /// The number of calls so far.
    pub fn calls(&self) -> usize {
        self.shared.tape.get().map_or(0, |tape| tape.lock().calls.len())
    }

    /// What was recorded so far. A call whose response has not been read to its end is left out.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if no client was built with the recorder.
    pub fn cassette(&self) -> Result<Cassette, Error> {
        let tape = self.shared.tape.get().ok_or_else(|| {
            let message = "the recorder has no client; pass it to `record` of the client's builder";
            Error::new(ErrorKind::Configuration, message)
        })?;
        let calls = tape.lock().calls.iter().flatten().cloned().collect();
        Ok(Cassette::of(tape.header.clone(), calls))
    }

    /// Writes what was recorded so far into a file, as [`Cassette::save`] does.
    ///
    /// # Errors
    /// Those of [`cassette`](Self::cassette), and [`ErrorKind::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let saved = self.cassette()?.save(path);
        saved.map_err(|error: CassetteError| Error::new(ErrorKind::Io, error.to_string()))
    }

    /// Begins to record a client.
    pub(crate) fn attach(
        &self,
        vendor: &dyn Vendor,
        base_url: &Url,
    ) -> Result<Arc<dyn Relay>, Error> {
        let host = vendor.name().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let url = Url::parse(&format!("https://{host}.example")).map_err(|error| {
            Error::new(ErrorKind::Configuration, "the vendor's name is no host").with_source(error)
        })?;
        let tape = self.shared.tape.get_or_init(|| {
            let fakes = self.fakes.clone().origin(base_url, &url);
            let sanitizer = Sanitizer::new(fakes, vendor.vocabulary(), self.keeps_inputs);
            Tape {
                header: Header { cassette: format::NEWEST, vendor: vendor.name().to_owned(), url },
                base_url: base_url.clone(),
                state: Mutex::new(State { sanitizer, calls: Vec::new() }),
            }
        });
        if tape.base_url != *base_url {
            let message =
                "the recorder records a client of another server; use one recorder for each";
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Ok(Arc::clone(&self.shared) as Arc<dyn Relay>)
    }
}

impl Tape {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Relay for Shared {
    fn relay<'a>(
        self: Arc<Self>,
        mut request: Request,
        target: SendTarget<'a>,
        inner: Option<&'a RequestSender>,
    ) -> BoxFuture<'a, Result<Response, Error>> {
        Box::pin(async move {
            let (Some(tape), Some(inner)) = (self.tape.get(), inner) else {
                return Err(Error::new(ErrorKind::Configuration, "the recorder has no client"));
            };
            let index = {
                let mut state = tape.lock();
                state.calls.push(None);
                state.calls.len() - 1
            };
            let sent = Sent::of(&target, &mut request, tape)?;
            let mut pending = Pending { shared: Arc::clone(&self), index, sent: Some(sent) };
            match inner.execute(request, target).await {
                Ok(response) => pending.respond(response),
                Err(error) => {
                    let failure = match error.kind() {
                        ErrorKind::Connect => Failure::Connect,
                        ErrorKind::Timeout => Failure::Timeout,
                        _ => Failure::Broken,
                    };
                    pending.record(Received { failure: Some(failure), ..Received::default() });
                    Err(error)
                }
            }
        })
    }
}

/// What was sent, with the parts that can be replaced at once.
struct Sent {
    operation: &'static crate::Operation,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: SharedCapture,
    /// The announced length of a body that is read while it is sent.
    streamed: Option<u64>,
}

impl Sent {
    fn of(target: &SendTarget<'_>, request: &mut Request, tape: &Tape) -> Result<Self, Error> {
        let body = SharedCapture::default();
        let mut streamed = None;
        if let Some(sent) = request.body_mut().take() {
            let observed = match sent.as_bytes() {
                Some(bytes) => {
                    body.clone().data(bytes);
                    sent
                }
                None => {
                    streamed = announced_length(request.headers());
                    ObservedBody::wrap(sent, body.clone())
                }
            };
            *request.body_mut() = Some(observed);
        }
        // The credential is not needed, and not kept in memory.
        let mut headers = request.headers().clone();
        headers.remove(header::AUTHORIZATION);
        let url = tape.lock().sanitizer.url(target, request.url())?;
        let (operation, method) = (target.operation, request.method().clone());
        Ok(Self { operation, method, url, headers, body, streamed })
    }
}

/// What was received.
#[derive(Default)]
struct Received {
    status: Option<u16>,
    headers: HeaderMap,
    body: Option<Body>,
    failure: Option<Failure>,
}

/// A call that has not ended.
struct Pending {
    shared: Arc<Shared>,
    index: usize,
    /// `None` once it was recorded.
    sent: Option<Sent>,
}

impl Pending {
    /// Observes the body of a response, to record the call at its end.
    fn respond(self, response: Response) -> Result<Response, Error> {
        let mut builder = http::Response::builder()
            .status(response.status())
            .version(response.version())
            .url(response.url().clone());
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if let Some(copied) = builder.headers_mut() {
            copied.clone_from(&headers);
        }
        let observer = Receiving { pending: self, status, headers, capture: Capture::default() };
        let body = ObservedBody::wrap(HttpBody::from(response), observer);
        let response = builder.body(body).map_err(|error| {
            Error::new(ErrorKind::Transport, "the response could not be recorded")
                .with_source(error)
        })?;
        Ok(response.into())
    }

    fn record(&mut self, received: Received) {
        let (Some(sent), Some(tape)) = (self.sent.take(), self.shared.tape.get()) else { return };
        let mut state = tape.lock();
        let mut capture = sent.body.take();
        if let Some(announced) = sent.streamed
            && capture.length < announced
        {
            // The server responded before it had read the body.
            capture = Capture { bytes: Vec::new(), length: announced };
        }
        let mut body = content::read(&sent.headers, &capture);
        let mut response = received.body;
        // A client numbers its JSON-RPC requests.
        if let Some(id) = content::without_id(&mut body) {
            let is_same = matches!(&response, Some(Body::Json(json)) if json["id"] == id);
            if is_same {
                content::without_id(&mut response);
            }
        }
        let sanitizer = &mut state.sanitizer;
        let is_failure = received.status.is_some_and(|status| status >= 400);
        let part = if is_failure { CallPart::Failure } else { CallPart::Success };
        let call = Call {
            operation: sent.operation.id.to_owned(),
            method: sent.method.to_string(),
            url: sent.url,
            sent: distinguishing(&sent.headers),
            body: sanitizer.request(sent.operation, body),
            status: received.status,
            headers: sanitizer.headers(&received.headers),
            response: sanitizer.response(sent.operation, part, response),
            failure: received.failure,
        };
        if let Some(slot) = state.calls.get_mut(self.index) {
            *slot = Some(call);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.record(Received { failure: Some(Failure::Timeout), ..Received::default() });
    }
}

/// A call whose response is being read.
struct Receiving {
    pending: Pending,
    status: u16,
    headers: HeaderMap,
    capture: Capture,
}

impl Observer for Receiving {
    fn data(&mut self, bytes: &[u8]) {
        self.capture.add(bytes);
    }

    fn end(&mut self, end: End) {
        let announced = announced_length(&self.headers);
        // Of the requests for files and of no other, the coding is chosen by us. An error is a document.
        let is_file_request = self.pending.sent.as_ref().is_some_and(|sent| {
            [header::RANGE, header::ACCEPT_ENCODING]
                .iter()
                .any(|name| sent.headers.contains_key(name))
        });
        let is_file = self.status == 206 || is_file_request && self.status < 400;
        let mut capture = std::mem::take(&mut self.capture);
        let mut failure = (end == End::Broken).then_some(Failure::Broken);
        if is_file || end == End::Dropped {
            capture.bytes = Vec::new();
            if end == End::Dropped {
                capture.length = announced.unwrap_or(capture.length);
            }
        }
        let is_document = |headers: &HeaderMap| {
            let media_type =
                headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            media_type.is_some_and(|media_type| media_type.contains("json"))
        };
        if end == End::Dropped && !is_file && is_document(&self.headers) {
            failure = Some(Failure::Timeout);
        }
        let body = content::read(&self.headers, &capture);
        let headers = std::mem::take(&mut self.headers);
        self.pending.record(Received { status: Some(self.status), headers, body, failure });
    }
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
