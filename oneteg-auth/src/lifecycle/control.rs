use std::{
    sync::{Arc, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use tokio::sync::watch;

use super::{Live, Outcome, Shared, Unsaved, backoff::Backoff};
use crate::{AuthError, CredentialVersion, RefreshHash};

/// State that is read only when the token is not fresh.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// Grows with every sign-in and sign-out.
    pub(super) epoch: u64,
    /// The epoch that the last sign-out began; refreshes of earlier ones are undone.
    signed_out: u64,
    /// Number of sign-outs under way; no refresh begins meanwhile.
    pub(super) ending: u32,
    pub(super) flight: Option<Flight>,
    pub(super) backoff: Backoff,
    pub(super) unsaved: Option<Unsaved>,
    /// The refresh token that the provider refused for good. Not its version: versions may go back.
    pub(super) ended: Option<RefreshHash>,
    /// No more renewals ahead of expiry: the program is about to end.
    pub(super) closed: bool,
}

impl Control {
    /// Whether a valid token is left as it is.
    pub(super) fn rests(&self) -> bool {
        self.closed && self.unsaved.is_none()
    }
}

/// A refresh that is under way.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) outcome: watch::Receiver<Option<Outcome>>,
    /// On the monotonic clock.
    pub(super) started: Duration,
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Stored,
    Granted,
}

/// A sign-out begins before the store is cleared and is done after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Begins,
    Done,
}

/// A sign-in or sign-out came while a refresh was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Superseded;

impl Shared {
    pub(super) fn control(&self) -> MutexGuard<'_, Control> {
        // Nothing below panics while it holds the lock; if it did, the state is still whole.
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a token in use that belongs to this epoch.
    pub(super) fn publish(
        &self,
        live: Live,
        epoch: u64,
        origin: Origin,
    ) -> Result<Arc<Live>, Superseded> {
        let control = self.control();
        if control.epoch != epoch {
            return Err(Superseded);
        }
        // A valid token that is read again keeps its stamp. Any other version counts, also a lower one: the
        // record may have been deleted or restored and the session be a new one.
        if origin == Origin::Stored
            && let Some(current) = self.current.load_full()
            && current.stored == live.stored
            && self.clock.monotonic() < current.expires_at
        {
            return Ok(current);
        }
        Ok(self.put_in_use(live))
    }

    /// The token in use, while it is valid.
    pub(super) fn in_use(&self) -> Outcome {
        let now = self.clock.monotonic();
        let current = self.current.load_full().filter(|live| now < live.expires_at);
        current.ok_or(AuthError::NotSignedIn)
    }

    fn put_in_use(&self, mut live: Live) -> Arc<Live> {
        // The same token again, stored at last, is no newer one: who refuses it needs another.
        let current = self.current.load_full().filter(|current| current.header == live.header);
        live.stamp = current.map_or_else(
            || CredentialVersion(self.stamps.fetch_add(1, Ordering::Relaxed) + 1),
            |current| current.stamp,
        );
        let live = Arc::new(live);
        self.current.store(Some(Arc::clone(&live)));
        live
    }

    /// A sign-in: its token replaces all that was known about the session before.
    pub(super) fn begin_session(&self, live: Live, unsaved: Option<Unsaved>) {
        let mut control = self.control();
        control.epoch += 1;
        control.ending = 0;
        control.flight = None;
        control.backoff = Backoff::default();
        control.unsaved = unsaved;
        control.ended = None;
        self.put_in_use(live);
    }

    /// A sign-out: nothing that was known about the session is used any more. Returns what was granted and
    /// not stored.
    pub(super) fn end_session(&self, ending: Ending) -> Option<Unsaved> {
        let mut control = self.control();
        match ending {
            Ending::Begins => control.ending += 1,
            Ending::Done => {
                control.ending = control.ending.saturating_sub(1);
                // Whoever comes now looks into the store, and does not wait for what is over.
                control.flight = None;
            }
        }
        control.epoch += 1;
        control.signed_out = control.epoch;
        control.backoff = Backoff::default();
        control.ended = None;
        self.current.store(None);
        control.unsaved.take()
    }

    /// Whether a sign-out came after this epoch.
    pub(super) fn signed_out_since(&self, epoch: u64) -> bool {
        epoch < self.control().signed_out
    }

    /// What remains to be stored in this epoch. It stays until [`Shared::saved`]: the task that stores it may end
    /// with its runtime.
    pub(super) fn unsaved(&self, epoch: u64) -> Option<Unsaved> {
        let control = self.control();
        control.unsaved.clone().filter(|_| control.epoch == epoch)
    }

    /// What was to be stored in this epoch is, or never will be.
    pub(super) fn saved(&self, epoch: u64) {
        let mut control = self.control();
        if control.epoch == epoch {
            control.unsaved = None;
        }
    }

    /// Keeps tokens that could not be stored; gives them back when their session has ended.
    pub(super) fn keep(&self, unsaved: Unsaved, epoch: u64) -> Option<Unsaved> {
        let mut control = self.control();
        if control.epoch != epoch {
            return Some(unsaved);
        }
        control.unsaved = Some(unsaved);
        None
    }

    pub(super) fn land(&self, epoch: u64, outcome: &Outcome) {
        let now = self.clock.monotonic();
        let mut control = self.control();
        if control.epoch != epoch {
            return;
        }
        control.flight = None;
        match outcome {
            Ok(_) => control.backoff.succeeded(),
            Err(error) => {
                control.backoff.failed(error, now, &self.policy);
                if self.current.load().as_ref().is_some_and(|live| now < live.expires_at) {
                    tracing::warn!(%error, "the token could not be renewed; the old one still serves");
                }
            }
        }
    }
}

/// The flight, unless its task ended or was dropped together with its runtime.
pub(super) fn running(control: &Control) -> Option<Flight> {
    control.flight.clone().filter(|flight| flight.outcome.has_changed().is_ok())
}

pub(super) async fn landed(mut flight: watch::Receiver<Option<Outcome>>) -> Outcome {
    match flight.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().unwrap_or(Err(AuthError::Interrupted)),
        Err(_) => Err(AuthError::Interrupted),
    }
}
