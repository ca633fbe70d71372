//! The two clocks: the system clock for tokens and signatures, and where the logical clock for dates starts.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// Where the logical clock starts: 14 November 2023, 22:13:20 UTC, in seconds since the epoch.
pub(crate) const EPOCH: i64 = 1_700_000_000;

/// The system clock, which tests can put forward.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let ahead = TimeDelta::milliseconds(self.ahead_ms.load(Ordering::SeqCst));
        let now = Utc::now();
        now.checked_add_signed(ahead).unwrap_or(now)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let add = |ahead: i64| Some(ahead.saturating_add(ms));
        // `add` always returns a value, so the update cannot fail.
        let _ = self.ahead_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
    }
}
