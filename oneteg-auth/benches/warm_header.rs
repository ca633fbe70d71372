//! The cost of a warm token, compared with a plain `arc_swap` load and clone: time as a ratio, and allocations.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderValue};
use oneteg_auth::{AuthRequest, Authenticator, OAuth2, OAuth2Config};
use oneteg_test_kit::figure::Figure;
use url::Url;

const CALLS: u32 = 1_000_000;

/// The time per call in the fastest of many rounds, which is the least disturbed one, and allocations per call.
fn measure(mut call: impl FnMut()) -> (f64, f64) {
    let mut best = Duration::MAX;
    for _ in 0..15 {
        let started = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        best = best.min(started.elapsed());
    }
    let counted = allocation_counter::measure(|| (0..1_000).for_each(|_| call()));
    (best.as_secs_f64() * 1e9 / f64::from(CALLS), counted.count_total as f64 / 1_000.0)
}

fn main() {
    // `cargo test --benches` runs this too, where the figures mean nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let session = runtime.block_on(signed_in());
    let plain = ArcSwap::from_pointee(HeaderValue::from_static("x"));
    plain.store(Arc::new(HeaderValue::from_str("Bearer an-access-token").unwrap()));

    let (plain_ns, plain_allocations) = measure(|| {
        black_box(HeaderValue::clone(&plain.load()));
    });
    let (warm_ns, warm_allocations) = measure(|| {
        black_box(session.warm_header().unwrap());
    });
    let url = Url::parse("https://api.example/").unwrap();
    let mut headers = HeaderMap::with_capacity(8);
    let (trait_ns, trait_allocations) = measure(|| {
        let future = session.authorize(AuthRequest::new(&url, &mut headers));
        black_box(futures_util::FutureExt::now_or_never(future).unwrap().unwrap());
    });
    println!("arc_swap load and clone   {plain_ns:6.1} ns  {plain_allocations:.2} allocations");
    println!(
        "warm header               {warm_ns:6.1} ns  {warm_allocations:.2} allocations  ratio {:.2}",
        warm_ns / plain_ns
    );
    for (name, ours) in [
        ("A warm token as a header", warm_ns),
        ("The same into the headers of a request", trait_ns),
    ] {
        Figure {
            group: "Calls",
            name,
            unit: "ns",
            ours,
            baseline: plain_ns,
            against: "an atomic load and a clone",
            ratio: ours / plain_ns,
            higher_is_better: false,
        }
        .print();
    }
    println!("authorize, into a request {trait_ns:6.1} ns  {trait_allocations:.2} allocations");
}

/// A session with a token that stays fresh, from a token endpoint that responds once.
async fn signed_in() -> OAuth2 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let token_url = format!("http://{}/token", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        let body = r#"{"access_token":"an-access-token","token_type":"bearer","expires_in":86400}"#;
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        stream.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    });
    let config = OAuth2Config::client_credentials("id", "secret", token_url.parse().unwrap());
    let session = OAuth2::builder(config).build().unwrap();
    let url = Url::parse("https://api.example/").unwrap();
    let mut headers = HeaderMap::new();
    session.authorize(AuthRequest::new(&url, &mut headers)).await.unwrap();
    session
}
