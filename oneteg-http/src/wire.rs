//! Where requests leave the runtime.

use std::future::Future;

#[cfg(feature = "test-kit")]
use futures_util::future::Either;
use futures_util::future::TryFutureExt;
use http::header;
use reqwest::Request;

use crate::Error;

type Executed = Result<reqwest::Response, Error>;

/// The HTTP client, or a script in its place. An enum and not a trait object: the usual way costs
/// nothing.
pub(crate) enum Wire {
    Http {
        calls: reqwest::Client,
        /// Does not decode content codings, so that a coding applied by a server is visible.
        files: reqwest::Client,
    },
    #[cfg(feature = "test-kit")]
    Script(Box<dyn crate::test_kit::Script>),
}

impl Wire {
    /// A client of the caller's.
    pub(crate) fn of(client: reqwest::Client) -> Self {
        Self::Http { calls: client.clone(), files: client }
    }

    // No async function: the request would be a part of its state, and of every future around it.
    #[cfg(not(feature = "test-kit"))]
    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = Executed> + Send {
        let Self::Http { calls, files } = self;
        client_for(&request, calls, files).execute(request).map_err(Error::from_reqwest)
    }

    #[cfg(feature = "test-kit")]
    pub(crate) fn execute(&self, request: Request) -> impl Future<Output = Executed> + Send {
        match self {
            Self::Http { calls, files } => {
                let client = client_for(&request, calls, files);
                Either::Left(client.execute(request).map_err(Error::from_reqwest))
            }
            Self::Script(script) => Either::Right(script.answer(request)),
        }
    }

    #[cfg(feature = "test-kit")]
    pub(crate) fn script(script: impl crate::test_kit::Script) -> Self {
        Self::Script(Box::new(script))
    }

    /// The HTTP client, which builds multipart bodies; a script has none.
    pub(crate) fn client(&self) -> Result<reqwest::Client, Error> {
        match self {
            Self::Http { calls, .. } => Ok(calls.clone()),
            #[cfg(feature = "test-kit")]
            Self::Script(_) => {
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
