use std::{fmt, sync::Arc, time::Duration};

/// How failed calls are tried again: how often, and after what wait.
///
/// Whether a failure may be tried again at all is not the policy's matter: a write that the server may
/// have done is never repeated unless its operation is idempotent.
///
/// The wait before the n-th retry is drawn evenly from 0 to `initial_backoff * 2^(n-1)`, at most
/// `max_backoff` ("full jitter"). A server's `Retry-After` takes the place of that wait, plus a draw
/// from 0 to `initial_backoff`.
///
/// | Setting | Default |
/// |---|---|
/// | [`max_attempts`](RetryPolicyBuilder::max_attempts) | 4: the call and 3 retries |
/// | [`initial_backoff`](RetryPolicyBuilder::initial_backoff) | 200 ms |
/// | [`max_backoff`](RetryPolicyBuilder::max_backoff) | 10 s |
/// | [`max_retry_after`](RetryPolicyBuilder::max_retry_after) | 60 s |
///
/// ```
/// use std::time::Duration;
/// use oneteg_http::RetryPolicy;
///
/// let patient = RetryPolicy::builder()
///     .max_attempts(8)
///     .max_retry_after(Duration::from_secs(300))
///     .build();
/// assert_eq!(patient.max_attempts(), 8);
/// assert_eq!(RetryPolicy::none().max_attempts(), 1);
/// ```
#[derive(Clone)]
pub struct RetryPolicy(Arc<Settings>);

#[derive(Clone)]
struct Settings {
    max_attempts: u32,
    initial_backoff: Duration,
    max_backoff: Duration,
    max_retry_after: Duration,
    jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl RetryPolicy {
    /// Begins a policy with the defaults.
    pub fn builder() -> RetryPolicyBuilder {
        RetryPolicyBuilder(Settings {
            max_attempts: 4,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
            jitter: Arc::new(fastrand::f64),
        })
    }

    /// No retries. A refused credential is still replaced once, where there is a newer one.
    pub fn none() -> Self {
        Self::builder().max_attempts(1).build()
    }

    /// How often a call is tried at most, the first time included.
    pub fn max_attempts(&self) -> u32 {
        self.0.max_attempts
    }

    /// The longest `Retry-After` that is waited for.
    pub fn max_retry_after(&self) -> Duration {
        self.0.max_retry_after
    }

    /// A wait after this many tries.
    pub(crate) fn backoff(&self, tries: u32) -> Duration {
        let settings = &*self.0;
        let doublings = tries.saturating_sub(1).min(31);
        let most =
            settings.initial_backoff.saturating_mul(1 << doublings).min(settings.max_backoff);
        // A source that leaves the range must not make a wait longer than the policy says.
        // And one so long that a float rounds it up is longer than any wait.
        let drawn = most.as_secs_f64() * (settings.jitter)().clamp(0.0, 1.0);
        Duration::try_from_secs_f64(drawn).unwrap_or(most)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_attempts", &self.0.max_attempts)
            .field("initial_backoff", &self.0.initial_backoff)
            .field("max_backoff", &self.0.max_backoff)
            .field("max_retry_after", &self.0.max_retry_after)
            .finish_non_exhaustive()
    }
}

/// Sets up a [`RetryPolicy`].
#[derive(Clone)]
#[must_use = "a policy is made by `build`"]
pub struct RetryPolicyBuilder(Settings);

impl RetryPolicyBuilder {
    /// How often a call is tried at most, the first time included. Default: 4; 0 counts as 1.
    pub fn max_attempts(mut self, tries: u32) -> Self {
        self.0.max_attempts = tries.max(1);
        self
    }

    /// The upper end of the first wait, which doubles with every retry. Default: 200 ms.
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.0.initial_backoff = wait;
        self
    }

    /// The upper end of every wait that the server did not ask for. Default: 10 s.
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.0.max_backoff = wait;
        self
    }

    /// The longest `Retry-After` that is waited for; when the server asks for more, the error is
    /// reported at once, because coming back too early would only fail again. Default: 60 s.
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.0.max_retry_after = wait;
        self
    }

    /// Where the random part of waits comes from: numbers from 0 to 1. For tests; the default is a
    /// generator of the thread.
    pub fn jitter(mut self, source: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.0.jitter = Arc::new(source);
        self
    }

    /// The policy.
    pub fn build(self) -> RetryPolicy {
        RetryPolicy(Arc::new(self.0))
    }
}

impl fmt::Debug for RetryPolicyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RetryPolicyBuilder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_to_the_cap_and_stays_in_range() {
        let full = RetryPolicy::builder().jitter(|| 1.0).build();
        let waits: Vec<u128> = [1, 2, 3, 6, 7, 40, u32::MAX]
            .into_iter()
            .map(|tries| full.backoff(tries).as_millis())
            .collect();
        assert_eq!(waits, [200, 400, 800, 6_400, 10_000, 10_000, 10_000]);
        let none = RetryPolicy::builder().jitter(|| 0.0).build();
        assert_eq!(none.backoff(5), Duration::ZERO);
        for wild in [f64::INFINITY, -3.0, 1e300, f64::NAN] {
            let policy = RetryPolicy::builder().jitter(move || wild).build();
            assert!(policy.backoff(1) <= Duration::from_millis(200), "{wild}");
        }
        let endless = RetryPolicy::builder()
            .initial_backoff(Duration::MAX)
            .max_backoff(Duration::MAX)
            .jitter(|| 1.0)
            .build();
        assert!(endless.backoff(40) > Duration::from_secs(1 << 40));
    }

    #[test]
    fn default_jitter_covers_the_range_evenly() {
        let policy = RetryPolicy::default();
        let draws: Vec<f64> = (0..4000).map(|_| policy.backoff(1).as_secs_f64() / 0.2).collect();
        let mean = draws.iter().sum::<f64>() / 4000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(draws.iter().any(|draw| *draw < 0.05) && draws.iter().any(|draw| *draw > 0.95));
    }
}
