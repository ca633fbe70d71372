use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, HeaderValue, header};
use reqwest::{Client, Request, Response};

use crate::{
    AuthError, Clock, RetryAfter, TokenError, TokenErrorKind, client_builder, clock::unix_ms,
};

/// A request to the provider, with its whole body.
pub(super) type HttpRequest = http::Request<Vec<u8>>;
/// A response of the provider, with its whole body.
pub(super) type HttpResponse = http::Response<Vec<u8>>;

/// The longest response that is read. Token responses have a few kilobytes.
const MAX_RESPONSE: usize = 1 << 20;
/// The longest wait that a server can ask for.
const MAX_WAIT: Duration = Duration::from_secs(3600);
/// A clock difference, in seconds, that is worth a warning.
const LARGE_SKEW: i64 = 300;

/// Sends requests to the provider: responses are bounded, redirects are not followed, and one deadline covers
/// the whole exchange.
#[derive(Debug, Clone)]
pub(super) struct ProviderHttp {
    client: Client,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    /// How many seconds the provider's clock was last ahead of ours.
    skew: Arc<AtomicI64>,
}

impl ProviderHttp {
    pub(super) fn new(client: Client, timeout: Duration, clock: Arc<dyn Clock>) -> Self {
        Self { client, timeout, clock, skew: Arc::default() }
    }

    pub(super) fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    /// Sends one request and returns its response if that can be an OAuth response: a success or a client
    /// error.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TokenError> {
        let bad = |_| TokenError::new(TokenErrorKind::Unreachable);
        let mut request = Request::try_from(request).map_err(bad)?;
        *request.timeout_mut() = Some(self.timeout);
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let url = request.url().clone();
        let mut response = self.client.execute(request).await.map_err(|error| classify(&error))?;
        self.note_date(response.headers());
        let status = response.status();
        let failed = |kind| TokenError::new(kind).with_status(status.as_u16());
        // A client that the caller provides may follow redirects; what it then returns is not from the
        // endpoint.
        if status.is_redirection() || *response.url() != url {
            return Err(failed(TokenErrorKind::Redirected));
        }
        let wait = || {
            let wait = RetryAfter::from_headers(response.headers())?;
            Some(wait.delay(self.clock.wall()).min(MAX_WAIT))
        };
        if status.as_u16() == 429 {
            return Err(failed(TokenErrorKind::RateLimited).with_retry_after(wait()));
        }
        if status.is_server_error() {
            return Err(failed(TokenErrorKind::ServerFailure).with_retry_after(wait()));
        }
        if is_encoded(response.headers()) {
            let error = TokenError::not_oauth("a compressed body that was not requested");
            return Err(error.with_status(status.as_u16()));
        }
        let content_type = response.headers().get(header::CONTENT_TYPE).cloned();
        let body = bounded_body(&mut response).await?;
        let mut complete = HttpResponse::new(body);
        *complete.status_mut() = status;
        if let Some(content_type) = content_type {
            complete.headers_mut().insert(header::CONTENT_TYPE, content_type);
        }
        Ok(complete)
    }

    fn note_date(&self, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else { return };
        let seconds = |time| i64::try_from(unix_ms(time) / 1000).unwrap_or(i64::MAX);
        let skew = seconds(date).saturating_sub(seconds(self.clock.wall()));
        let before = self.skew.swap(skew, Ordering::Relaxed);
        if skew.abs() > LARGE_SKEW && before.abs() <= LARGE_SKEW {
            tracing::warn!(
                seconds = skew,
                "the provider's clock differs from this machine's; token lifetimes do not depend on it"
            );
        }
    }
}

/// Whether the body is compressed (`Content-Encoding`, RFC 9110 section 8.4), which was not requested. The
/// headers decide before the body is read, so that a compressed body never uses memory.
fn is_encoded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).any(|coding| {
        let coding = coding.trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

async fn bounded_body(response: &mut Response) -> Result<Vec<u8>, TokenError> {
    let status = response.status().as_u16();
    let failed = |kind| TokenError::new(kind).with_status(status);
    if response.content_length().is_some_and(|length| length > MAX_RESPONSE as u64) {
        return Err(failed(TokenErrorKind::TooLarge));
    }
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| classify(&error).with_status(status))?
    {
        if body.len() + chunk.len() > MAX_RESPONSE {
            return Err(failed(TokenErrorKind::TooLarge));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The message of the error is dropped, because it quotes the URL.
fn classify(error: &reqwest::Error) -> TokenError {
    TokenError::new(if error.is_connect() {
        TokenErrorKind::Unreachable
    } else if error.is_timeout() {
        TokenErrorKind::Timeout
    } else if error.is_redirect() {
        TokenErrorKind::Redirected
    } else {
        TokenErrorKind::ConnectionLost
    })
}

/// A client that follows no redirects and keeps no idle connection longer than a provider would.
pub(super) fn default_client() -> Result<Client, AuthError> {
    client_builder(true)?
        .redirect(reqwest::redirect::Policy::none())
        // Another crate of the program may enable these features. They would remove the encoding from the
        // headers and decompress what was not requested.
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(30))
        // The session decides about retries: a token request is not idempotent.
        .retry(reqwest::retry::never())
        .build()
        .map_err(|_| AuthError::HttpClient {
            reason: "TLS could not be set up; set your own HTTP client".to_owned(),
        })
}
