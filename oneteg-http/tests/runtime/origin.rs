//! The credential is sent to the client's own server only; a 429 slows down every call.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use http::{Method, header};
use oneteg_http::{ErrorKind, RetryPolicy, codegen::OperationRequest};
use oneteg_test_kit::http_response;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::support::{self, READ};

type Seen = Arc<Mutex<Vec<(String, bool)>>>;

/// Records where requests go, and whether they carry the credential; `/moved` redirects to a storage host.
fn noting(seen: &Seen) -> oneteg_http::Runtime {
    let seen = Arc::clone(seen);
    support::runtime(move |request: reqwest::Request| {
        let place = format!("{}{}", request.url().host_str().unwrap(), request.url().path());
        let moved = place.ends_with("/moved");
        let with = request.headers().contains_key(header::AUTHORIZATION);
        seen.lock().unwrap().push((place, with));
        let to = [("location", "https://storage.example/file?sig=canary")];
        async move {
            Ok(if moved { http_response(302, &to, "") } else { http_response(200, &[], "{}") })
        }
    })
}

#[tokio::test]
async fn the_credential_stays_on_the_connections_own_server() {
    let seen = Seen::default();
    let runtime = noting(&seen);
    runtime.request(Method::GET, "/moved").send_empty().await.unwrap();
    let elsewhere = "https://storage.example/block?sig=canary".parse().unwrap();
    runtime
        .request_external(Method::PUT, elsewhere)
        .header("x-ms-blob-type", "BlockBlob")
        .body("abc".as_bytes().to_vec())
        .send_empty()
        .await
        .unwrap();
    let seen = seen.lock().unwrap();
    let expected = [
        ("127.0.0.1/moved", true),
        ("storage.example/file", false),
        ("storage.example/block", false),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(place, with)| ((*place).to_owned(), *with)).collect();
    assert_eq!(*seen, expected);
}

#[tokio::test]
async fn an_absolute_url_is_taken_on_the_connections_own_server_only() {
    let seen = Seen::default();
    let runtime = noting(&seen);
    let mut here = runtime.base_url().clone();
    here.set_path("/beside/the/base");
    runtime.request_url(Method::HEAD, here.clone()).send_empty().await.unwrap();
    let mut other_port = here.clone();
    other_port.set_port(Some(10)).unwrap();
    for away in ["https://evil.example/x".parse().unwrap(), other_port] {
        let error = runtime.request_url(Method::PATCH, away).send_empty().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    // Without the credential if the caller requests that, even on the same server.
    runtime.request_external(Method::GET, here).send_empty().await.unwrap();
    let place = "127.0.0.1/beside/the/base".to_owned();
    assert_eq!(*seen.lock().unwrap(), [(place.clone(), true), (place, false)]);
}

#[tokio::test]
async fn a_write_is_not_redirected_and_a_plain_address_elsewhere_is_refused() {
    let runtime = noting(&Seen::default());
    let error = runtime.request(Method::POST, "/moved").send::<Value>().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 302);
    let plain = "http://storage.example/block?sig=canary".parse().unwrap();
    let error = runtime.request_external(Method::PUT, plain).send_empty().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    assert!(!format!("{error} {error:?}").contains("canary"));
}

/// A server that accepts 8 requests at the same time, and rejects more.
#[tokio::test(start_paused = true)]
async fn a_client_learns_from_429_how_much_a_server_takes() {
    let turned_away = |adaptive: bool| async move {
        let (now, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&refused);
        let runtime = support::builder(move |_| {
            let (now, refused) = (Arc::clone(&now), Arc::clone(&counted));
            async move {
                let full = now.fetch_add(1, Relaxed) >= 8;
                sleep(Duration::from_millis(if full { 1 } else { 50 })).await;
                now.fetch_sub(1, Relaxed);
                refused.fetch_add(usize::from(full), Relaxed);
                Ok(http_response(if full { 429 } else { 200 }, &[], "{}"))
            }
        })
        .limits(oneteg_http::Limits::new().adaptive(adaptive))
        .retry(RetryPolicy::builder().max_attempts(1000).build())
        .retry_budget(oneteg_http::RetryBudget::unlimited())
        .build()
        .unwrap();
        let began = Instant::now();
        let calls =
            (0..400).map(|_| runtime.empty(OperationRequest::new(&READ, Default::default())));
        for result in futures_util::future::join_all(calls).await {
            result.unwrap();
        }
        (refused.load(Relaxed), began.elapsed())
    };
    let (stubborn, _) = turned_away(false).await;
    let (adaptive, took) = turned_away(true).await;
    println!("turned away: {adaptive} when adaptive in {took:?}, {stubborn} when not");
    assert!(adaptive * 2 < stubborn, "{adaptive} {stubborn}");
    // 400 calls of 50 ms, 8 at a time, take 2.5 s.
    assert!(took < Duration::from_secs(15), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn successes_win_back_what_a_429_took() {
    let statuses = Mutex::new(std::iter::once(429).chain(std::iter::repeat(200)));
    let runtime = support::builder(move |_| {
        let status = statuses.lock().unwrap().next().unwrap();
        async move { Ok(http_response(status, &[], "{}")) }
    })
    .limits(oneteg_http::Limits::new().per_second(100.0))
    .retry(RetryPolicy::none())
    .build()
    .unwrap();
    let call = || runtime.empty(OperationRequest::new(&READ, Default::default()));
    let hundred = async || {
        let began = Instant::now();
        for _ in 0..100 {
            call().await.unwrap();
        }
        began.elapsed()
    };
    assert_eq!(call().await.unwrap_err().kind(), ErrorKind::RateLimited);
    // Half the rate at first, then the whole rate.
    let (first, second) = (hundred().await, hundred().await);
    assert!(first > Duration::from_millis(1_200), "{first:?}");
    assert!(second < Duration::from_millis(1_200), "{second:?}");
}
