//! Where requests leave the runtime.

use std::future::Future;

use futures_util::future::{Either, TryFutureExt};
use http::header;
use oneteg_auth::BoxFuture;
use reqwest::Request;

use crate::Error;

/// Sends requests in place of the HTTP client, so that a test needs no socket: with its clock paused,
/// nothing is left to chance.
///
/// Every `Fn(reqwest::Request) -> impl Future<Output = Result<reqwest::Response, Error>>` is one. An
/// [`Error::new`] with its kind stands for a network failure.
///
/// A transport replaces the client and its settings (TLS, proxy, connect timeout, redirects). Everything
/// above it is as usual: credentials, limits, retries, time limits, decoding.
pub trait Transport: Send + Sync + 'static {
    /// Sends one attempt and returns its response.
    fn execute(&self, request: Request) -> BoxFuture<'_, Result<reqwest::Response, Error>>;
}

impl<F, A> Transport for F
where
    F: Fn(Request) -> A + Send + Sync + 'static,
    A: Future<Output = Result<reqwest::Response, Error>> + Send + 'static,
{
    fn execute(&self, request: Request) -> BoxFuture<'_, Result<reqwest::Response, Error>> {
        Box::pin(self(request))
    }
}

type Executed = Result<reqwest::Response, Error>;

/// The HTTP client, or the caller's transport. An enum and not a trait object: the usual way costs
/// nothing.
pub(crate) enum Wire {
    Http {
        calls: reqwest::Client,
        /// Does not decode content codings, so that a coding applied by a server is visible.
        files: reqwest::Client,
    },
    Custom(Box<dyn Transport>),
}

impl Wire {
    /// A client of the caller's.
    pub(crate) fn of(client: reqwest::Client) -> Self {
        Self::Http { calls: client.clone(), files: client }
    }

    // No async function: the request would be a part of its state, and of every future around it.
    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = Executed> + Send {
        match self {
            Self::Http { calls, files } => {
                let client = client_for(&request, calls, files);
                Either::Left(client.execute(request).map_err(Error::from_reqwest))
            }
            Self::Custom(transport) => Either::Right(transport.execute(request)),
        }
    }

    /// The HTTP client, which builds multipart bodies; a transport has none.
    pub(crate) fn client(&self) -> Result<reqwest::Client, Error> {
        match self {
            Self::Http { calls, .. } => Ok(calls.clone()),
            Self::Custom(_) => {
                oneteg_auth::client_builder(false)?.build().map_err(Error::from_reqwest)
            }
        }
    }
}

/// The client for a request: one that requests a coding itself, or none, gets the bytes as sent.
fn client_for<'a>(
    request: &Request,
    calls: &'a reqwest::Client,
    files: &'a reqwest::Client,
) -> &'a reqwest::Client {
    if request.headers().contains_key(header::ACCEPT_ENCODING) { files } else { calls }
}
