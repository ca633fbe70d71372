//! One refresh for many waiting callers, compared with the token request alone.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use http::HeaderMap;
use oneteg_auth::{AuthRequest, Authenticator, OAuth2, OAuth2Config};
use oneteg_test_kit::figure::{Figure, counted, median};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

/// What the provider takes for a token.
const TOKEN_REQUEST: Duration = Duration::from_millis(50);
const ROUNDS: usize = 15;

fn main() {
    // `cargo test --benches` runs this too, where the figures mean nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for callers in [1_usize, 100, 10_000] {
        let mut times: Vec<(f64, f64)> = Vec::new();
        for _ in 0..ROUNDS {
            let alone = runtime.block_on(first_header(1));
            times.push((runtime.block_on(first_header(callers)), alone));
        }
        Figure {
            group: "Calls",
            name: &format!(
                "{} without a token: one request of 50 ms for all",
                counted(callers as u64, "caller")
            ),
            unit: "ms",
            ours: median(times.iter().map(|(ours, _)| ours * 1e3)),
            baseline: median(times.iter().map(|(_, alone)| alone * 1e3)),
            against: "a single caller",
            ratio: median(times.iter().map(|(ours, alone)| ours / alone)),
            higher_is_better: false,
        }
        .print();
    }
}

/// Seconds until all callers of a new session have a header.
async fn first_header(callers: usize) -> f64 {
    let (token_url, requests) = provider().await;
    let config = OAuth2Config::client_credentials("id", "secret", token_url);
    let session = OAuth2::builder(config).build().unwrap();
    let url = Url::parse("https://api.example/").unwrap();
    let began = Instant::now();
    let waiting = (0..callers).map(|_| {
        let (session, url) = (session.clone(), url.clone());
        tokio::spawn(async move {
            let mut headers = HeaderMap::new();
            session.authorize(AuthRequest::new(&url, &mut headers)).await.unwrap();
        })
    });
    for caller in join_all(waiting).await {
        caller.unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(requests.load(Ordering::SeqCst), 1);
    seconds
}

/// A token endpoint, and how often it was asked.
async fn provider() -> (Url, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            tokio::time::sleep(TOKEN_REQUEST).await;
            let body =
                r#"{"access_token":"an-access-token","token_type":"bearer","expires_in":86400}"#;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
            let response = format!("{head}: {}\r\n\r\n{body}", body.len());
            stream.write_all(response.as_bytes()).await.unwrap();
        }
    });
    (url, requests)
}
