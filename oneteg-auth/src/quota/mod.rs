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

use std::{fmt, sync::Arc, time::Duration};

use crate::BoxFuture;

mod availability;
mod engine;
mod gcra;
mod memory;
mod worker;

#[cfg(any(feature = "postgres", feature = "redis"))]
pub(crate) use self::gcra::{MAX_PAUSE, horizon, micros};
use self::worker::Worker;
pub use self::{
    engine::{InvalidQuota, QuotaEngine, QuotaRate, Slot, SlotRequest},
    memory::MemoryQuotas,
};

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
    worker: Arc<dyn Turns>,
}

/// What gives a worker its turns. A trait, so that only a program that builds a quota contains the code of one: every
/// call may wait for it.
trait Turns: fmt::Debug + Send + Sync {
    fn acquire(
        self: Arc<Self>,
        at_most: Option<Duration>,
    ) -> BoxFuture<'static, Result<(), QuotaRefused>>;

    fn pause_all(self: Arc<Self>, pause: Duration);

    fn uses_fallback(&self) -> bool;
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
        let worker = Worker::new(self.engine, self.name, rate, fallback, self.engine_timeout);
        Ok(SharedQuota { worker: Arc::new(worker) })
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
        Arc::clone(&self.worker).acquire(at_most).await
    }

    /// Makes all workers pause, at most one minute. Returns at once; a background task tells the engine.
    pub fn pause_all(&self, pause: Duration) {
        Arc::clone(&self.worker).pause_all(pause);
    }

    /// Whether the engine is away and the fallback decides.
    pub fn uses_fallback(&self) -> bool {
        self.worker.uses_fallback()
    }
}

impl PartialEq for SharedQuota {
    /// Whether both are clones of one quota.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.worker, &other.worker)
    }
}
