use std::future::Future;

use oneteg_auth::BoxFuture;

use crate::Error;

/// Answers requests in place of a server, without a socket: with the clock of the test paused, nothing
/// is left to chance.
///
/// Every `Fn(reqwest::Request) -> impl Future<Output = Result<reqwest::Response, Error>>` is one. A
/// network failure is an [`Error::new`] with its kind.
pub trait Script: Send + Sync + 'static {
    /// The answer to one try.
    fn answer(&self, request: reqwest::Request) -> BoxFuture<'_, Result<reqwest::Response, Error>>;
}

impl<F, A> Script for F
where
    F: Fn(reqwest::Request) -> A + Send + Sync + 'static,
    A: Future<Output = Result<reqwest::Response, Error>> + Send + 'static,
{
    fn answer(&self, request: reqwest::Request) -> BoxFuture<'_, Result<reqwest::Response, Error>> {
        Box::pin(self(request))
    }
}

/// An answer with a status, headers and a body.
///
/// # Panics
/// When the status or a header is none.
#[allow(clippy::expect_used)]
pub fn answer(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> reqwest::Response {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("a valid answer").into()
}
