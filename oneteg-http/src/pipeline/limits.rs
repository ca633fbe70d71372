use oneteg_auth::SharedQuota;
use tokio::sync::Semaphore;

#[cfg(doc)]
use crate::ErrorKind;

/// Limits of the requests that a client and its clones send.
///
/// Defaults: unlimited requests in flight and per second, adaptive.
///
/// | Setting | Applies to |
/// |---|---|
/// | [`max_in_flight`](Self::max_in_flight), [`per_second`](Self::per_second) | this client and its clones |
/// | [`shared`](Self::shared) | all clients of all workers that use the same quota |
///
/// A call waits for all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    pub(super) max_in_flight: Option<usize>,
    pub(super) per_second: Option<f64>,
    pub(super) shared: Option<SharedQuota>,
    pub(super) adaptive: bool,
}

impl Limits {
    /// The defaults.
    pub fn new() -> Self {
        Self { max_in_flight: None, per_second: None, shared: None, adaptive: true }
    }

    /// The maximum number of requests that await a response at the same time; 0 counts as 1. Further calls wait in
    /// order. Default: unlimited.
    #[must_use]
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = Some(requests.clamp(1, Semaphore::MAX_PERMITS));
        self
    }

    /// The maximum number of requests per second, evenly spaced. 0, negative numbers, infinity and NaN mean
    /// unlimited, the default. A call whose turn would come after its time limit fails at once with
    /// [`ErrorKind::RateLimited`].
    #[must_use]
    pub fn per_second(mut self, requests: f64) -> Self {
        self.per_second = Some(requests).filter(|rate| *rate > 0.0 && rate.is_finite());
        self
    }

    /// A vendor's quota that this client shares with others, on this machine or elsewhere. A call waits for its turn in
    /// addition to the client's own limits; one whose turn would come after its time limit fails at once with
    /// [`ErrorKind::RateLimited`]. The `Retry-After` of a 429 delays the calls of all workers, if
    /// [`adaptive`](Self::adaptive) is on. While the engine of the quota is away, the quota limits this process alone;
    /// see [`SharedQuota`]. Default: none.
    ///
    /// ```
    /// use oneteg_auth::{MemoryQuotas, SharedQuota};
    /// use oneteg_http::Limits;
    /// use std::sync::Arc;
    ///
    /// // With a `RedisStore` or a `PostgresStore` as the engine, workers on other machines share the quota.
    /// let engine = Arc::new(MemoryQuotas::new());
    /// let quota = SharedQuota::builder(engine, "acme.netx.net", 10.0).fallback_per_second(1.0).build()?;
    /// let limits = Limits::new().max_in_flight(4).shared(quota);
    /// # let _ = limits;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn shared(mut self, quota: SharedQuota) -> Self {
        self.shared = Some(quota);
        self
    }

    /// Whether a 429 halves the limits until successes restore them, and delays all calls by its `Retry-After`, at most
    /// one minute. Default: `true`.
    #[must_use]
    pub fn adaptive(mut self, adaptive: bool) -> Self {
        self.adaptive = adaptive;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
