//! Limits the requests in flight and the requests per second of a client, and adapts both to 429. A call waits for a
//! permit, for the client's pause and rate, and then for the quota that the client shares with others.
//!
//! Additive increase, multiplicative decrease:
//!
//! | Event | Requests in flight | Requests per second |
//! |---|---|---|
//! | 429 to a request sent after the last cut | half of those in flight now | half |
//! | 429 to an earlier request | unchanged: it is a consequence of the same load | unchanged |
//! | 429 with `Retry-After` | all calls wait for it, at most one minute; with a shared quota, those of other workers too | |
//! | a success, below twice the number that met the 429 | plus one for each round of successes | plus one, or 1 % of the configured rate if that is less |
//! | a success, at that number | as configured | the same |
//!
//! Without configured limits, nothing is limited until the first 429. Then a rate stays unlimited.
//!
//! The semaphore cannot take back permits that are in use. A cut that exceeds the free permits leaves a debt, which
//! returned permits pay.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

use oneteg_auth::{QuotaRefused, SharedQuota};

use super::{
    deadline::{Deadline, within},
    limits::Limits,
};
use crate::{Error, ErrorKind};

const UNLIMITED: usize = Semaphore::MAX_PERMITS;

pub(crate) struct Limiter {
    limits: Limits,
    permits: Semaphore,
    /// Whether a call must consult `state` or the shared quota: there is a rate, a pause, or a quota.
    engaged: AtomicBool,
    /// Whether the limits are recovering from a 429. Avoids the lock otherwise.
    adapting: AtomicBool,
    state: Mutex<LimiterState>,
}

struct LimiterState {
    limit: usize,
    /// The number of permits to discard when they are returned, because they were in use when the limit was cut.
    debt: usize,
    /// The fraction of the next permit that successes have earned.
    credit: f64,
    /// The limit at which the configured limits apply again.
    recovered_at: usize,
    rate: f64,
    next_slot: Option<Instant>,
    paused_until: Option<Instant>,
    last_cut: Option<Instant>,
}

/// The permit for one request in flight.
pub(crate) struct Permit<'a> {
    limiter: &'a Limiter,
    permit: Option<SemaphorePermit<'a>>,
    began: Instant,
}

/// Why a request must wait.
enum DelayReason {
    /// The `Retry-After` of an earlier response.
    ServerPause,
    /// The client's requests per second.
    ClientRate,
    /// The quota that several workers share.
    SharedRate,
}

impl DelayReason {
    /// The error of a call that cannot wait this long.
    fn refusal(&self, wait: Duration) -> Error {
        let message = match self {
            Self::ServerPause => "the server's `Retry-After` exceeds the time limit of this call",
            Self::ClientRate => {
                "the client's rate limit cannot admit this call within its time limit"
            }
            Self::SharedRate => {
                "the shared rate limit cannot admit this call within its time limit"
            }
        };
        Error::new(ErrorKind::RateLimited, message).with_retry_after(Some(wait))
    }
}

/// Waits for a turn of the shared quota.
async fn shared_turn(quota: &SharedQuota, deadline: Option<Deadline>) -> Result<(), Error> {
    let left = deadline.map(|deadline| deadline.remaining());
    // The engine may take longer than the call has.
    let turn = within(deadline, quota.acquire(left)).await?;
    turn.map_err(|QuotaRefused { wait, paused, .. }| {
        let reason = if paused { DelayReason::ServerPause } else { DelayReason::SharedRate };
        reason.refusal(wait)
    })
}

/// The time between two requests at a rate. Capped at 30 years, because an instant beyond the clock's range panics.
fn spacing(rate: f64) -> Duration {
    const MAX_SPACING: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    Duration::try_from_secs_f64(1.0 / rate).unwrap_or(MAX_SPACING).min(MAX_SPACING)
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        let limit = limits.max_in_flight.unwrap_or(UNLIMITED);
        Self {
            permits: Semaphore::new(limit),
            engaged: AtomicBool::new(limits.per_second.is_some() || limits.shared.is_some()),
            adapting: AtomicBool::new(false),
            state: Mutex::new(LimiterState {
                limit,
                debt: 0,
                credit: 0.0,
                recovered_at: limit,
                rate: limits.per_second.unwrap_or(f64::INFINITY),
                next_slot: None,
                paused_until: None,
                last_cut: None,
            }),
            limits,
        }
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A permit, if there is no need to wait.
    pub(crate) fn try_acquire(&self, now: Instant) -> Option<Permit<'_>> {
        if self.engaged.load(Ordering::Acquire) {
            return None;
        }
        let permit = self.permits.try_acquire().ok()?;
        Some(Permit { limiter: self, permit: Some(permit), began: now })
    }

    /// Waits for a permit. Dropping the future returns it, but not the slot of the rate that it took.
    ///
    /// # Errors
    /// If the deadline would pass before the request could be sent.
    pub(crate) async fn acquire(&self, deadline: Option<Deadline>) -> Result<Permit<'_>, Error> {
        // The semaphore is never closed; without a permit the call would only not be limited.
        let permit = within(deadline, self.permits.acquire()).await?.ok();
        let mut permit = Permit { limiter: self, permit, began: Instant::now() };
        loop {
            self.await_own_turn(&mut permit, deadline).await?;
            let Some(quota) = &self.limits.shared else { break };
            shared_turn(quota, deadline).await?;
            permit.began = Instant::now();
            // This client may have been asked to pause meanwhile.
            if !self.is_paused(permit.began) {
                break;
            }
        }
        Ok(permit)
    }

    /// Waits for this client's pause and rate.
    async fn await_own_turn(
        &self,
        permit: &mut Permit<'_>,
        deadline: Option<Deadline>,
    ) -> Result<(), Error> {
        while self.engaged.load(Ordering::Acquire) {
            let Some((at, reason)) = self.next_delay(permit.began) else { break };
            if deadline.is_some_and(|deadline| at >= deadline.at) {
                return Err(reason.refusal(at.saturating_duration_since(Instant::now())));
            }
            sleep_until(at).await;
            permit.began = Instant::now();
        }
        Ok(())
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.state().paused_until.is_some_and(|until| until > now)
    }

    /// When to check again and why, or `None` to send now.
    fn next_delay(&self, now: Instant) -> Option<(Instant, DelayReason)> {
        let mut state = self.state();
        if let Some(until) = state.paused_until {
            if until > now {
                return Some((until, DelayReason::ServerPause));
            }
            state.paused_until = None;
        }
        if !state.rate.is_finite() {
            self.engaged.store(self.limits.shared.is_some(), Ordering::Release);
            return None;
        }
        match state.next_slot {
            Some(at) if at > now => Some((at, DelayReason::ClientRate)),
            _ => {
                state.next_slot = Some(now + spacing(state.rate));
                None
            }
        }
    }

    /// The current limits: requests in flight and per second.
    #[cfg(test)]
    fn current(&self) -> (usize, f64) {
        let state = self.state();
        (state.limit, state.rate)
    }
}

impl Permit<'_> {
    /// When the wait for the permit ended.
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// Records a successful response.
    pub(crate) fn succeeded(&self) {
        let limiter = self.limiter;
        if !limiter.adapting.load(Ordering::Acquire) {
            return;
        }
        let mut state = limiter.state();
        if state.limit < state.recovered_at {
            #[allow(clippy::cast_precision_loss)]
            let earned = 1.0 / state.limit as f64;
            state.credit += earned;
            if state.credit >= 1.0 {
                state.credit = 0.0;
                limiter.grow(&mut state, 1);
            }
        } else {
            let full = limiter.limits.max_in_flight.unwrap_or(UNLIMITED);
            let more = full - state.limit;
            limiter.grow(&mut state, more);
        }
        if let Some(rate) = limiter.limits.per_second {
            // One more for each success; at rates below 100, 1 % of them.
            state.rate = (state.rate + rate / rate.max(100.0)).min(rate);
        }
        let is_rate_restored = state.rate >= limiter.limits.per_second.unwrap_or(f64::INFINITY);
        if is_rate_restored && state.limit >= limiter.limits.max_in_flight.unwrap_or(UNLIMITED) {
            // The limit is restored, so every debt is paid.
            state.last_cut = None;
            limiter.adapting.store(false, Ordering::Release);
        }
    }

    /// Records a 429.
    pub(crate) fn throttled(&self, retry_after: Option<Duration>) {
        let limiter = self.limiter;
        if !limiter.limits.adaptive {
            return;
        }
        let mut state = limiter.state();
        let now = Instant::now();
        if let Some(wait) = retry_after {
            // A misconfigured server must not stop a client for a day.
            let until = now + wait.min(Duration::from_secs(60));
            state.paused_until = state.paused_until.max(Some(until));
            limiter.engaged.store(true, Ordering::Release);
            if let Some(quota) = &limiter.limits.shared {
                quota.pause_all(wait);
            }
        }
        // A request that was sent before the last cut is no evidence that the cut was too small.
        if state.last_cut.is_some_and(|cut| self.began <= cut) {
            return;
        }
        state.last_cut = Some(now);
        limiter.adapting.store(true, Ordering::Release);
        state.credit = 0.0;
        let in_flight =
            (state.limit + state.debt).saturating_sub(limiter.permits.available_permits()).max(1);
        let full = limiter.limits.max_in_flight.unwrap_or(UNLIMITED);
        state.recovered_at = in_flight.saturating_mul(2).min(full);
        let less = state.limit - (in_flight / 2).max(1).min(state.limit);
        limiter.shrink(&mut state, less);
        if state.rate.is_finite() {
            // The floor must not raise a configured rate that is lower.
            state.rate = (state.rate / 2.0).max(state.rate.min(0.1));
        }
    }
}

impl Limiter {
    fn grow(&self, state: &mut LimiterState, by: usize) {
        let paid = by.min(state.debt);
        state.debt -= paid;
        state.limit += by;
        self.permits.add_permits(by - paid);
    }

    fn shrink(&self, state: &mut LimiterState, by: usize) {
        state.limit -= by;
        // Permits in use cannot be discarded now.
        state.debt += by - self.permits.forget_permits(by);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.limiter.adapting.load(Ordering::Acquire) {
            return;
        }
        let Some(permit) = self.permit.take() else { return };
        let mut state = self.limiter.state();
        if state.debt > 0 {
            state.debt -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_in_flight_are_bounded_and_cancelled_waiters_lose_nothing() {
        let limiter = Limiter::new(Limits::new().max_in_flight(2));
        let first = limiter.acquire(None).await.unwrap();
        let second = limiter.acquire(None).await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_secs(1), limiter.acquire(None)).await;
        assert!(waiting.is_err(), "a third request was admitted");
        drop((first, second));
        let _both = (limiter.acquire(None).await.unwrap(), limiter.acquire(None).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_by_the_rate() {
        let limiter = Limiter::new(Limits::new().per_second(10.0));
        let began = Instant::now();
        for _ in 0..31 {
            limiter.acquire(None).await.unwrap();
        }
        let took = began.elapsed().as_millis();
        assert!((3_000..3_100).contains(&took), "31 requests took {took} ms at 10 a second");
    }

    #[tokio::test(start_paused = true)]
    async fn every_rate_is_accepted() {
        for tiny in [f64::MIN_POSITIVE, 5e-324, 1e-20, 1e-9] {
            let limiter = Limiter::new(Limits::new().per_second(tiny));
            limiter.acquire(None).await.unwrap().throttled(None);
            assert!(limiter.current().1 <= tiny, "a 429 made {tiny} a higher rate");
            let soon = Deadline::after(Instant::now(), Duration::from_secs(60));
            let error = limiter.acquire(soon).await.err().unwrap();
            assert_eq!(error.kind(), ErrorKind::RateLimited, "{tiny}");
            assert!(error.message().contains("the client's rate limit"), "{}", error.message());
        }
        for none in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Limits::new().per_second(none), Limits::new(), "{none}");
        }
        let fastest = Limiter::new(Limits::new().per_second(f64::MAX));
        for _ in 0..100 {
            fastest.acquire(None).await.unwrap().throttled(None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_429_halves_the_limits_and_successes_restore_them() {
        let limiter = Limiter::new(Limits::new().per_second(1000.0));
        let mut permits = Vec::new();
        for _ in 0..16 {
            permits.push(limiter.acquire(None).await.unwrap());
        }
        // All sixteen receive 429, which is one cut and not sixteen.
        for permit in &permits {
            permit.throttled(None);
        }
        permits.clear();
        assert_eq!(limiter.current(), (8, 500.0));
        for calls in 0..2000 {
            let permit = limiter.acquire(None).await.unwrap();
            permit.succeeded();
            drop(permit);
            if limiter.current() == (UNLIMITED, 1000.0) {
                assert!(calls > 100, "the limits were restored after {calls} calls");
                return;
            }
        }
        panic!("the limits were never restored: {:?}", limiter.current());
    }

    #[tokio::test(start_paused = true)]
    async fn permits_in_use_during_a_cut_are_discarded_when_returned() {
        let limiter = Limiter::new(Limits::new());
        let mut permits = Vec::new();
        for _ in 0..8 {
            permits.push(limiter.acquire(None).await.unwrap());
        }
        permits[0].throttled(None);
        assert_eq!(limiter.current().0, 4);
        permits.truncate(4);
        let full = tokio::time::timeout(Duration::from_secs(1), limiter.acquire(None)).await;
        assert!(full.is_err(), "four are in flight, and a fifth was admitted");
        permits.truncate(3);
        drop(limiter.acquire(None).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_wait_ends_no_longer_one() {
        let limiter = Limiter::new(Limits::new());
        let permit = limiter.acquire(None).await.unwrap();
        for seconds in [2, 10, 3] {
            permit.throttled(Some(Duration::from_secs(seconds)));
        }
        drop(permit);
        let began = Instant::now();
        let permit = limiter.acquire(None).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 10);
        // No wait is longer than a minute.
        permit.throttled(Some(Duration::MAX));
        drop(permit);
        limiter.acquire(None).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 70);
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_holds_every_call_back_or_fails_those_without_time() {
        let limiter = Limiter::new(Limits::new());
        limiter.acquire(None).await.unwrap().throttled(Some(Duration::from_secs(5)));
        let began = Instant::now();
        let soon = Deadline::after(began, Duration::from_secs(2));
        let error = limiter.acquire(soon).await.err().unwrap();
        assert_eq!((error.kind(), began.elapsed()), (ErrorKind::RateLimited, Duration::ZERO));
        limiter.acquire(None).await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 5);
    }
}
