use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use oneteg_auth::Authenticator;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    ByteStream, Error, ErrorKind, Limits, RawRequest, ResponseValue, RetryBudget, RetryPolicy,
    Vendor,
    answer::{Answer, decode},
    call::Call,
    dispatch::{Opened, Reply, Want},
    limiter::Limiter,
    raw,
    timeouts::Timeouts,
    tls,
    wire::Wire,
};

/// The most bytes of a decoded answer that are read by default: 32 MiB.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// What every generated client runs on. Cloning is cheap, and clones share everything.
#[derive(Clone)]
pub struct Runtime {
    shared: Arc<Shared>,
    /// Sent with every request to the base URL.
    headers: Arc<HeaderMap>,
}

pub(crate) struct Shared {
    pub(crate) wire: Wire,
    pub(crate) base: Url,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) vendor: Arc<dyn Vendor>,
    pub(crate) max_answer: usize,
    pub(crate) next_id: AtomicU64,
    /// The path and the URL of remote procedures.
    pub(crate) rpc_url: OnceLock<(&'static str, Url)>,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: RetryBudget,
    pub(crate) limiter: Limiter,
    pub(crate) timeouts: Timeouts,
}

impl Runtime {
    /// Begins a runtime for a server.
    pub fn builder(
        base_url: impl Into<String>,
        vendor: impl Vendor,
        authenticator: impl Authenticator,
    ) -> RuntimeBuilder {
        RuntimeBuilder {
            base_url: base_url.into(),
            vendor: Arc::new(vendor),
            authenticator: Arc::new(authenticator),
            wire: None,
            retry: RetryPolicy::default(),
            budget: RetryBudget::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            max_answer: MAX_ANSWER,
            max_idle: usize::MAX,
            user_agent: None,
            headers: HeaderMap::new(),
        }
    }

    /// The base URL that operation paths are appended to.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The same runtime with another header on every request to the base URL, in place of one of that
    /// name. Connections, limits and credential stay shared.
    #[must_use]
    pub fn with_header(&self, name: HeaderName, value: HeaderValue) -> Self {
        let mut headers = (*self.headers).clone();
        headers.insert(name, value);
        Self { shared: Arc::clone(&self.shared), headers: Arc::new(headers) }
    }

    /// Begins a call of an endpoint that the specification does not know.
    ///
    /// The path is appended to the base URL; it goes through the same pipeline as every other call.
    pub fn request(&self, method: http::Method, path: impl Into<String>) -> RawRequest<'_> {
        RawRequest::new(self, method, path.into())
    }

    /// Begins a request to another server, such as a storage host whose address an answer gave. It goes
    /// through the same pipeline, but the credential stays behind (RFC 6750 section 5.3).
    ///
    /// The URL is `https`, or `http` to loopback. It may be a secret itself (a shared access signature),
    /// so no error and no log shows its query.
    pub fn request_elsewhere(&self, method: http::Method, url: Url) -> RawRequest<'_> {
        RawRequest::elsewhere(self, method, url)
    }

    /// Begins a request to an absolute URL of this server, such as a `Location` that an answer gave. It goes
    /// with the credential, so a URL of another origin is [`ErrorKind::Configuration`].
    pub fn request_at(&self, method: http::Method, url: Url) -> RawRequest<'_> {
        RawRequest::at(self, method, url)
    }

    /// Calls a remote procedure that the specification does not know, at the path of the vendor's
    /// JSON-RPC endpoint. The parameters are an array or a tuple.
    ///
    /// # Errors
    /// As every call; [`ErrorKind::InvalidRequest`] when the parameters are no array.
    pub async fn procedure<P: Serialize + ?Sized, T: DeserializeOwned>(
        &self,
        path: &'static str,
        method: &str,
        params: &P,
    ) -> Result<ResponseValue<T>, Error> {
        self.json(raw::procedure(path, method, params)).await
    }

    /// Reads an answer that came inside of another one, such as a part of a `multipart/mixed` batch, as
    /// if it had come alone: the vendor's envelope is taken off, and a failure is the same error.
    ///
    /// # Errors
    /// As every call.
    pub fn embedded<T: DeserializeOwned>(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<ResponseValue<T>, Error> {
        let operation = raw::operation(self);
        let describe = |error: Error| error.with_operation(operation.id);
        let opened = self.open(operation, None, Answer { status, headers, body });
        let opened = opened.map_err(describe)?;
        match decode::<T>(&opened.value) {
            Ok(value) => Ok(opened.with(value)),
            Err(error) => Err(opened.answer.describe(describe(error))),
        }
    }

    /// Sends a call whose answer is a JSON value.
    #[doc(hidden)]
    pub fn json<T: DeserializeOwned>(
        &self,
        call: Box<Call>,
    ) -> impl Future<Output = Result<ResponseValue<T>, Error>> + Send {
        let operation = call.operation;
        let reply = self.dispatch(call, Want::Json);
        async move {
            let mut opened =
                value(reply.await).map_err(|error| error.with_operation(operation.id))?;
            let mut decoded = decode::<T>(&opened.value);
            if decoded.is_err() && opened.peeked {
                opened = self.reopen(operation, opened)?;
                decoded = decode(&opened.value);
            }
            match decoded {
                Ok(value) => Ok(opened.with(value)),
                Err(error) => {
                    let error = opened.answer.describe(error.with_operation(operation.id));
                    Err(opened.credential.hide(error))
                }
            }
        }
    }

    async fn value(&self, call: Box<Call>) -> Result<Box<Opened>, Error> {
        let operation = call.operation;
        let reply = self.dispatch(call, Want::Value).await;
        value(reply).map_err(|error| error.with_operation(operation.id))
    }

    /// Sends a call whose answer has no value.
    #[doc(hidden)]
    pub async fn empty(&self, call: Box<Call>) -> Result<ResponseValue<()>, Error> {
        Ok(self.value(call).await?.with(()))
    }

    /// Sends a call whose answer is a text.
    #[doc(hidden)]
    pub async fn text(&self, call: Box<Call>) -> Result<ResponseValue<String>, Error> {
        let opened = self.value(call).await?;
        let text = String::from_utf8_lossy(&opened.value).into_owned();
        Ok(opened.with(text))
    }

    /// Sends a call whose answer is a file.
    #[doc(hidden)]
    pub async fn stream(&self, call: Box<Call>) -> Result<ResponseValue<ByteStream>, Error> {
        let operation = call.operation;
        let reply = self.dispatch(call, Want::Stream).await;
        let Reply::Stream(mut response) =
            reply.map_err(|error| error.with_operation(operation.id))?
        else {
            return Err(Error::new(ErrorKind::Envelope, "a decoded answer came for a stream"));
        };
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        Ok(ResponseValue::new(
            ByteStream::new(*response, operation.id, self.shared.timeouts.stall),
            status,
            headers,
        ))
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("base_url", &self.shared.base.as_str())
            .field("vendor", &self.shared.vendor.name())
            .field("authenticator", &self.shared.authenticator)
            .finish_non_exhaustive()
    }
}

/// Sets up a [`Runtime`].
pub struct RuntimeBuilder {
    base_url: String,
    vendor: Arc<dyn Vendor>,
    authenticator: Arc<dyn Authenticator>,
    wire: Option<Wire>,
    retry: RetryPolicy,
    budget: RetryBudget,
    limits: Limits,
    timeouts: Timeouts,
    max_answer: usize,
    max_idle: usize,
    user_agent: Option<String>,
    headers: HeaderMap,
}

impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The base URL is checked by `build`; until then it may hold a password.
        f.debug_struct("RuntimeBuilder")
            .field("vendor", &self.vendor.name())
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl RuntimeBuilder {
    /// Uses this HTTP client, with its TLS, proxy and time limits, instead of one of our own. Build it
    /// with `redirect(Policy::none())`: reqwest drops `Authorization` when a redirect leaves the host,
    /// but not a credential in another header.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.wire = Some(Wire::Http(client));
        self
    }

    /// How long making a connection may take. Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.connect = limit;
        self
    }

    /// How many connections are kept for reuse while nothing uses them; 0 makes one for every request.
    /// Default: all, until the server closes them.
    #[must_use]
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle = connections;
        self
    }

    /// How long one try of a call may take: sending it and reading an answer that is decoded. For an
    /// upload, how long it may make no progress; for a download, until its answer begins. Default: 60
    /// seconds.
    #[must_use]
    pub fn try_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.one_try = limit;
        self
    }

    /// How long a call may take as a whole, with its retries and waits. Default: 2 minutes. Calls that
    /// upload or download a file have no such limit unless the call itself is given one.
    #[must_use]
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.call = limit;
        self
    }

    /// How long a download may bring no bytes while its reader waits for some. The time in which the
    /// reader does something else does not count. Default: 60 seconds.
    #[must_use]
    pub fn stall_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.stall = limit;
        self
    }

    /// Sends a header with every request to the base URL, such as the version of the API or a gateway's
    /// key. It stays behind where a redirect or an answer's URL leads elsewhere. Mark a secret value
    /// [sensitive](HeaderValue::set_sensitive), so that no error shows it.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// How failed calls are tried again; see [`RetryPolicy`] for the default.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many retries may be added to the load of a failing server; see [`RetryBudget`] for the
    /// default. Give the same budget to several clients of one server to share it.
    #[must_use]
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// How much is asked of the server; see [`Limits`] for the default.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Answers every request by a script and opens no socket.
    #[cfg(feature = "test-kit")]
    #[must_use]
    pub fn script(mut self, script: impl crate::test_kit::Script) -> Self {
        self.wire = Some(Wire::script(script));
        self
    }

    /// The most bytes of an answer that is decoded; downloads have no limit. Default: 32 MiB.
    #[must_use]
    pub fn max_answer_bytes(mut self, limit: usize) -> Self {
        self.max_answer = limit;
        self
    }

    /// What the program calls itself; put before our own name in `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// Builds the runtime.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the base URL is none, is neither `https` nor `http` to
    /// loopback, or carries credentials, or when TLS cannot be set up.
    pub fn build(self) -> Result<Runtime, Error> {
        let base = base_url(&self.base_url)?;
        let wire = match self.wire {
            Some(wire) => wire,
            None => {
                let ours = format!("oneteg-{}/{}", self.vendor.name(), env!("CARGO_PKG_VERSION"));
                let agent =
                    self.user_agent.map_or(ours.clone(), |theirs| format!("{theirs} {ours}"));
                let client = tls::client_builder(&base)?
                    // No other limit here: `dispatch` has them, where an upload's progress counts.
                    .connect_timeout(self.timeouts.connect)
                    .pool_max_idle_per_host(self.max_idle)
                    .user_agent(agent)
                    // Redirects are followed by `dispatch`, which leaves credentials behind.
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(|error| {
                        Error::new(ErrorKind::Configuration, "the HTTP client could not be built")
                            .with_source(error)
                    })?;
                Wire::Http(client)
            }
        };
        let headers = Arc::new(self.headers);
        let shared = Arc::new(Shared {
            wire,
            base,
            authenticator: self.authenticator,
            vendor: self.vendor,
            max_answer: self.max_answer,
            next_id: AtomicU64::new(1),
            rpc_url: OnceLock::new(),
            retry: self.retry,
            budget: self.budget,
            limiter: Limiter::new(self.limits),
            timeouts: self.timeouts,
        });
        Ok(Runtime { shared, headers })
    }
}

fn value(reply: Result<Reply, Error>) -> Result<Box<Opened>, Error> {
    match reply? {
        Reply::Value(opened) => Ok(opened),
        Reply::Stream(_) => {
            Err(Error::new(ErrorKind::Envelope, "a stream came for a decoded answer"))
        }
    }
}

/// Whether a URL is of this machine, where nobody listens in between.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Checks a base URL. Messages have no part of it that could be a secret.
fn base_url(text: &str) -> Result<Url, Error> {
    let wrong = |why: &str| Error::new(ErrorKind::Configuration, format!("the base URL {why}"));
    let mut url = Url::parse(text.trim()).map_err(|error| {
        wrong("is not a URL; give one like https://acme.example.com").with_source(error)
    })?;
    if url.host().is_none() {
        return Err(wrong("has no host"));
    }
    let is_loopback = is_loopback(&url);
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => return Err(wrong("is http; credentials are only sent over https")),
        _ => return Err(wrong("is neither http nor https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user or a password in it; give the credential on its own"));
    }
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_https_and_loopback_only() {
        for good in [
            "https://acme.netx.net",
            " https://acme.netx.net/base/ ",
            "http://127.0.0.1:80",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            base_url(good).unwrap();
        }
        for bad in ["", "acme.netx.net", "http://acme.netx.net", "ftp://x", "data:x"] {
            let error = base_url(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{bad}");
        }
        let error = base_url("https://user:canary@acme.netx.net").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
