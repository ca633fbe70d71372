//! A vendor's quota that several workers share: requests per second, and the pause that a 429 asks for.
//!
//! | Call | Engine | Outcome |
//! |---|---|---|
//! | `acquire` | gives a slot within the caller's time | waits for it, and for pauses that began meanwhile |
//! | | has none within it | [`QuotaRefused`], at once; no slot is used up |
//! | | fails, or takes longer than `engine_timeout` or half of the caller's time | the fallback of this process decides, by the same rules |
//! | | is away | the same, without asking; a background task probes the engine now and then |
//! | `pause_all` | works | all workers pause |
//! | | is away | this process pauses |

use std::{future::Future, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout};

use crate::{StoreError, background::BackgroundTasks};

mod availability;
mod engine;
mod gcra;
mod memory;

#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) use self::gcra::{MAX_PAUSE, horizon, micros};
use self::{availability::Availability, gcra::MAX_AHEAD};
pub use self::{
    engine::{InvalidQuota, QuotaEngine, QuotaRate, Slot, SlotRequest},
    memory::MemoryQuotas,
};

/// A pause that began during a shorter wait than this is not noticed, like one that begins while a request is on its
/// way. Checking costs a round trip.
const CHECKED_WAIT: Duration = Duration::from_millis(100);

/// The time limit of a probe: enough for an engine to find out that a connection is dead, and to make another one.
const PROBE_LIMIT: Duration = Duration::from_secs(10);

/// The resolution of the engines' clocks.
const MICROSECOND: Duration = Duration::from_micros(1);

/// A quota that all workers with the same engine and name share. Clones are the same quota.
///
/// ```
/// use oneteg_auth::{MemoryQuotas, SharedQuota};
/// use std::{sync::Arc, time::Duration};
///
/// // With a `RedisStore` or a `PostgresStore` instead, workers on other machines share it.
/// let engine = Arc::new(MemoryQuotas::new());
/// let quota = SharedQuota::builder(engine, "netx production", 10.0).burst(5).build()?;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// quota.acquire(Some(Duration::from_secs(30))).await.expect("a slot within 30 s");
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SharedQuota {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Arc<dyn QuotaEngine>,
    name: String,
    rate: QuotaRate,
    fallback: QuotaRate,
    /// What this process keeps while the engine is away.
    local: MemoryQuotas,
    engine_timeout: Duration,
    availability: Availability,
    pauses: BackgroundTasks,
}

/// Builds a [`SharedQuota`].
///
/// | Setting | Default |
/// |---|---|
/// | [`burst`](Self::burst) | 1: evenly spaced |
/// | [`fallback_per_second`](Self::fallback_per_second) | the rate of the quota |
/// | [`engine_timeout`](Self::engine_timeout) | 500 ms |
#[derive(Debug, Clone)]
pub struct SharedQuotaBuilder {
    engine: Arc<dyn QuotaEngine>,
    name: String,
    per_second: f64,
    burst: u32,
    fallback: Option<f64>,
    engine_timeout: Duration,
}

/// The next slot is later than the caller accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shared quota has no slot within the time limit; the next one is in {wait:?}")]
#[non_exhaustive]
pub struct QuotaRefused {
    /// How long the wait for the next slot would be.
    pub wait: Duration,
    /// Whether all workers pause because of a `Retry-After`.
    pub paused: bool,
}

impl SharedQuotaBuilder {
    /// How many requests may be sent at once after a quiet time. Default: 1, so that requests are evenly spaced.
    #[must_use]
    pub fn burst(mut self, requests: u32) -> Self {
        self.burst = requests;
        self
    }

    /// The requests per second of this process while the engine is away. Default: the rate of the quota. With `n`
    /// workers, the `n`th part of the quota is what keeps it.
    #[must_use]
    pub fn fallback_per_second(mut self, requests: f64) -> Self {
        self.fallback = Some(requests);
        self
    }

    /// How long a call waits for the engine before the fallback decides, if half of the call's time limit is not less.
    /// Default: 500 ms.
    #[must_use]
    pub fn engine_timeout(mut self, limit: Duration) -> Self {
        self.engine_timeout = limit;
        self
    }

    /// Builds the quota. The engine is asked with the first call.
    ///
    /// # Errors
    /// [`InvalidQuota`] if the name is empty, or if a number is out of its bounds ([`QuotaRate::new`]).
    pub fn build(self) -> Result<SharedQuota, InvalidQuota> {
        if self.name.is_empty() {
            return Err(InvalidQuota { reason: "it has no name".into() });
        }
        let rate = QuotaRate::new(self.per_second, self.burst)?;
        let fallback = QuotaRate::new(self.fallback.unwrap_or(self.per_second), self.burst)?;
        let shared = Shared {
            engine: self.engine,
            name: self.name,
            rate,
            fallback,
            local: MemoryQuotas::new(),
            engine_timeout: self.engine_timeout,
            availability: Availability::default(),
            pauses: BackgroundTasks::default(),
        };
        Ok(SharedQuota { shared: Arc::new(shared) })
    }
}

impl SharedQuota {
    /// A quota of this many requests per second. All workers that share it use the same name and rate.
    pub fn builder(
        engine: Arc<dyn QuotaEngine>,
        name: impl Into<String>,
        per_second: f64,
    ) -> SharedQuotaBuilder {
        SharedQuotaBuilder {
            engine,
            name: name.into(),
            per_second,
            burst: 1,
            fallback: None,
            engine_timeout: Duration::from_millis(500),
        }
    }

    /// Waits for the turn of a request. Dropping the future does not return the slot that it took.
    ///
    /// # Errors
    /// [`QuotaRefused`], at once, if the turn would come after `at_most`. `None` waits as long as it takes.
    pub async fn acquire(&self, at_most: Option<Duration>) -> Result<(), QuotaRefused> {
        let began = Instant::now();
        let left = || at_most.map(|at_most| at_most.saturating_sub(began.elapsed()));
        let refuse = |wait| left().is_some_and(|left| wait >= left);
        // The fallback decides in time, too.
        let patience = || left().map_or(Duration::MAX, |left| left / 2);
        loop {
            // A slot at the very end of the time is of no use.
            let longest = left().map_or(MAX_AHEAD, |left| left.saturating_sub(MICROSECOND));
            match self.take(longest, patience()).await {
                Slot::Taken { wait, .. } => {
                    if !wait.is_zero() {
                        sleep(wait).await;
                    }
                    if wait < CHECKED_WAIT {
                        return Ok(());
                    }
                    // The slot may have passed during a pause. Then another one is taken, which is after the pause
                    // and after those who have one.
                    let pause = self.pause_left(patience()).await;
                    if pause.is_zero() {
                        return Ok(());
                    }
                    if refuse(pause) {
                        return Err(QuotaRefused { wait: pause, paused: true });
                    }
                }
                Slot::Later { wait, paused } => {
                    if refuse(wait) {
                        return Err(QuotaRefused { wait, paused });
                    }
                    sleep(wait.saturating_sub(MAX_AHEAD / 2).max(Duration::from_millis(1))).await;
                }
            }
        }
    }

    /// Makes all workers pause, at most one minute. Returns at once; a background task tells the engine.
    pub fn pause_all(&self, pause: Duration) {
        let shared = Arc::clone(&self.shared);
        let Shared { local, name, fallback, .. } = &*shared;
        local.step(name, |state, now| state.pause(now, pause, *fallback));
        let quota = self.clone();
        let telling = async move {
            let told = quota.ask(Duration::MAX, async move |shared: Arc<Shared>| {
                shared.engine.pause(&shared.name, pause, shared.rate).await
            });
            told.await;
        };
        // Without a runtime nothing was sent, and there is nothing to tell.
        let _ = shared.pauses.start(telling);
    }

    /// Whether the engine is away and the fallback decides.
    pub fn uses_fallback(&self) -> bool {
        self.shared.availability.is_away()
    }

    async fn take(&self, at_most: Duration, patience: Duration) -> Slot {
        let Shared { name, fallback, local, .. } = &*self.shared;
        let taken = self.ask(patience, async move |shared: Arc<Shared>| {
            let request = SlotRequest::new(shared.rate, at_most);
            shared.engine.take_slot(&shared.name, request).await
        });
        match taken.await {
            Some(slot) => slot,
            None => {
                let request = SlotRequest::new(*fallback, at_most);
                local.step(name, |state, now| state.take(now, &request))
            }
        }
    }

    async fn pause_left(&self, patience: Duration) -> Duration {
        let Shared { name, local, .. } = &*self.shared;
        let left = self.ask(patience, async move |shared: Arc<Shared>| {
            shared.engine.pause_left(&shared.name).await
        });
        match left.await {
            Some(pause) => pause,
            None => local.step(name, |state, now| state.pause_left(now)),
        }
    }

    /// Runs a step in the engine; `None` if it is away, or if the caller cannot wait longer than `patience`. The step is a
    /// task, so that callers with little time do not hide an engine that has stopped responding.
    async fn ask<T, F>(&self, patience: Duration, step: impl FnOnce(Arc<Shared>) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let Shared { availability, engine_timeout, .. } = &*self.shared;
        if availability.is_away() {
            if availability.is_probe_due() {
                tokio::spawn(self.clone().probe());
            }
            return None;
        }
        let (quota, step) =
            (self.clone(), timeout(*engine_timeout, step(Arc::clone(&self.shared))));
        let asked = tokio::spawn(async move {
            match step.await {
                Ok(Ok(value)) => return Some(value),
                Ok(Err(error)) => quota.lost(&error),
                Err(_) => quota.lost(&"it did not respond in time"),
            }
            None
        });
        timeout(patience, asked).await.ok()?.ok()?
    }

    fn lost(&self, error: &dyn std::fmt::Display) {
        let Shared { name, availability, .. } = &*self.shared;
        if availability.failed() {
            tracing::warn!(
                quota = name,
                %error,
                "the engine of the quota is away; this process limits its own requests"
            );
        }
    }

    /// Asks for a slot now, because an engine that can only be read is of no use. The slot is not used.
    async fn probe(self) {
        let Shared { engine, name, rate, availability, .. } = &*self.shared;
        let request = SlotRequest::new(*rate, Duration::ZERO);
        let probed = timeout(PROBE_LIMIT, engine.take_slot(name, request)).await;
        if let Ok(Ok(_)) = probed
            && let Some(away) = availability.worked()
        {
            tracing::info!(quota = name, ?away, "the engine of the quota is back");
        }
    }
}

impl PartialEq for SharedQuota {
    /// Whether both are clones of one quota.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}
