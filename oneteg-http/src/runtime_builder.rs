use std::{
    fmt,
    sync::{Arc, OnceLock, atomic::AtomicU64},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use oneteg_auth::{Authenticator, client_builder, is_loopback};
use url::Url;

use crate::{
    Error, ErrorKind, Limits, RetryBudget, RetryPolicy, Runtime, Vendor,
    limiter::Limiter,
    runtime::Shared,
    timeouts::Timeouts,
    wire::{Transport, Wire},
};

/// The most bytes of a decoded answer that are read by default: 32 MiB.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

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
    pub(crate) fn new(
        base_url: String,
        vendor: Arc<dyn Vendor>,
        authenticator: Arc<dyn Authenticator>,
    ) -> Self {
        Self {
            base_url,
            vendor,
            authenticator,
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

    /// Uses this HTTP client, with its TLS, proxy and time limits, instead of one of our own. Build it
    /// with `redirect(Policy::none())`: reqwest drops `Authorization` when a redirect leaves the host,
    /// but not a credential in another header. One that undoes content codings hides them: files that a
    /// server packs although nobody asked are unpacked then and not refused.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.wire = Some(Wire::of(client));
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
    pub fn attempt_timeout(mut self, limit: Duration) -> Self {
        self.timeouts.attempt = limit;
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

    /// Sends every request through `transport` in place of an HTTP client, and opens no socket.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.wire = Some(Wire::Custom(Box::new(transport)));
        self
    }

    /// The most bytes of an answer that is decoded; downloads have no limit. Default: 32 MiB.
    #[must_use]
    pub fn max_response_bytes(mut self, limit: usize) -> Self {
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
                let builder = || -> Result<_, Error> {
                    Ok(client_builder(base.scheme() == "https")?
                        // No other limit here: `dispatch` has them, where an upload's progress counts.
                        .connect_timeout(self.timeouts.connect)
                        .pool_max_idle_per_host(self.max_idle)
                        .user_agent(agent.clone())
                        // Redirects are followed by `dispatch`, which leaves credentials behind.
                        .redirect(reqwest::redirect::Policy::none())
                        // Retries too, which have one budget and one deadline. Without tries left the client
                        // does not keep a copy of every request either.
                        .retry(reqwest::retry::never().max_retries_per_request(0)))
                };
                let built = |builder: reqwest::ClientBuilder| {
                    builder.build().map_err(|error| {
                        Error::new(ErrorKind::Configuration, "the HTTP client could not be built")
                            .with_source(error)
                    })
                };
                // Whether the HTTP client can undo codings is for all crates of the build to say.
                let files = built(builder()?.no_gzip().no_brotli().no_zstd().no_deflate())?;
                let calls = if cfg!(feature = "gzip") { built(builder()?)? } else { files.clone() };
                Wire::Http { calls, files }
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

/// Checks a base URL. Messages have no part of it that could be a secret.
fn base_url(text: &str) -> Result<Url, Error> {
    let wrong = |why: &str| Error::new(ErrorKind::Configuration, format!("the base URL {why}"));
    let mut url = Url::parse(text.trim()).map_err(|error| {
        wrong("is not a URL; give one like https://acme.example.com").with_source(error)
    })?;
    if url.host().is_none() {
        return Err(wrong("has no host"));
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
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
