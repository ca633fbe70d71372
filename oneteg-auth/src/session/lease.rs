//! How a refresh and a sign-in acquire the lease on a session.
//!
//! | The store's decision | Time waited | Next |
//! |---|---|---|
//! | granted | any | done |
//! | held by another owner | at most `lease_patience` | wait, then ask again |
//! | [`StoreError::Busy`]: no decision, others were first | at most `lease_patience` | wait, then ask again |
//! | either of them | more | [`StoreError::Busy`] |
//! | another error | any | the error |
//!
//! A wait begins at 10 ms and grows by half up to 200 ms, plus up to 10 ms of jitter so that many processes do
//! not ask in step. It never lasts longer than the other holder's lease, and ends early when the store notifies
//! that the session has changed. If the store can notify, it begins at 200 ms: processes that poll keep the
//! holder from storing its tokens, and notifications that are lost cost no more than that.

use std::time::Duration;

use super::shared::SharedSession;
use crate::{Lease, LeaseDecision, SessionChanges, StoreError, random};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSE: Duration = Duration::from_millis(200);
const JITTER_MS: u64 = 10;

/// The progress of one wait for a lease.
#[derive(Debug)]
pub(super) struct LeaseWait {
    /// On the monotonic clock.
    started: Duration,
    pause: Duration,
    /// Observed before the store is first asked, so that no change is missed in between.
    changes: SessionChanges,
}

impl LeaseWait {
    const fn new(started: Duration, changes: SessionChanges) -> Self {
        let pause = if changes.is_notified() { MAX_PAUSE } else { FIRST_PAUSE };
        Self { started, pause, changes }
    }

    /// How long to pause before the store is asked again; `None` when the patience is used up.
    fn next_pause(
        &mut self,
        now: Duration,
        remaining: Duration,
        patience: Duration,
    ) -> Option<Duration> {
        if now.saturating_sub(self.started) > patience {
            return None;
        }
        // A lease that ends soon is worth waiting for exactly.
        let pause = self.pause.min(remaining);
        self.pause = (self.pause * 3 / 2).min(MAX_PAUSE);
        Some(pause)
    }
}

impl SharedSession {
    pub(super) fn begin_lease_wait(&self) -> LeaseWait {
        LeaseWait::new(self.now(), self.store.watch(&self.key))
    }

    /// Asks the store for the lease once. If another owner holds it, or the store is busy, this waits a little and
    /// returns `None`:
    /// the caller looks whether it still needs the lease, and asks again with the same `wait`.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the lease was held for longer than `lease_patience`; any error of the store.
    pub(super) async fn acquire_lease(
        &self,
        wait: &mut LeaseWait,
    ) -> Result<Option<Lease>, StoreError> {
        let remaining = match self.store.lease(&self.key, &self.owner, self.policy.lease_ttl).await
        {
            Ok(LeaseDecision::Granted(lease)) => return Ok(Some(lease)),
            Ok(LeaseDecision::Held { remaining }) => remaining,
            // The disk or the database is slow. Giving up now would fail every caller of this process, and
            // of all others that wait, although the next attempt may find a new token.
            Err(StoreError::Busy) => Duration::MAX,
            Err(error) => return Err(error),
        };
        let pause = wait.next_pause(self.now(), remaining, self.policy.lease_patience);
        let jitter = Duration::from_millis(random::jitter(JITTER_MS));
        wait.changes.wait(pause.ok_or(StoreError::Busy)?.saturating_add(jitter)).await;
        Ok(None)
    }

    /// Gives a lease back. If that fails, it runs out by itself.
    pub(super) async fn release_lease(&self, lease: &Lease) {
        if let Err(error) = self.store.release(lease).await {
            tracing::warn!(%error, "a lease could not be released and will run out");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChangeNotifier, SessionKey};

    const PATIENCE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    fn wait() -> LeaseWait {
        LeaseWait::new(Duration::ZERO, SessionChanges::polled())
    }

    #[test]
    fn a_store_that_notifies_is_polled_seldom() {
        let changes = ChangeNotifier::new().watch(&SessionKey::new("acme"));
        let mut wait = LeaseWait::new(Duration::ZERO, changes);
        assert_eq!(wait.next_pause(Duration::ZERO, HOUR, PATIENCE), Some(MAX_PAUSE));
    }

    #[test]
    fn the_pause_grows_up_to_its_limit() {
        let mut wait = wait();
        let pauses: Vec<_> =
            (0..10).filter_map(|_| wait.next_pause(Duration::ZERO, HOUR, PATIENCE)).collect();
        assert_eq!(pauses[..3].iter().map(Duration::as_millis).collect::<Vec<_>>(), [10, 15, 22]);
        assert!(pauses.is_sorted() && pauses[9] == MAX_PAUSE, "{pauses:?}");
    }

    #[test]
    fn a_lease_that_ends_soon_is_waited_for_exactly() {
        let soon = Duration::from_millis(3);
        assert_eq!(wait().next_pause(Duration::ZERO, soon, PATIENCE), Some(soon));
    }

    #[test]
    fn patience_ends() {
        assert!(wait().next_pause(PATIENCE, HOUR, PATIENCE).is_some());
        let later = PATIENCE + Duration::from_nanos(1);
        assert_eq!(wait().next_pause(later, HOUR, PATIENCE), None);
    }
}
