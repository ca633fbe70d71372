//! What a quota needs of the server that keeps it.

use std::{fmt, time::Duration};

use crate::{BoxFuture, StoreError};

/// The highest rate, one request per microsecond being the resolution of the engines' clocks.
const MAX_PER_SECOND: f64 = 100_000.0;

/// The lowest rate: one request a day.
const MIN_PER_SECOND: f64 = 1.0 / 86_400.0;

/// How long a burst may take at the rate itself. It bounds how far ahead an engine's dates may be.
const MAX_TOLERANCE: Duration = Duration::from_secs(7 * 86_400);

/// A quota whose numbers cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the quota cannot be used: {reason}")]
pub struct InvalidQuota {
    /// Why, with the bounds.
    pub(super) reason: String,
}

/// A rate and the burst that it permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRate {
    interval: Duration,
    tolerance: Duration,
}

impl QuotaRate {
    /// `per_second` requests per second, up to `burst` of them at once.
    ///
    /// # Errors
    /// [`InvalidQuota`] if the rate is not between one a day and 100,000 a second, if the burst is 0, or if a burst
    /// is more than the rate permits in a week.
    pub fn new(per_second: f64, burst: u32) -> Result<Self, InvalidQuota> {
        if !(MIN_PER_SECOND..=MAX_PER_SECOND).contains(&per_second) {
            let reason = format!(
                "{per_second} requests per second is not between 1/86400 (one a day) and 100000"
            );
            return Err(InvalidQuota { reason });
        }
        if burst == 0 {
            return Err(InvalidQuota { reason: "a burst has at least 1 request".into() });
        }
        let interval = Duration::from_secs_f64(1.0 / per_second);
        match interval.checked_mul(burst - 1) {
            Some(tolerance) if tolerance <= MAX_TOLERANCE => Ok(Self { interval, tolerance }),
            _ => {
                let reason = format!(
                    "a burst of {burst} is more than {per_second} requests per second permit in a week"
                );
                Err(InvalidQuota { reason })
            }
        }
    }

    /// The time between two requests.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// By how much a request may precede its turn: the interval times the burst without its first request.
    pub fn tolerance(&self) -> Duration {
        self.tolerance
    }

    /// The most requests that are scheduled within any period of this length.
    pub fn most_within(&self, period: Duration) -> u64 {
        let intervals = (period + self.tolerance).as_nanos() / self.interval.as_nanos().max(1);
        u64::try_from(intervals).unwrap_or(u64::MAX).saturating_add(1)
    }
}

/// A request for a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotRequest {
    /// The rate of the quota.
    pub rate: QuotaRate,
    /// The longest wait. If the next slot is later, none is taken.
    pub at_most: Duration,
}

impl SlotRequest {
    /// A request for a slot within `at_most` from now.
    pub fn new(rate: QuotaRate, at_most: Duration) -> Self {
        Self { rate, at_most }
    }
}

/// How an engine decides on a [`SlotRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Slot {
    /// The caller has the slot.
    Taken {
        /// How long to wait before the request is sent.
        wait: Duration,
        /// The date of the slot, by the engine's clock since 1970. It never differs by more than the wait from now.
        scheduled: Duration,
    },
    /// The next slot is later than the caller accepts, and was not taken.
    Later {
        /// How long the caller would have to wait.
        wait: Duration,
        /// Whether a pause is the reason.
        paused: bool,
    },
}

/// A server that keeps quotas for several workers: [`MemoryQuotas`](crate::MemoryQuotas), `RedisStore`,
/// `PostgresStore`, or your own.
///
/// Every method is one atomic step, and its clock is the engine's. A slot is at most 60 s ahead, a pause lasts 60 s
/// at most, and a date further ahead than both, the interval and the tolerance shows that the clock was set back: the
/// quota starts again.
pub trait QuotaEngine: fmt::Debug + Send + Sync + 'static {
    /// Takes the next slot, by the generic cell rate algorithm: slots within any period number at most
    /// [`QuotaRate::most_within`].
    ///
    /// # Errors
    /// [`StoreError`] if the engine cannot decide.
    fn take_slot<'a>(
        &'a self,
        quota: &'a str,
        request: SlotRequest,
    ) -> BoxFuture<'a, Result<Slot, StoreError>>;

    /// Gives no slots for this long. A shorter pause ends no longer one, and no burst follows a pause.
    ///
    /// # Errors
    /// [`StoreError`] if the engine cannot be reached.
    fn pause<'a>(
        &'a self,
        quota: &'a str,
        pause: Duration,
        rate: QuotaRate,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// How much longer the current pause lasts; zero without one.
    ///
    /// # Errors
    /// [`StoreError`] if the engine cannot be reached.
    fn pause_left<'a>(&'a self, quota: &'a str) -> BoxFuture<'a, Result<Duration, StoreError>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_bursts_that_cannot_be_used_are_refused_with_their_bounds() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9, 200_000.0] {
            let error = QuotaRate::new(rate, 1).unwrap_err().to_string();
            assert!(error.contains("not between 1/86400"), "{error}");
        }
        assert!(QuotaRate::new(1.0, 0).unwrap_err().to_string().contains("at least 1"));
        assert!(QuotaRate::new(1.0, u32::MAX).unwrap_err().to_string().contains("in a week"));
        let rate = QuotaRate::new(4.0, 3).unwrap();
        let quarter = Duration::from_millis(250);
        assert_eq!((rate.interval(), rate.tolerance()), (quarter, quarter * 2));
        assert_eq!(rate.most_within(Duration::ZERO), 3);
        assert_eq!(rate.most_within(quarter), 4);
        for rate in [1.0 / 86_400.0, 100_000.0] {
            QuotaRate::new(rate, 1).unwrap();
        }
    }
}
