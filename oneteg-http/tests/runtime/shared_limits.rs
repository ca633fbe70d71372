//! Clients that share a vendor's quota.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use oneteg_auth::{
    BoxFuture, MemoryQuotas, QuotaEngine, QuotaRate, SharedQuota, Slot, SlotRequest, StoreError,
};
use oneteg_http::{
    CallOptions, ErrorKind, GiveUp, Limits, RetryPolicy, Runtime, codegen::OperationRequest,
};
use oneteg_test_kit::http_response;
use tokio::time::Instant;

use crate::support::{self, READ};

const SECOND: Duration = Duration::from_secs(1);

/// A client whose first responses have these statuses; a 429 asks for a pause of 5 s. The rest is 200.
fn client(limits: Limits, statuses: &'static [u16]) -> (Runtime, Arc<AtomicUsize>) {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let runtime = support::builder(move |_| {
        let status = statuses.get(counted.fetch_add(1, Relaxed)).copied().unwrap_or(200);
        let pause: &[_] = if status == 429 { &[("retry-after", "5")] } else { &[] };
        let response = http_response(status, pause, "{}");
        async move { Ok(response) }
    })
    .limits(limits)
    .retry(RetryPolicy::none())
    .build()
    .unwrap();
    (runtime, sent)
}

fn quota(engine: Arc<dyn QuotaEngine>) -> SharedQuota {
    SharedQuota::builder(engine, "vendor", 10.0).fallback_per_second(5.0).build().unwrap()
}

async fn call(runtime: &Runtime) -> Result<(), oneteg_http::Error> {
    runtime.empty(OperationRequest::new(&READ, CallOptions::default())).await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn clients_of_one_quota_share_its_rate() {
    let engine = Arc::new(MemoryQuotas::new());
    let (one, _) = client(Limits::new().shared(quota(engine.clone())), &[]);
    let (other, _) = client(Limits::new().shared(quota(engine)), &[]);
    let began = Instant::now();
    for _ in 0..10 {
        let (first, second) = tokio::join!(call(&one), call(&other));
        first.and(second).unwrap();
    }
    let took = began.elapsed().as_millis();
    assert!((1_900..2_000).contains(&took), "20 calls at 10 a second took {took} ms");
}

#[tokio::test(start_paused = true)]
async fn a_shared_limit_refuses_a_call_as_the_clients_own_does() {
    let own = Limits::new().per_second(10.0);
    let shared = Limits::new().shared(quota(Arc::new(MemoryQuotas::new())));
    for limits in [own, shared] {
        let (runtime, sent) = client(limits.clone(), &[]);
        call(&runtime).await.unwrap();
        let began = Instant::now();
        let options = CallOptions::new().timeout(Duration::from_millis(60));
        let error = runtime.empty(OperationRequest::new(&READ, options)).await.unwrap_err();
        assert_eq!(began.elapsed(), Duration::ZERO, "{limits:?}: the refusal took time");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0), "{limits:?}");
        assert_eq!(error.gave_up(), Some(GiveUp::Deadline), "{limits:?}");
        let wait = error.retry_after().unwrap().as_millis();
        assert!((95..=100).contains(&wait), "{limits:?}: {wait}");
        assert!(error.message().contains("rate limit cannot admit this call within its time"));
        assert_eq!(sent.load(Relaxed), 1);
        call(&runtime).await.unwrap();
        assert!(began.elapsed().as_millis() < 103, "{limits:?}: the refused call used a slot");
    }
}

#[tokio::test(start_paused = true)]
async fn the_retry_after_of_one_client_delays_the_others() {
    for adaptive in [true, false] {
        let engine = Arc::new(MemoryQuotas::new());
        let limits = || Limits::new().adaptive(adaptive).shared(quota(engine.clone()));
        let ((one, _), (other, _)) = (client(limits(), &[429]), client(limits(), &[]));
        assert_eq!(call(&one).await.unwrap_err().kind(), ErrorKind::RateLimited);
        let began = Instant::now();
        call(&other).await.unwrap();
        let expected = if adaptive { 5 } else { 0 };
        assert_eq!(began.elapsed().as_secs(), expected, "adaptive: {adaptive}");
        if adaptive {
            assert_eq!(call(&one).await.map_err(|error| error.kind()), Ok(()));
            assert!(began.elapsed() < SECOND * 6, "{:?}", began.elapsed());
        }
    }
}

/// An engine that never responds.
#[derive(Debug)]
struct Gone;

impl QuotaEngine for Gone {
    fn take_slot<'a>(
        &'a self,
        _: &'a str,
        _: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>> {
        Box::pin(std::future::pending())
    }

    fn pause<'a>(
        &'a self,
        _: &'a str,
        _: Duration,
        _: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::pending())
    }

    fn pause_left<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_whose_engine_is_away_costs_a_bounded_time() {
    let (runtime, sent) = client(Limits::new().shared(quota(Arc::new(Gone))), &[]);
    let began = Instant::now();
    for _ in 0..5 {
        call(&runtime).await.unwrap();
    }
    // Half a second until the fallback decides, once more for a probe; then 5 a second.
    let took = began.elapsed().as_millis();
    assert!((1_300..2_000).contains(&took), "{took} ms");
    assert_eq!(sent.load(Relaxed), 5);
}
