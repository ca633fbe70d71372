use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use oneteg_auth::{Authenticator, TlsSettings, client_builder_without_tls, is_loopback};
use reqwest::{Client, ClientBuilder};
use url::Url;

use super::Runtime;
use crate::{
    Error, ErrorKind, Interceptor, Limits, RetryBudget, RetryPolicy, Transport, Vendor,
    pipeline::{Endpoint, Limiter, Pipeline, RequestSender, Timeouts},
    request::server::Servers,
};

/// reqwest cannot remove a time limit that was set. Ten years.
const NO_TIMEOUT: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
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
/// | [`interceptor`](Self::interceptor) | none |
/// | `record`, `replay` (feature `cassette`) | neither |
/// | [`server`](Self::server) | those of the specification |
/// | [`configure_http`](Self::configure_http) | the proxies of the environment |
/// | [`root_certificates`](Self::root_certificates) | those of the platform |
pub struct RuntimeBuilder {
    base_url: String,
    servers: Vec<(String, String)>,
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
    interceptors: Vec<Arc<dyn Interceptor>>,
    #[cfg(feature = "cassette")]
    recorder: Option<crate::cassette::Recorder>,
    http_settings: Vec<HttpSetting>,
    tls: Option<TlsSettings>,
}

type HttpSetting = Box<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

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
            servers: Vec::new(),
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
            interceptors: Vec::new(),
            #[cfg(feature = "cassette")]
            recorder: None,
            http_settings: Vec::new(),
            tls: None,
        }
    }

    /// Names the server of the operations that the specification puts at `declared`, such as a host for uploads. The
    /// credential is sent there too. A client whose base URL is the one of the specification needs this only to use
    /// another server; one with another base URL does not call such operations without it, so that a client of a test
    /// instance sends nothing to production.
    ///
    /// `declared` is [`Operation::server`](crate::Operation::server), as the specification writes it.
    #[must_use]
    pub fn server(mut self, declared: impl Into<String>, url: impl Into<String>) -> Self {
        self.servers.push((declared.into(), url.into()));
        self
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

    /// Changes the HTTP client that is built, such as its proxy. May be called several times.
    ///
    /// The client's own rules are applied afterwards and stay: TLS and trust, no redirects and retries within the
    /// HTTP client, the time limits of this builder. Certificates are set with
    /// [`root_certificates`](Self::root_certificates) and [`client_identity`](Self::client_identity).
    ///
    /// `configure` may be called more than once. [`build`](Self::build) fails if an
    /// [`http_client`](Self::http_client) or a [`transport`](Self::transport) replaces the client.
    ///
    /// ```no_run
    /// # fn run(builder: oneteg_http::RuntimeBuilder) -> Result<(), Box<dyn std::error::Error>> {
    /// use oneteg_http::reqwest::Proxy;
    ///
    /// let proxy = Proxy::https("http://proxy.acme.example:3128")?;
    /// let runtime = builder.configure_http(move |http| http.proxy(proxy.clone())).build()?;
    /// # let _ = runtime; Ok(()) }
    /// ```
    #[must_use]
    pub fn configure_http(
        mut self,
        configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http_settings.push(Box::new(configure));
        self
    }

    /// Trusts the certificates in a PEM document besides those of the platform, such as the authority of a company's
    /// proxy. May be called several times.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.tls.get_or_insert_default().add_root_certificates(pem.as_ref());
        self
    }

    /// Presents a certificate to servers that ask for one (mutual TLS): the PEM documents of the chain, leaf first,
    /// and of its private key (PKCS #8).
    #[must_use]
    pub fn client_identity(
        mut self,
        certificates: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Self {
        self.tls.get_or_insert_default().set_identity(certificates.as_ref(), key.as_ref());
        self
    }

    /// Sends all requests through `transport` instead of an HTTP client. No socket is opened.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.sender = Some(RequestSender::Custom(Box::new(transport)));
        self
    }

    /// Records every call, without the content of the account; see [`cassette`](crate::cassette).
    #[cfg(feature = "cassette")]
    #[must_use]
    pub fn record(mut self, recorder: &crate::cassette::Recorder) -> Self {
        self.recorder = Some(recorder.clone());
        self
    }

    /// Replays recorded calls instead of sending requests. Like a [`transport`](Self::transport), it opens no socket;
    /// see [`cassette`](crate::cassette).
    #[cfg(feature = "cassette")]
    #[must_use]
    pub fn replay(mut self, cassette: &crate::cassette::Cassette) -> Self {
        self.sender = Some(RequestSender::Relayed { relay: cassette.relay(), inner: None });
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

    /// Calls an [`Interceptor`] before and after each attempt. Several are called in the order in which they were
    /// added. [`WireLog`](crate::WireLog) is one.
    #[must_use]
    pub fn interceptor(mut self, interceptor: impl Interceptor) -> Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// Builds the runtime.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] if the base URL is invalid, contains credentials, or uses a scheme other than
    /// `https` (`http` is allowed for loopback), if TLS cannot be set up, or if settings of the HTTP client exclude
    /// each other.
    pub fn build(mut self) -> Result<Runtime, Error> {
        let base_url = check_base_url(&self.base_url)?;
        let mut servers = Servers::new();
        for (declared, url) in std::mem::take(&mut self.servers) {
            servers.insert(declared, check_base_url(&url)?);
        }
        let tls =
            base_url.scheme() == "https" || servers.values().any(|url| url.scheme() == "https");
        let sender = match self.sender.take() {
            Some(_) if !self.http_settings.is_empty() || self.tls.is_some() => {
                let message = "`configure_http`, `root_certificates` and `client_identity` change the client's own \
                    HTTP client, which `http_client` or `transport` replaces; use one or the other";
                return Err(Error::new(ErrorKind::Configuration, message));
            }
            Some(sender) => sender,
            None => self.http_sender(tls)?,
        };
        #[cfg(feature = "cassette")]
        let sender = match &self.recorder {
            Some(recorder) => RequestSender::Relayed {
                relay: recorder.attach(&*self.vendor, &base_url)?,
                inner: Some(Box::new(sender)),
            },
            None => sender,
        };
        let endpoint = Endpoint {
            base_url,
            servers,
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
            interceptors: self.interceptors.into(),
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
            let mut builder = client_builder_without_tls()
                .pool_max_idle_per_host(self.max_idle_connections)
                .user_agent(&user_agent);
            if !self.http_settings.is_empty() {
                let configured = self
                    .http_settings
                    .iter()
                    .fold(builder, |builder, configure| configure(builder));
                builder = configured.timeout(NO_TIMEOUT).read_timeout(NO_TIMEOUT);
            }
            let builder =
                self.tls.as_ref().unwrap_or(&TlsSettings::default()).apply(builder, tls)?;
            Ok(builder
                .connect_timeout(self.timeouts.connect)
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
    fn a_named_server_is_checked_like_the_base_url() {
        use oneteg_auth::{ApiKey, Secret};

        #[derive(Debug)]
        struct Acme;
        impl Vendor for Acme {
            fn name(&self) -> &'static str {
                "acme"
            }
        }
        let built = |url: &str| {
            let key = ApiKey::with_scheme("token", &Secret::new("s3cret")).unwrap();
            let builder = Runtime::builder("http://127.0.0.1:1", Acme, key);
            builder.server("https://upload.acme.example", url).build()
        };
        assert_eq!(built("http://acme.example").unwrap_err().kind(), ErrorKind::Configuration);
        let runtime = built("https://upload.test.example/x").unwrap();
        let servers = &runtime.pipeline.endpoint.servers;
        assert_eq!(
            servers["https://upload.acme.example"].as_str(),
            "https://upload.test.example/x"
        );
    }

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
