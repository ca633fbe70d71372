//! A minimal HTTP client: one connection for each request, no redirects, no TLS.

use std::time::Duration;

use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The largest body of a response that is read, in bytes. Its content has no meaning.
const BODY_LIMIT: usize = 64 << 10;

/// Sends a request to `url`, whose path and host `request` has already, and returns the status and the headers of
/// the response.
pub(super) async fn send(
    url: &Url,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, HeaderMap), String> {
    match timeout(TIMEOUT, exchange(url, request)).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no response within {} s", TIMEOUT.as_secs())),
    }
}

async fn exchange(
    url: &Url,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, HeaderMap), Box<dyn std::error::Error + Send + Sync>> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, url.port_or_known_default().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let exchange = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        // A connection with an unread body could be reset under the endpoint's last write.
        let _ = Limited::new(body, BODY_LIMIT).collect().await;
        Ok((parts.status, parts.headers))
    };
    // The connection makes progress only while it is polled, and ends with the exchange.
    tokio::select! {
        response = exchange => response,
        ended = connection => match ended {
            Ok(()) => Err("the connection was closed without a response".into()),
            Err(error) => Err(error.into()),
        },
    }
}
