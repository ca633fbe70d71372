use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::time::Instant;

/// Limits the extra load that retries put on a failing server. A client and its clones share one budget.
///
/// It is a token bucket. A retry takes one token; each successful call returns `per_success` tokens, and each
/// second returns `per_second`, so that a quiet client can still retry. While a server is down, a client
/// sends `capacity` retries and then `per_second`; while it fails occasionally, at most a share of
/// `per_success` of the calls are retried.
///
/// Defaults: capacity 100, 0.1 per success, 1 per second.
///
/// ```
/// use oneteg_http::RetryBudget;
///
/// let budget = RetryBudget::new(20, 0.05, 0.5);
/// assert_eq!(budget.available(), Some(20));
/// ```
#[derive(Clone)]
pub struct RetryBudget(Option<Arc<Bucket>>);

struct Bucket {
    capacity: f64,
    per_success: f64,
    per_second: f64,
    /// Saves taking the lock on every success while nothing fails.
    full: AtomicBool,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    filled: Option<Instant>,
}

impl RetryBudget {
    /// A full budget. A negative or NaN refill counts as 0.
    pub fn new(capacity: u32, per_success: f64, per_second: f64) -> Self {
        let capacity = f64::from(capacity);
        Self(Some(Arc::new(Bucket {
            capacity,
            per_success: per_success.max(0.0),
            per_second: per_second.max(0.0),
            full: AtomicBool::new(true),
            state: Mutex::new(State { tokens: capacity, filled: None }),
        })))
    }

    /// No limit other than the policy's. A program with many concurrent callers then multiplies the load on a
    /// failing server.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Number of retries available now; `None` without a limit.
    pub fn available(&self) -> Option<u32> {
        let bucket = self.0.as_ref()?;
        let state = bucket.refilled();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(state.tokens as u32)
    }

    pub(crate) fn withdraw(&self) -> bool {
        let Some(bucket) = &self.0 else { return true };
        let mut state = bucket.refilled();
        if state.tokens < 1.0 {
            return false;
        }
        state.tokens -= 1.0;
        bucket.full.store(false, Ordering::Relaxed);
        true
    }

    pub(crate) fn deposit(&self) {
        let Some(bucket) = &self.0 else { return };
        if bucket.full.load(Ordering::Relaxed) {
            return;
        }
        let mut state = bucket.refilled();
        state.tokens = (state.tokens + bucket.per_success).min(bucket.capacity);
        bucket.full.store(state.tokens >= bucket.capacity, Ordering::Relaxed);
    }
}

impl Bucket {
    fn refilled(&self) -> std::sync::MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(before) = state.filled.replace(now) {
            let trickle = now.saturating_duration_since(before).as_secs_f64() * self.per_second;
            state.tokens = (state.tokens + trickle).min(self.capacity);
        }
        state
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(100, 0.1, 1.0)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudget").field("available", &self.available()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn empties_fills_by_success_and_by_time_and_never_overflows() {
        let budget = RetryBudget::new(3, 0.5, 1.0);
        let clone = budget.clone();
        assert!(budget.withdraw() && clone.withdraw() && budget.withdraw());
        assert!(!clone.withdraw(), "clones share one bucket");
        budget.deposit();
        assert!(!budget.withdraw());
        budget.deposit();
        assert!(budget.withdraw());
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert!(budget.withdraw() && !budget.withdraw());
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(budget.available(), Some(3));
        for _ in 0..100 {
            budget.deposit();
        }
        assert_eq!(budget.available(), Some(3));
    }

    #[tokio::test(start_paused = true)]
    async fn extreme_numbers_are_accepted() {
        for odd in [f64::NAN, f64::NEG_INFINITY, -1.0] {
            let budget = RetryBudget::new(1, odd, odd);
            assert!(budget.withdraw() && !budget.withdraw());
            budget.deposit();
            tokio::time::advance(Duration::from_secs(60)).await;
            assert!(!budget.withdraw(), "{odd} gave a token");
        }
        let endless = RetryBudget::new(2, f64::INFINITY, f64::INFINITY);
        for _ in 0..10 {
            assert!(endless.withdraw());
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(endless.available().is_some_and(|tokens| tokens <= 2));
        }
        assert!(!RetryBudget::new(0, 1.0, 1.0).withdraw());
    }

    #[test]
    fn unlimited_has_no_end() {
        let budget = RetryBudget::unlimited();
        assert!((0..1000).all(|_| budget.withdraw()));
        assert_eq!(budget.available(), None);
    }
}
