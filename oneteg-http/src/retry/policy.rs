use std::{fmt, sync::Arc, time::Duration};

/// How often failed calls are retried, and after what wait.
///
/// The policy does not decide whether a retry is safe: a write that the server may have processed is retried
/// only if its operation is idempotent.
///
/// The wait before the n-th retry is random, from 0 to `initial_backoff * 2^(n-1)` and at most `max_backoff`
/// ("full jitter"). A server's `Retry-After` replaces it; a random time up to `initial_backoff` is added.
///
/// | Setting | Default |
/// |---|---|
/// | [`max_attempts`](RetryPolicyBuilder::max_attempts) | 4: the first attempt and 3 retries |
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
    /// Starts a policy with the defaults.
    pub fn builder() -> RetryPolicyBuilder {
        RetryPolicyBuilder(Settings {
            max_attempts: 4,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(60),
            jitter: Arc::new(fastrand::f64),
        })
    }

    /// No retries. A refused credential is still replaced once if there is a newer one.
    pub fn none() -> Self {
        Self::builder().max_attempts(1).build()
    }

    /// The maximum number of attempts, including the first.
    pub fn max_attempts(&self) -> u32 {
        self.0.max_attempts
    }

    /// The longest `Retry-After` to wait for.
    pub fn max_retry_after(&self) -> Duration {
        self.0.max_retry_after
    }

    /// A random wait after this number of attempts.
    pub(crate) fn backoff(&self, attempts: u32) -> Duration {
        let settings = &*self.0;
        let doublings = attempts.saturating_sub(1).min(31);
        let longest =
            settings.initial_backoff.saturating_mul(1 << doublings).min(settings.max_backoff);
        // A custom jitter outside of 0 to 1 must not lengthen the wait.
        let drawn = longest.as_secs_f64() * (settings.jitter)().clamp(0.0, 1.0);
        // Fails only for a wait so long that rounding to a float makes it too long for a `Duration`.
        Duration::try_from_secs_f64(drawn).unwrap_or(longest)
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

/// Builds a [`RetryPolicy`].
#[derive(Clone)]
#[must_use = "`build` creates the policy"]
pub struct RetryPolicyBuilder(Settings);

impl RetryPolicyBuilder {
    /// Sets the maximum number of attempts, including the first. Default: 4; 0 counts as 1.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.0.max_attempts = attempts.max(1);
        self
    }

    /// Sets the upper bound of the first wait, which doubles with each retry. Default: 200 ms.
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.0.initial_backoff = wait;
        self
    }

    /// Sets the upper bound of all waits, except those a server asks for. Default: 10 s.
    pub fn max_backoff(mut self, wait: Duration) -> Self {
        self.0.max_backoff = wait;
        self
    }

    /// Sets the longest `Retry-After` to wait for. If the server asks for a longer wait, the call fails at
    /// once: an earlier retry would only fail again. Default: 60 s.
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.0.max_retry_after = wait;
        self
    }

    /// Sets the source of randomness: a function that returns numbers from 0 to 1. Meant for tests. Default: a
    /// thread-local generator.
    pub fn jitter(mut self, source: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.0.jitter = Arc::new(source);
        self
    }

    /// Builds the policy.
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
            .map(|attempts| full.backoff(attempts).as_millis())
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
