//! The part of a session that changes, behind one lock. It is read only when no fresh token is at hand.
//!
//! A sign-in and a sign-out each begin a new *epoch*. A refresh belongs to the epoch it began in: tokens that
//! arrive in a later one are never used.
//!
//! | Event | Epoch | Refresh in flight | Unsaved tokens | Backoff |
//! |---|---|---|---|---|
//! | a refresh starts | same | this one | same | same |
//! | a refresh ends, same epoch | same | none | same | reset or longer |
//! | a refresh ends, later epoch | same | same | same | same |
//! | sign-in | next | none | those of the sign-in, if the store failed | reset |
//! | sign-out begins | next | same, and none may start | taken, to be revoked | reset |
//! | sign-out ends | next | none | taken, to be revoked | reset |

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{active_token::ActiveToken, backoff::Backoff};
use crate::{AuthError, CredentialVersion, RefreshAttempt, RefreshTokenHash, Tokens};

/// The token to use, or why there is none.
pub(super) type TokenResult = Result<Arc<ActiveToken>, AuthError>;

#[derive(Debug, Default)]
pub(super) struct State {
    epoch: u64,
    /// The epoch that the last sign-out began. What a refresh of an earlier one was granted is revoked.
    signed_out: u64,
    /// Number of sign-outs in progress; no refresh begins meanwhile.
    signing_out: u32,
    pub(super) refresh: Option<RefreshInFlight>,
    pub(super) backoff: Backoff,
    unsaved: Option<UnsavedTokens>,
    /// The refresh token that the provider has rejected for good. Not its version, because versions may go
    /// back.
    pub(super) ended: Option<RefreshTokenHash>,
    /// The program is about to end: nothing is renewed ahead of expiry.
    pub(super) closed: bool,
}

/// A refresh that is in progress, for those who wait for it.
#[derive(Debug, Clone)]
pub(super) struct RefreshInFlight {
    pub(super) result: watch::Receiver<Option<TokenResult>>,
    /// On the monotonic clock.
    pub(super) started: Duration,
}

/// Tokens that the provider has granted and the store did not accept.
#[derive(Debug, Clone)]
pub(super) struct UnsavedTokens {
    pub(super) tokens: Tokens,
    /// When they were granted, on the monotonic clock.
    pub(super) granted_at: Duration,
    pub(super) source: TokenSource,
}

/// What tokens were granted for.
#[derive(Debug, Clone)]
pub(super) enum TokenSource {
    /// A refresh. The attempt tells the store whether they still follow what it has.
    Refresh(RefreshAttempt),
    /// A sign-in, over a stored session of this version as far as it could be read.
    SignIn(Option<CredentialVersion>),
}

impl State {
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether a valid token is used as it is, without a renewal.
    pub(super) fn skips_renewal(&self) -> bool {
        self.closed && self.unsaved.is_none()
    }

    pub(super) fn is_signing_out(&self) -> bool {
        self.signing_out > 0
    }

    /// Whether a sign-out came after this epoch.
    pub(super) fn signed_out_since(&self, epoch: u64) -> bool {
        epoch < self.signed_out
    }

    /// The refresh in flight, unless its task has ended or was dropped together with its runtime.
    pub(super) fn running_refresh(&self) -> Option<RefreshInFlight> {
        self.refresh.clone().filter(|refresh| refresh.result.has_changed().is_ok())
    }

    pub(super) fn begin_session(&mut self, unsaved: Option<UnsavedTokens>) {
        self.epoch += 1;
        self.signing_out = 0;
        self.refresh = None;
        self.backoff = Backoff::default();
        self.unsaved = unsaved;
        self.ended = None;
    }

    /// Begins a sign-out, before the store is cleared. Returns what was granted and not stored.
    pub(super) fn begin_sign_out(&mut self) -> Option<UnsavedTokens> {
        self.signing_out += 1;
        self.end_session()
    }

    /// Ends a sign-out, after the store was cleared.
    pub(super) fn finish_sign_out(&mut self) -> Option<UnsavedTokens> {
        self.signing_out = self.signing_out.saturating_sub(1);
        // The next caller reads the store, and does not wait for a refresh of the old session.
        self.refresh = None;
        self.end_session()
    }

    fn end_session(&mut self) -> Option<UnsavedTokens> {
        self.epoch += 1;
        self.signed_out = self.epoch;
        self.backoff = Backoff::default();
        self.ended = None;
        self.unsaved.take()
    }

    pub(super) fn has_unsaved(&self) -> bool {
        self.unsaved.is_some()
    }

    /// What remains to be stored in this epoch. It stays until [`State::forget_unsaved`]: the task that
    /// stores it may end with its runtime.
    pub(super) fn unsaved(&self, epoch: u64) -> Option<UnsavedTokens> {
        self.unsaved.clone().filter(|_| self.epoch == epoch)
    }

    /// Notes that nothing remains to be stored in this epoch.
    pub(super) fn forget_unsaved(&mut self, epoch: u64) {
        if self.epoch == epoch {
            self.unsaved = None;
        }
    }

    /// Keeps tokens that could not be stored; returns them if their session has ended.
    pub(super) fn keep_unsaved(
        &mut self,
        unsaved: UnsavedTokens,
        epoch: u64,
    ) -> Option<UnsavedTokens> {
        if self.epoch != epoch {
            return Some(unsaved);
        }
        self.unsaved = Some(unsaved);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsaved() -> UnsavedTokens {
        UnsavedTokens {
            tokens: Tokens::new("a"),
            granted_at: Duration::ZERO,
            source: TokenSource::SignIn(None),
        }
    }

    #[test]
    fn unsaved_tokens_belong_to_their_epoch() {
        let mut state = State::default();
        assert!(state.keep_unsaved(unsaved(), 0).is_none());
        assert!(state.unsaved(0).is_some() && state.unsaved(1).is_none());
        state.begin_session(None);
        assert!(state.keep_unsaved(unsaved(), 0).is_some());
        assert!(state.keep_unsaved(unsaved(), 1).is_none());
        state.forget_unsaved(0);
        assert!(state.has_unsaved());
        state.forget_unsaved(1);
        assert!(!state.has_unsaved());
    }

    #[test]
    fn a_sign_out_takes_the_unsaved_tokens_and_ends_earlier_epochs() {
        let mut state = State::default();
        state.begin_session(Some(unsaved()));
        let epoch = state.epoch();
        assert!(!state.signed_out_since(epoch));
        assert!(state.begin_sign_out().is_some());
        assert!(state.is_signing_out() && state.signed_out_since(epoch));
        let during = state.epoch();
        assert!(state.finish_sign_out().is_none());
        assert!(!state.is_signing_out() && state.signed_out_since(during));
        // A session that begins later is not affected.
        state.begin_session(None);
        assert!(!state.signed_out_since(state.epoch()));
    }

    #[test]
    fn a_sign_in_ends_a_sign_out_in_progress() {
        let mut state = State::default();
        state.begin_sign_out();
        state.begin_session(None);
        assert!(!state.is_signing_out());
        state.finish_sign_out();
        assert!(!state.is_signing_out());
    }

    #[test]
    fn a_closed_session_renews_only_to_save_tokens() {
        let mut state = State { closed: true, ..State::default() };
        assert!(state.skips_renewal());
        assert!(state.keep_unsaved(unsaved(), 0).is_none());
        assert!(!state.skips_renewal());
    }
}
