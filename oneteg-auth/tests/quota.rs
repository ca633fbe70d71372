//! A quota that several workers share, over an engine that a test can take away. Time is paused: each wait is exact.

#![allow(clippy::unwrap_used)]

#[path = "common/log.rs"]
mod log;

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use log::Log;
use oneteg_auth::{
    BoxFuture, MemoryQuotas, QuotaEngine, QuotaRate, QuotaRefused, SharedQuota, Slot, SlotRequest,
    StoreError,
};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Works,
    Fails,
    Hangs,
}

/// Quotas in memory that can be taken away, and that count how often they are asked.
#[derive(Debug)]
struct Engine {
    quotas: MemoryQuotas,
    state: Mutex<State>,
    asked: AtomicU64,
}

impl Engine {
    fn start() -> Arc<Self> {
        let (quotas, state) = (MemoryQuotas::new(), Mutex::new(State::Works));
        Arc::new(Self { quotas, state, asked: AtomicU64::new(0) })
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap() = state;
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    fn quota(self: &Arc<Self>) -> SharedQuota {
        let engine = Arc::clone(self) as Arc<dyn QuotaEngine>;
        let quota = SharedQuota::builder(engine, "vendor", 10.0).burst(2);
        quota.fallback_per_second(2.0).build().unwrap()
    }

    async fn step(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let state = *self.state.lock().unwrap();
        match state {
            State::Works => Ok(()),
            State::Fails => Err(StoreError::unavailable("taking a slot", "switched off")),
            State::Hangs => pending().await,
        }
    }
}

impl QuotaEngine for Engine {
    fn take_slot<'a>(
        &'a self,
        quota: &'a str,
        request: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>> {
        Box::pin(async move {
            self.step().await?;
            self.quotas.take_slot(quota, request).await
        })
    }

    fn pause<'a>(
        &'a self,
        quota: &'a str,
        pause: Duration,
        rate: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.step().await?;
            self.quotas.pause(quota, pause, rate).await
        })
    }

    fn pause_left<'a>(&'a self, quota: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>> {
        Box::pin(async move {
            self.step().await?;
            self.quotas.pause_left(quota).await
        })
    }
}

/// Starts this many calls on each quota at the same time; returns when each was admitted, in milliseconds, in order.
async fn admitted(quotas: &[&SharedQuota], calls: usize) -> Vec<u128> {
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..calls {
        for &quota in quotas {
            let quota = quota.clone();
            tasks.spawn(async move {
                quota.acquire(None).await.unwrap();
                began.elapsed().as_millis()
            });
        }
    }
    let mut times = tasks.join_all().await;
    times.sort_unstable();
    times
}

#[tokio::test(start_paused = true)]
async fn workers_share_one_rate_in_the_order_in_which_they_ask() {
    let engine = Engine::start();
    let (one, other) = (engine.quota(), engine.quota());
    let times = admitted(&[&one, &other], 4).await;
    // Tokio's timers have a resolution of a millisecond.
    let expected = [0, 0, 100, 200, 300, 400, 500, 600];
    let close = times.iter().zip(expected).all(|(time, at)| (at..at + 3).contains(time));
    assert!(close, "{times:?}");
    assert_ne!(one, other);
    assert_eq!(one, one.clone());
}

#[tokio::test(start_paused = true)]
async fn a_turn_after_the_time_limit_is_refused_at_once_and_uses_no_slot() {
    let engine = Engine::start();
    let quota = engine.quota();
    for _ in 0..4 {
        quota.acquire(None).await.unwrap();
    }
    let began = Instant::now();
    let refused = quota.acquire(Some(Duration::from_millis(50))).await.unwrap_err();
    assert_eq!(began.elapsed(), Duration::ZERO, "the refusal took time");
    assert!(!refused.paused && refused.wait > Duration::from_millis(50), "{refused:?}");
    assert!(refused.wait <= Duration::from_millis(100), "{refused:?}");
    assert!(refused.to_string().contains("no slot within the time limit"), "{refused}");
    quota.acquire(Some(SECOND)).await.unwrap();
    assert!(began.elapsed() <= Duration::from_millis(102), "the refused call used a slot");
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_all_workers_even_those_that_already_wait() {
    let engine = Engine::start();
    let (one, other) = (engine.quota(), engine.quota());
    admitted(&[&one], 2).await;
    let began = Instant::now();
    let waiting = {
        let other = other.clone();
        tokio::spawn(async move {
            // The fourth of these waits for 400 ms, which is checked at its end.
            let times = admitted(&[&other], 4).await;
            (times, began.elapsed())
        })
    };
    tokio::time::sleep(Duration::from_millis(150)).await;
    one.pause_all(SECOND * 5);
    let (times, _) = waiting.await.unwrap();
    let held = times.iter().filter(|time| **time >= 5150).count();
    assert_eq!(held, 3, "{times:?}");
    let soon = other.acquire(Some(SECOND)).await;
    assert!(soon.is_ok(), "the pause is over");
    one.pause_all(SECOND * 5);
    tokio::task::yield_now().await;
    let refused = other.acquire(Some(SECOND)).await.unwrap_err();
    assert!(refused.paused && refused.wait > SECOND * 4, "{refused:?}");
    // Nobody pauses for longer than a minute.
    one.pause_all(Duration::MAX);
    tokio::task::yield_now().await;
    let began = Instant::now();
    other.acquire(None).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_queue_longer_than_a_minute_is_waited_for() {
    let engine = Engine::start() as Arc<dyn QuotaEngine>;
    let quota = SharedQuota::builder(engine, "slow", 0.05).build().unwrap();
    let began = Instant::now();
    let times = admitted(&[&quota], 6).await;
    assert!(began.elapsed() < SECOND * 102, "{times:?}");
    let spaced = times.windows(2).all(|pair| pair[1] - pair[0] >= 20_000);
    assert!(spaced, "{times:?}");
    let refused = quota.acquire(Some(SECOND * 19)).await;
    assert!(matches!(refused, Err(QuotaRefused { paused: false, .. })), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn while_the_engine_is_away_the_process_limits_itself() {
    for state in [State::Fails, State::Hangs] {
        let engine = Engine::start();
        let quota = engine.quota();
        quota.acquire(None).await.unwrap();
        engine.set(state);
        let (began, asked) = (Instant::now(), engine.asked());
        let times = admitted(&[&quota], 5).await;
        // At 2 a second with a burst of 2, after at most the 500 ms of the engine's time limit.
        let limit = if state == State::Hangs { 500 } else { 0 };
        let expected = [0, 0, 500, 1000, 1500].map(|at| at + limit);
        // A caller that probes meanwhile waits as long for the engine.
        let close =
            times.iter().zip(expected).all(|(time, at)| (at..at + limit + 5).contains(time));
        assert!(close, "{state:?}: {times:?}");
        assert!(quota.uses_fallback());
        // Those that began together before the first failure asked; then one asks now and then.
        let first = 5;
        while began.elapsed() < SECOND * 60 {
            quota.acquire(None).await.unwrap();
        }
        let probes = engine.asked() - asked - first;
        assert!((4..=6).contains(&probes), "{state:?}: {probes} probes in a minute");
        let refused = quota.acquire(Some(Duration::from_millis(100))).await;
        assert!(refused.is_err(), "the fallback admits more than its rate");
        engine.set(State::Works);
        let back = Instant::now();
        while quota.uses_fallback() {
            quota.acquire(None).await.unwrap();
        }
        assert!(back.elapsed() <= SECOND * 31, "{state:?}: back after {:?}", back.elapsed());
        let times = admitted(&[&quota], 5).await;
        assert!(times[4] < 500, "{state:?}: not at the shared rate: {times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_this_process_while_the_engine_is_away() {
    let engine = Engine::start();
    let quota = engine.quota();
    engine.set(State::Fails);
    quota.acquire(None).await.unwrap();
    quota.pause_all(SECOND * 7);
    let began = Instant::now();
    quota.acquire(None).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn callers_with_little_time_do_not_wait_for_an_engine_that_hangs() {
    let engine = Engine::start();
    let quota = engine.quota();
    engine.set(State::Hangs);
    let began = Instant::now();
    quota.acquire(Some(Duration::from_millis(100))).await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 50, "half of the time is for the engine");
    // One of them after the other, and the engine is found to be away all the same.
    assert!(!quota.uses_fallback());
    for _ in 0..20 {
        let _ = quota.acquire(Some(Duration::from_millis(100))).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(quota.uses_fallback());
}

#[tokio::test(start_paused = true)]
async fn that_the_engine_is_away_is_logged_once_and_that_it_is_back() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let engine = Engine::start();
    let quota = engine.quota();
    for _ in 0..2 {
        engine.set(State::Fails);
        for _ in 0..20 {
            quota.acquire(None).await.unwrap();
        }
        engine.set(State::Works);
        for _ in 0..200 {
            quota.acquire(None).await.unwrap();
        }
    }
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines = |words| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(lines("limits its own requests"), 2, "{log}");
    assert_eq!(lines("is back"), 2, "{log}");
    assert!(log.contains("quota=\"vendor\""), "{log}");
}

#[tokio::test]
async fn a_quota_that_cannot_be_used_is_refused_when_it_is_built() {
    let build = |name: &str, rate, burst, fallback| {
        let engine = Arc::new(MemoryQuotas::new());
        let quota = SharedQuota::builder(engine, name, rate).burst(burst);
        quota.fallback_per_second(fallback).build().map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(build("vendor", 1.0, 1, 1.0), Ok(()));
    for (name, rate, burst, fallback, reason) in [
        ("", 1.0, 1, 1.0, "no name"),
        ("vendor", 0.0, 1, 1.0, "not between"),
        ("vendor", 1.0, 0, 1.0, "at least 1"),
        ("vendor", 1.0, 1, f64::NAN, "not between"),
    ] {
        let error = build(name, rate, burst, fallback).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}
