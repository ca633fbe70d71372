//! The load that a client adds to a server that is down: 500 calls a second during a minute in which every attempt
//! fails, on a paused clock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use oneteg_http::{CallOptions, GiveUp, RetryBudget, codegen::OperationRequest};
use oneteg_test_kit::http_response;
use tokio::time::{Instant, sleep};

use crate::support::{self, READ};

const RATE: u64 = 500;
const BEFORE: Duration = Duration::from_secs(5);
const OUTAGE: Duration = Duration::from_secs(60);
const AFTER: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct Load {
    /// Attempts per call, minus one, while the server was down.
    extra: f64,
    /// Calls that failed although they started after the server was back.
    failed_after: u64,
}

async fn outage(budget: RetryBudget, length: Duration) -> Load {
    let start = Instant::now();
    let down = move || (BEFORE..BEFORE + length).contains(&start.elapsed());
    let attempts = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&attempts);
    let runtime = support::builder(move |_| {
        let down = down();
        counted.fetch_add(u64::from(down), Relaxed);
        async move {
            sleep(Duration::from_millis(5)).await;
            Ok(http_response(if down { 503 } else { 200 }, &[], "{}"))
        }
    })
    .retry(oneteg_http::RetryPolicy::default())
    .retry_budget(budget)
    .build()
    .unwrap();

    let failed_after = Arc::new(AtomicU64::new(0));
    let (mut calls, mut running) = (0_u64, tokio::task::JoinSet::new());
    let mut tick = tokio::time::interval(Duration::from_millis(1000 / RATE));
    while start.elapsed() < BEFORE + length + AFTER {
        tick.tick().await;
        calls += u64::from(down());
        let (runtime, failed_after) = (runtime.clone(), Arc::clone(&failed_after));
        running.spawn(async move {
            let late = start.elapsed() >= BEFORE + length;
            let result = runtime.empty(OperationRequest::new(&READ, CallOptions::new())).await;
            failed_after.fetch_add(u64::from(late && result.is_err()), Relaxed);
        });
        while running.try_join_next().is_some() {}
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    assert_eq!(calls, RATE * length.as_secs());
    #[allow(clippy::cast_precision_loss)]
    let extra = attempts.load(Relaxed) as f64 / calls as f64 - 1.0;
    Load { extra, failed_after: failed_after.load(Relaxed) }
}

#[tokio::test(start_paused = true)]
async fn the_budget_bounds_the_extra_load() {
    let load = outage(RetryBudget::default(), OUTAGE).await;
    println!("with the default budget: {load:?}");
    assert!(load.extra <= 0.10, "{load:?}");
    assert!(load.extra > 0.0, "nothing was retried: {load:?}");
    assert_eq!(load.failed_after, 0, "{load:?}");
}

/// Without a budget, every call takes four attempts: if the budget had no effect, the test above would fail. The
/// outage is shorter for that reason.
#[tokio::test(start_paused = true)]
async fn without_a_budget_the_load_multiplies() {
    let load = outage(RetryBudget::unlimited(), OUTAGE / 6).await;
    println!("without a budget: {load:?}");
    assert!(load.extra > 1.0, "{load:?}");
}

/// A later failure may spend what successes and refusals return to the budget.
#[tokio::test(start_paused = true)]
async fn calls_that_the_server_answers_give_retries_back() {
    for well in [200, 404] {
        let statuses = std::sync::Mutex::new([503, 200, 503, well, well, 503, 200].into_iter());
        let runtime = support::builder(move |_| {
            let status = statuses.lock().unwrap().next().unwrap();
            async move { Ok(http_response(status, &[], "1")) }
        });
        let runtime = runtime.retry_budget(RetryBudget::new(1, 0.5, 0.0)).build().unwrap();
        let call = async || {
            let call = OperationRequest::new(&READ, CallOptions::new());
            runtime.json::<u64>(call).await.map(|value| *value).map_err(|error| error.gave_up())
        };
        assert_eq!(call().await, Ok(1), "the only token");
        // That returned half a token.
        assert_eq!(call().await, Err(Some(GiveUp::Budget)));
        assert_eq!(call().await.is_ok(), well == 200);
        assert_eq!(call().await.is_ok(), well == 200);
        assert_eq!(call().await, Ok(1), "{well} returned nothing");
    }
}
