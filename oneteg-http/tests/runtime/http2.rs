//! What an HTTP/2 server says of a stream decides whether a write may be sent again.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use h2::Reason;
use oneteg_http::{CallOptions, Error, ErrorKind, RetryPolicy, Runtime, codegen::Call};

use crate::support::{self, Counting, WRITE};

/// A server that ends its first stream with a reason and answers the others; and how many it saw.
async fn server(reason: Reason) -> (String, Arc<AtomicU32>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicU32::new(0));
    let streams = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let streams = Arc::clone(&streams);
            tokio::spawn(async move {
                let Ok(mut connection) = h2::server::handshake(socket).await else { return };
                while let Some(Ok((_, mut answer))) = connection.accept().await {
                    if streams.fetch_add(1, Relaxed) == 0 {
                        answer.send_reset(reason);
                        continue;
                    }
                    let mut body = answer.send_response(http::Response::new(()), false).unwrap();
                    body.send_data(bytes::Bytes::from_static(b"{}"), true).unwrap();
                }
            });
        }
    });
    (url, seen)
}

/// The result of a write, and how many streams the server saw.
async fn write(reason: Reason) -> (Result<(), Error>, u32) {
    let (url, seen) = server(reason).await;
    let tls = rustls::ClientConfig::builder_with_provider(
        rustls::crypto::ring::default_provider().into(),
    )
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(rustls::RootCertStore::empty())
    .with_no_client_auth();
    // Without TLS nobody would agree on HTTP/2, so it is taken for granted.
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http2_prior_knowledge()
        .retry(reqwest::retry::never().max_retries_per_request(0));
    let runtime = Runtime::builder(url, support::Plain, Counting::default())
        .http_client(client.build().unwrap())
        .retry(RetryPolicy::builder().jitter(|| 0.0).build())
        .build()
        .unwrap();
    let result = runtime.empty(Call::new(&WRITE, CallOptions::new())).await.map(drop);
    (result, seen.load(Relaxed))
}

#[tokio::test]
async fn a_refused_stream_is_sent_again() {
    let (result, streams) = write(Reason::REFUSED_STREAM).await;
    result.unwrap();
    assert_eq!(streams, 2);
}

#[tokio::test]
async fn a_write_on_a_stream_that_broke_is_not() {
    let (result, streams) = write(Reason::INTERNAL_ERROR).await;
    assert_eq!((result.unwrap_err().kind(), streams), (ErrorKind::Transport, 1));
}
