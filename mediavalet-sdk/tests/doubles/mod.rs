//! Servers for the transfer tests: test doubles of MediaValet's API and of a storage host, Azurite, and a proxy that
//! records what is sent to it.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

pub(crate) mod api;
pub(crate) mod azurite;
pub(crate) mod blob;
pub(crate) mod proxy;

use std::time::Duration;

use mediavalet_sdk::{Client, RetryPolicy};

/// The credentials of all tests. They must never reach a storage host, an error or a log.
pub(crate) const TOKEN: &str = "canary-token-5fd1c0de";
pub(crate) const KEY: &str = "canary-key-77aa01";

/// A client for a test double.
pub(crate) fn client(url: &str) -> Client {
    let retry = RetryPolicy::builder().initial_backoff(Duration::from_millis(5)).build();
    let client = Client::builder().base_url(url).subscription_key(KEY).access_token(TOKEN);
    client.retry(retry).build().unwrap()
}

/// Random bytes, so that no two blocks are equal.
pub(crate) fn content(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::with_seed(length as u64).fill(&mut bytes);
    bytes
}

/// Whether a request contains a credential or a header of MediaValet.
pub(crate) fn has_credential(headers: &http::HeaderMap, url: &str) -> bool {
    headers.iter().any(|(name, value)| {
        let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        name == "authorization"
            || name.starts_with("ocp-apim")
            || name.starts_with("x-mv")
            || [TOKEN, KEY].iter().any(|secret| value.contains(secret))
    }) || [TOKEN, KEY].iter().any(|secret| url.contains(secret))
}

/// Serves a router on loopback, and returns its URL.
pub(crate) async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Whether the tests run at full size.
pub(crate) fn full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some_and(|value| value != "0")
}
