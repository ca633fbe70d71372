//! Where requests leave the runtime.

use std::future::Future;

use futures_util::future::{Either, TryFutureExt};
use http::header;
use oneteg_auth::BoxFuture;
use reqwest::{Client, Request, Response};

use crate::Error;

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

/// The HTTP client, or the caller's transport.
pub(crate) enum RequestSender {
    Http {
        calls: Client,
        /// Does not decode content codings, so that one the server applied to a file is noticed.
        files: Client,
    },
    Custom(Box<dyn Transport>),
}

impl RequestSender {
    /// Uses one client of the caller for everything.
    pub(crate) fn from_client(client: Client) -> Self {
        Self::Http { calls: client.clone(), files: client }
    }

    // Not an `async fn`, whose future would contain the request.
    pub(crate) fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, Error>> + Send {
        match self {
            Self::Http { calls, files } => {
                // A request that sets `Accept-Encoding` handles content codings itself.
                let is_file = request.headers().contains_key(header::ACCEPT_ENCODING);
                let client = if is_file { files } else { calls };
                Either::Left(client.execute(request).map_err(Error::from_reqwest))
            }
            Self::Custom(transport) => Either::Right(transport.execute(request)),
        }
    }

    /// An HTTP client to build multipart bodies with.
    pub(crate) fn client(&self) -> Result<Client, Error> {
        match self {
            Self::Http { calls, .. } => Ok(calls.clone()),
            Self::Custom(_) => {
                oneteg_auth::client_builder(false)?.build().map_err(Error::from_reqwest)
            }
        }
    }
}
