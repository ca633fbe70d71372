use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use oneteg_auth::{Authenticator, client_builder, is_loopback};
use reqwest::{Client, ClientBuilder};
use url::Url;

use super::Runtime;
use crate::{
    Error, ErrorKind, Limits, RetryBudget, RetryPolicy, Transport, Vendor,
    pipeline::{Endpoint, Limiter, Pipeline, RequestSender, Timeouts},
};

const DEFAULT_MAX_RESPONSE_BYTES: usize = 32 * 1024 * 1024;

/// Builds a [`Runtime`].
///
/// | Setting | Default |
/// |---|---|
/// | [`connect_timeout`](Self::connect_timeout) | 10 s |
/// | [`attempt_timeout`](Self::attempt_timeout) | 60 s |
/// | [`call_timeout`](Self::call_timeout) | 2 min; none for uploads and downloads |
/// | [`stall_timeout`](Self::stall_timeout) | 60 s |
/// | [`max_response_bytes`](Self::max_response_bytes) | 32 MiB; none for downloads |
/// | [`max_idle_connections`](Self::max_idle_connections) | unlimited |
/// | [`retry`](Self::retry) | see [`RetryPolicy`] |
/// | [`retry_budget`](Self::retry_budget) | see [`RetryBudget`] |
/// | [`limits`](Self::limits) | see [`Limits`] |
pub struct RuntimeBuilder {
    base_url: String,
    vendor: Arc<dyn Vendor>,
    authenticator: Arc<dyn Authenticator>,
    sender: Option<RequestSender>,
    retry: RetryPolicy,
    budget: RetryBudget,
    limits: Limits,
    timeouts: Timeouts,
    max_response_bytes: usize,
    max_idle_connections: usize,
    user_agent: Option<String>,
    headers: HeaderMap,
}

impl fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the base URL, which may contain a password until `build` checks it.
        f.debug_struct("RuntimeBuilder")
            .field("vendor", &self.vendor.name())
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl RuntimeBuilder {
    pub(super) fn new(
        base_url: String,
        vendor: Arc<dyn Vendor>,
        authenticator: Arc<dyn Authenticator>,
    ) -> Self {
        Self {
            base_url,
            vendor,
            authenticator,
            sender: None,
            retry: RetryPolicy::default(),
            budget: RetryBudget::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            max_idle_connections: usize::MAX,
            user_agent: None,
            headers: HeaderMap::new(),
        }
    }

    /// Uses this HTTP client, with its TLS, proxy and time limits.
    ///
    /// Build it with `redirect(Policy::none())`: reqwest removes `Authorization` when a redirect leaves the host,
    /// but not a credential in another header. If it decodes content codings, a coding that a server applied to
    /// a file cannot be noticed: the file is decoded instead of refused.
    #[must_use]
    pub fn http_client(mut self, client: Client) -> Self {
        self.sender = Some(RequestSender::from_client(client));
        self
    }

    /// Sends all requests through `transport` instead of an HTTP client. No socket is opened.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.sender = Some(RequestSender::Custom(Box::new(transport)));
        self
    }

    /// Sets the time limit for connecting. Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.connect = limit;
        self
    }

    /// Sets how many idle connections are kept for reuse; 0 opens a connection for each request. Default:
    /// unlimited, until the server closes them.
    #[must_use]
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle_connections = connections;
        self
    }

    /// Sets the time limit of an attempt: sending the request and reading a response that is decoded. For an
    /// upload, it is the longest time without progress; for a download, the time until the response begins.
    /// Default: 60 seconds.
    #[must_use]
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.attempt = limit;
        self
    }

    /// Sets the time limit of a call with its retries and waits. Default: 2 minutes. Uploads and downloads have
    /// no limit, unless it is set in [`CallOptions`](crate::CallOptions::timeout).
    #[must_use]
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.call = limit;
        self
    }

    /// Sets how long a download may receive no bytes while its reader waits. Time that the reader spends
    /// elsewhere does not count. Default: 60 seconds.
    #[must_use]
    pub fn stall_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.stall = limit;
        self
    }

    /// Sends a header with every request to the base URL, such as an API version or a gateway's key. It is not
    /// sent to other servers, whether a redirect or a URL in a response leads there. Mark a secret value as
    /// [sensitive](HeaderValue::set_sensitive), so that no error shows it.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets how failed calls are retried. Default: see [`RetryPolicy`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits the extra load that retries put on a failing server. Default: see [`RetryBudget`]. Several clients
    /// of one server can share a budget.
    #[must_use]
    pub fn retry_budget(mut self, budget: RetryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Limits concurrent requests and requests per second. Default: see [`Limits`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the maximum size of a response that is decoded, in bytes. Downloads have no limit. Default: 32 MiB.
    #[must_use]
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
        self.max_response_bytes = limit;
        self
    }

    /// Sets the program's name and version, which precede those of this crate in `User-Agent`.
    #[must_use]
    pub fn user_agent(mut self, program: impl Into<String>) -> Self {
        self.user_agent = Some(program.into());
        self
    }

    /// Builds the runtime.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the base URL is invalid, contains credentials, or uses a scheme other than
    /// `https` (`http` is allowed for loopback), or if TLS cannot be set up.
    pub fn build(mut self) -> Result<Runtime, Error> {
        let base_url = check_base_url(&self.base_url)?;
        let sender = match self.sender.take() {
            Some(sender) => sender,
            None => self.http_sender(base_url.scheme() == "https")?,
        };
        let endpoint = Endpoint {
            base_url,
            authenticator: self.authenticator,
            sender,
            next_id: AtomicU64::new(1),
        };
        let pipeline = Pipeline {
            endpoint,
            vendor: self.vendor,
            max_response_bytes: self.max_response_bytes,
            retry: self.retry,
            budget: self.budget,
            limiter: Limiter::new(self.limits),
            timeouts: self.timeouts,
        };
        Ok(Runtime { pipeline: Arc::new(pipeline), headers: Arc::new(self.headers) })
    }

    fn http_sender(&self, tls: bool) -> Result<RequestSender, Error> {
        let own = format!("oneteg-{}/{}", self.vendor.name(), env!("CARGO_PKG_VERSION"));
        let user_agent = match &self.user_agent {
            Some(program) => format!("{program} {own}"),
            None => own,
        };
        let builder = || -> Result<ClientBuilder, Error> {
            Ok(client_builder(tls)?
                .connect_timeout(self.timeouts.connect)
                .pool_max_idle_per_host(self.max_idle_connections)
                .user_agent(&user_agent)
                // The pipeline has the other time limits, because an upload's progress counts there. It also
                // follows redirects, to keep the credential from other servers, and retries, within one budget
                // and deadline. With no retries, the client need not copy every request.
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never().max_retries_per_request(0)))
        };
        let build = |builder: ClientBuilder| {
            builder.build().map_err(|error| {
                Error::new(ErrorKind::Configuration, "the HTTP client could not be built")
                    .with_source(error)
            })
        };
        // Any crate of the build can enable reqwest's features for content codings, so they are disabled
        // here.
        let files = build(builder()?.no_gzip().no_brotli().no_zstd().no_deflate())?;
        let calls = if cfg!(feature = "gzip") { build(builder()?)? } else { files.clone() };
        Ok(RequestSender::Http { calls, files })
    }
}

/// Parses and checks a base URL. Messages contain no part of it that may be secret.
fn check_base_url(base_url: &str) -> Result<Url, Error> {
    let refused =
        |reason: &str| Error::new(ErrorKind::Configuration, format!("the base URL {reason}"));
    let mut url = Url::parse(base_url.trim()).map_err(|error| {
        refused("is not a URL; give one like https://acme.example.com").with_source(error)
    })?;
    if url.host().is_none() {
        return Err(refused("has no host"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(refused("is http; credentials are only sent over https")),
        _ => return Err(refused("is neither http nor https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("contains a user or a password; pass the credential separately"));
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
        for allowed in [
            "https://acme.netx.net",
            " https://acme.netx.net/base/ ",
            "http://127.0.0.1:80",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            check_base_url(allowed).unwrap();
        }
        for refused in ["", "acme.netx.net", "http://acme.netx.net", "ftp://x", "data:x"] {
            let error = check_base_url(refused).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{refused}");
        }
        let error = check_base_url("https://user:canary@acme.netx.net").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}
