//! Time limits, and calls that are dropped at every possible moment.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::stream;
use oneteg_http::{
    CallOptions, ErrorKind, GiveUp, Limits, RetryBudget, RetryPolicy, UploadSource,
    codegen::OperationRequest,
};
use oneteg_test_kit::http_response;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{self, READ, WRITE};

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_everything_back_whenever_it_is_dropped() {
    let attempts = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&attempts);
    let budget = RetryBudget::new(1000, 0.0, 0.0);
    let runtime = support::builder(move |_| {
        let failing = counted.fetch_add(1, Relaxed).is_multiple_of(2);
        async move {
            sleep(Duration::from_millis(30)).await;
            Ok(http_response(if failing { 503 } else { 200 }, &[], "{}"))
        }
    })
    .limits(Limits::new().max_in_flight(1))
    .retry_budget(budget.clone())
    .build()
    .unwrap();
    // A call takes 30 ms, a delay of 200 ms, and 30 ms.
    for after in 0..260 {
        attempts.store(0, Relaxed);
        let call = runtime.empty(OperationRequest::new(&READ, CallOptions::new()));
        assert!(timeout(Duration::from_millis(after), call).await.is_err());
        let made = attempts.load(Relaxed);
        sleep(Duration::from_secs(1)).await;
        assert_eq!(attempts.load(Relaxed), made, "a call dropped after {after} ms continued");
        // The only permit was returned, or this would wait forever.
        attempts.store(1, Relaxed);
        let next = runtime.empty(OperationRequest::new(&READ, CallOptions::new()));
        timeout(Duration::from_millis(31), next)
            .await
            .expect("the permit was not returned")
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_whole_call_has_a_limit_that_counts_tries_and_waits() {
    let runtime = support::builder(|_| async {
        sleep(Duration::from_secs(25)).await;
        Ok(http_response(503, &[], ""))
    })
    .retry(support::full_jitter().max_attempts(100).build())
    .build()
    .unwrap();
    let began = Instant::now();
    let error = runtime.empty(OperationRequest::new(&READ, CallOptions::new())).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::from_secs(120), "the documented default");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 5));
    assert_eq!(error.gave_up(), Some(GiveUp::Deadline));
    assert_eq!(error.operation(), Some("read"));
}

#[tokio::test(start_paused = true)]
async fn a_try_has_a_limit() {
    let runtime =
        support::builder(|_| std::future::pending()).retry(RetryPolicy::none()).build().unwrap();
    let began = Instant::now();
    let error = runtime.empty(OperationRequest::new(&READ, CallOptions::new())).await.unwrap_err();
    assert_eq!((error.kind(), began.elapsed()), (ErrorKind::Timeout, Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_is_not_the_servers_time() {
    let slow = |_| async {
        sleep(Duration::from_secs(50)).await;
        Ok(http_response(200, &[], "{}"))
    };
    let runtime = support::builder(slow)
        .retry(RetryPolicy::none())
        .limits(Limits::new().max_in_flight(1))
        .build()
        .unwrap();
    let call = || runtime.empty(OperationRequest::new(&READ, CallOptions::new()));
    let began = Instant::now();
    let (first, second) = tokio::join!(call(), call());
    first.unwrap();
    second.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(100));
    // The whole call has 120 seconds, including the delay.
    let (_, _, third) = tokio::join!(call(), call(), call());
    let error = third.unwrap_err();
    assert_eq!((error.kind(), error.gave_up()), (ErrorKind::Timeout, Some(GiveUp::Deadline)));
}

#[tokio::test(start_paused = true)]
async fn a_limit_without_end_is_none() {
    let slow = |_| async {
        sleep(Duration::from_secs(1_000_000)).await;
        Ok(http_response(200, &[], "{}"))
    };
    let runtime = support::builder(slow).build().unwrap();
    let options = CallOptions::new().timeout(Duration::MAX).attempt_timeout(Duration::MAX);
    runtime.empty(OperationRequest::new(&READ, options)).await.unwrap();
}

/// Reads the body of a request chunk by chunk, like a slow but steady server.
async fn drain(mut request: reqwest::Request, pause: Duration) {
    use http_body_util::BodyExt;
    let Some(body) = request.body_mut().take() else { return };
    let mut body = body;
    while let Some(frame) = body.frame().await {
        frame.unwrap();
        sleep(pause).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_upload_may_take_as_long_as_it_moves() {
    let upload = |pause: u64, pieces: usize| {
        let runtime = support::builder(move |request| async move {
            drain(request, Duration::from_secs(pause)).await;
            Ok(http_response(200, &[], "{}"))
        })
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
        async move {
            let mut call = OperationRequest::new(&WRITE, CallOptions::new());
            let piece = || Ok(bytes::Bytes::from_static(b"x"));
            let pieces = stream::iter((0..pieces).map(move |_| piece()));
            call.upload(UploadSource::stream(pieces, None));
            let began = Instant::now();
            (runtime.empty(call).await.map(|_| ()), began.elapsed())
        }
    };
    let (result, took) = upload(50, 100).await;
    result.unwrap();
    assert_eq!(took.as_secs(), 5_000);
    let (result, took) = upload(200, 100).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(took <= Duration::from_secs(180), "{took:?}");
}

#[tokio::test]
async fn a_seekable_reader_is_sent_again_from_its_beginning() {
    use http_body_util::BodyExt;
    let bodies = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let runtime = support::builder(move |mut request: reqwest::Request| {
        let seen = Arc::clone(&seen);
        async move {
            let body = request.body_mut().take().unwrap().collect().await.unwrap().to_bytes();
            let mut seen = seen.lock().unwrap();
            seen.push(body);
            Ok(http_response(if seen.len() < 3 { 503 } else { 200 }, &[], "{}"))
        }
    })
    .retry(RetryPolicy::builder().jitter(|| 0.0).build())
    .build()
    .unwrap();
    let content: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let mut call = OperationRequest::new(&WRITE, CallOptions::new().idempotent(true));
    call.upload(UploadSource::reader(std::io::Cursor::new(content.clone()), 300_000));
    runtime.empty(call).await.unwrap();
    let bodies = bodies.lock().unwrap();
    assert_eq!(bodies.len(), 3);
    assert!(bodies.iter().all(|body| *body == content));
}
