//! What the transfer tests share: doubles of MediaValet's API and of a storage host, a real storage host
//! (Azurite), and a proxy before it that watches.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

pub(crate) mod api;
pub(crate) mod azurite;
pub(crate) mod blob;
pub(crate) mod watch;

use std::time::Duration;

use mediavalet_sdk::{Client, RetryPolicy};

/// The credentials of every test. They must never reach a storage host, an error or a log.
pub(crate) const TOKEN: &str = "canary-token-5fd1c0de";
pub(crate) const KEY: &str = "canary-key-77aa01";

/// A client of a double.
pub(crate) fn client(url: &str) -> Client {
    let retry = RetryPolicy::builder().initial_backoff(Duration::from_millis(5)).build();
    let client = Client::builder().base_url(url).subscription_key(KEY).access_token(TOKEN);
    client.retry(retry).build().unwrap()
}

/// Bytes that have no pattern at any block's length.
pub(crate) fn content(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::with_seed(length as u64).fill(&mut bytes);
    bytes
}

/// Whether a request has anything of MediaValet's in it.
pub(crate) fn has_credential(headers: &http::HeaderMap, url: &str) -> bool {
    headers.iter().any(|(name, value)| {
        let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        name == "authorization"
            || name.starts_with("ocp-apim")
            || name.starts_with("x-mv")
            || [TOKEN, KEY].iter().any(|secret| value.contains(secret))
    }) || [TOKEN, KEY].iter().any(|secret| url.contains(secret))
}

/// Serves a router on loopback.
pub(crate) async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Whether the large sizes are asked for.
pub(crate) fn full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some_and(|value| value != "0")
}
