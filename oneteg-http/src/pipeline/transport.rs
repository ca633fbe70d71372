//! Where requests leave the runtime.

use std::future::Future;

#[cfg(feature = "cassette")]
use std::sync::Arc;

use futures_util::future::{Either, TryFutureExt};
use http::header;
use oneteg_auth::BoxFuture;
use reqwest::{Client, Request, Response};
use url::Url;

use crate::{Error, Operation};

/// Sends requests in place of the HTTP client, so that a test needs no socket and, with its clock paused, is
/// deterministic.
///
/// Implemented by every `Fn(reqwest::Request) -> impl Future<Output = Result<reqwest::Response, Error>>`. For a
/// network failure return an [`Error::new`] of that kind, such as [`ErrorKind::Connect`](crate::ErrorKind).
///
/// ```
/// # use oneteg_auth::{ApiKey, Secret};
/// # use oneteg_http::{Method, Runtime, Vendor};
/// # #[derive(Debug)]
/// # struct Acme;
/// # impl Vendor for Acme {
/// #     fn name(&self) -> &'static str {
/// #         "acme"
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = ApiKey::with_scheme("apiToken", &Secret::new("s3cret"))?;
/// # let builder = Runtime::builder("https://api.acme.example", Acme, key);
/// use oneteg_http::reqwest::{Request, Response};
///
/// let server = |request: Request| async move {
///     assert_eq!(request.url().path(), "/assets/7");
///     Ok(Response::from(http::Response::new(r#"{"name":"a.jpg"}"#)))
/// };
/// let runtime = builder.transport(server).build()?;
/// let asset = runtime.request(Method::GET, "/assets/7").send::<serde_json::Value>().await?;
/// assert_eq!(asset["name"], "a.jpg");
/// # Ok(()) }
/// ```
///
/// A transport replaces the HTTP client and its settings (TLS, proxy, connect timeout). Everything above it works
/// as usual: credentials, limits, retries, time limits, redirects, decoding.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request and returns its response.
    fn execute(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>>;
}

impl<F, A> Transport for F
where
    F: Fn(Request) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Response, Error>> + Send + 'static,
{
    fn execute(&self, request: Request) -> BoxFuture<'_, Result<Response, Error>> {
        Box::pin(self(request))
    }
}

/// What a request is about, for a [`Relay`].
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "cassette"), allow(dead_code))]
pub(crate) struct SendTarget<'a> {
    pub(crate) operation: &'static Operation,
    /// The path template with its arguments; `None` if the URL was given as a whole.
    pub(crate) path: Option<(&'a str, &'a [(&'static str, String)])>,
    /// The URL below which the path is.
    pub(crate) base_url: &'a Url,
}

/// Stands between the runtime and what sends its requests, to record or to replay them.
#[cfg(feature = "cassette")]
pub(crate) trait Relay: Send + Sync + 'static {
    /// Sends a request through `inner`, if there is one, and returns its response.
    fn relay<'a>(
        self: Arc<Self>,
        request: Request,
        target: SendTarget<'a>,
        inner: Option<&'a RequestSender>,
    ) -> BoxFuture<'a, Result<Response, Error>>;
}

/// The HTTP client, or the caller's transport.
pub(crate) enum RequestSender {
    Http {
        calls: Client,
        /// Does not decode content codings, so that one the server applied to a file is noticed.
        files: Client,
    },
    Custom(Box<dyn Transport>),
    #[cfg(feature = "cassette")]
    Relayed {
        relay: Arc<dyn Relay>,
        inner: Option<Box<RequestSender>>,
    },
}

impl RequestSender {
    /// Uses one client of the caller for everything.
    pub(crate) fn from_client(client: Client) -> Self {
        Self::Http { calls: client.clone(), files: client }
    }

    // Not an `async fn`, whose future would contain the request.
    pub(crate) fn execute<'a>(
        &'a self,
        request: Request,
        target: SendTarget<'a>,
    ) -> impl Future<Output = Result<Response, Error>> + Send + 'a {
        match self {
            Self::Http { calls, files } => {
                // A request that sets `Accept-Encoding` handles content codings itself.
                let is_file = request.headers().contains_key(header::ACCEPT_ENCODING);
                let client = if is_file { files } else { calls };
                // Only a relay looks at it.
                let _ = target;
                Either::Left(client.execute(request).map_err(Error::from_reqwest))
            }
            Self::Custom(transport) => Either::Right(transport.execute(request)),
            #[cfg(feature = "cassette")]
            Self::Relayed { relay, inner } => {
                Either::Right(Arc::clone(relay).relay(request, target, inner.as_deref()))
            }
        }
    }

    /// An HTTP client to build multipart bodies with.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        match self {
            Self::Http { calls, .. } => Ok(calls.clone()),
            #[cfg(feature = "cassette")]
            Self::Relayed { inner: Some(inner), .. } => inner.client(),
            _ => oneteg_auth::client_builder(false)?.build().map_err(Error::from_reqwest),
        }
    }
}
