use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use oneteg_auth::Authenticator;
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    ByteStream, Error, ErrorKind, RawRequest, ResponseValue, Vendor, answer::decode, call::Call,
    raw, tls,
};

/// The most bytes of a decoded answer that are read by default: 32 MiB.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// What every generated client runs on. Cloning is cheap, and clones share everything.
#[derive(Clone)]
pub struct Runtime(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) vendor: Arc<dyn Vendor>,
    pub(crate) max_answer: usize,
    pub(crate) next_id: AtomicU64,
}

impl Runtime {
    /// Begins a runtime for a server.
    pub fn builder(
        base_url: impl Into<String>,
        vendor: impl Vendor,
        authenticator: Arc<dyn Authenticator>,
    ) -> RuntimeBuilder {
        RuntimeBuilder {
            base_url: base_url.into(),
            vendor: Arc::new(vendor),
            authenticator,
            http: None,
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            max_answer: MAX_ANSWER,
            user_agent: None,
        }
    }

    /// The base URL that operation paths are appended to.
    pub fn base_url(&self) -> &Url {
        &self.0.base
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Begins a call of an endpoint that the specification does not know.
    ///
    /// The path is appended to the base URL; it goes through the same pipeline as every other call.
    pub fn request(&self, method: http::Method, path: impl Into<String>) -> RawRequest<'_> {
        RawRequest::new(self, method, path.into())
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

    /// Sends a call whose answer is a JSON value.
    #[doc(hidden)]
    pub async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<ResponseValue<T>, Error> {
        let operation = call.operation;
        let answer = self.dispatch(call).await?;
        match decode(&answer.value) {
            Ok(value) => Ok(ResponseValue::new(value, answer.status, answer.headers)),
            Err(error) => Err(answer.credential.hide(
                error
                    .with_operation(operation.id)
                    .with_status(answer.status)
                    .with_headers(&answer.headers)
                    .with_body(&answer.body),
            )),
        }
    }

    /// Sends a call whose answer has no value.
    #[doc(hidden)]
    pub async fn empty(&self, call: Call) -> Result<ResponseValue<()>, Error> {
        let answer = self.dispatch(call).await?;
        Ok(ResponseValue::new((), answer.status, answer.headers))
    }

    /// Sends a call whose answer is a text.
    #[doc(hidden)]
    pub async fn text(&self, call: Call) -> Result<ResponseValue<String>, Error> {
        let answer = self.dispatch(call).await?;
        let text = String::from_utf8_lossy(&answer.value).into_owned();
        Ok(ResponseValue::new(text, answer.status, answer.headers))
    }

    /// Sends a call whose answer is a file.
    #[doc(hidden)]
    pub async fn stream(&self, call: Call) -> Result<ResponseValue<ByteStream>, Error> {
        let operation = call.operation;
        let mut response = self.dispatch_stream(call).await?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        Ok(ResponseValue::new(ByteStream::new(response, operation.id), status, headers))
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("base_url", &self.0.base.as_str())
            .field("vendor", &self.0.vendor.name())
            .field("authenticator", &self.0.authenticator)
            .finish_non_exhaustive()
    }
}

/// Sets up a [`Runtime`].
#[derive(Debug)]
pub struct RuntimeBuilder {
    base_url: String,
    vendor: Arc<dyn Vendor>,
    authenticator: Arc<dyn Authenticator>,
    http: Option<reqwest::Client>,
    connect_timeout: Duration,
    read_timeout: Duration,
    max_answer: usize,
    user_agent: Option<String>,
}

impl RuntimeBuilder {
    /// Uses this HTTP client, with its TLS, proxy and time limits, instead of one of our own. Build it
    /// with `redirect(Policy::none())`: reqwest drops `Authorization` when a redirect leaves the host,
    /// but not a credential in another header.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// How long making a connection may take. Default: 10 seconds.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long the server may be silent while an answer is awaited or read. Default: 60 seconds.
    /// There is no limit to a whole call, which would end long transfers.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.read_timeout = limit;
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
        let http = match self.http {
            Some(client) => client,
            None => {
                let ours = format!("oneteg-{}/{}", self.vendor.name(), env!("CARGO_PKG_VERSION"));
                let agent =
                    self.user_agent.map_or(ours.clone(), |theirs| format!("{theirs} {ours}"));
                tls::client_builder(&base)?
                    .connect_timeout(self.connect_timeout)
                    .read_timeout(self.read_timeout)
                    .user_agent(agent)
                    // Redirects are followed by `dispatch`, which leaves credentials behind.
                    .redirect(reqwest::redirect::Policy::none())
                    .build()
                    .map_err(|error| {
                        Error::new(ErrorKind::Configuration, "the HTTP client could not be built")
                            .with_source(error)
                    })?
            }
        };
        Ok(Runtime(Arc::new(Shared {
            http,
            base,
            authenticator: self.authenticator,
            vendor: self.vendor,
            max_answer: self.max_answer,
            next_id: AtomicU64::new(1),
        })))
    }
}

/// Checks a base URL. Messages have no part of it that could be a secret.
fn base_url(text: &str) -> Result<Url, Error> {
    let wrong = |why: &str| Error::new(ErrorKind::Configuration, format!("the base URL {why}"));
    let mut url = Url::parse(text.trim()).map_err(|error| {
        wrong("is not a URL; give one like https://acme.example.com").with_source(error)
    })?;
    let is_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(wrong("has no host")),
    };
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
