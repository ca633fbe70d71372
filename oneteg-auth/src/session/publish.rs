//! How a token becomes the one in use.
//!
//! | Token | Condition | Result |
//! |---|---|---|
//! | read from the store | its version is the stale one, or it has expired | none: a refresh is needed |
//! | read from the store | the version in use, still valid | the token in use, with its stamp |
//! | granted and committed | | in use |
//! | granted, cannot be stored | its grant spends no refresh token | in use, under the version before |
//! | any | the session was signed in to or out of meanwhile | not used; revoked after a sign-out |

use std::sync::{Arc, atomic::Ordering};

use super::{
    active_token::ActiveToken,
    shared::SharedSession,
    state::{TokenResult, UnsavedTokens},
};
use crate::{AuthError, CredentialVersion, StoreError, StoredSession, Tokens};

/// What a refresh is for; it is passed through all of its steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct RefreshGoal {
    /// The stored version that is no longer usable.
    pub(super) stale: Option<CredentialVersion>,
    /// The epoch that the refresh began in.
    pub(super) epoch: u64,
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenOrigin {
    Stored,
    Granted,
}

/// A sign-in or sign-out came while a refresh was in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Superseded;

impl SharedSession {
    /// Puts the stored token in use if it is another one than the stale one and has not expired. A version
    /// lower than the stale one is a new session: the record was deleted or restored.
    pub(super) fn adopt_if_newer(
        &self,
        session: Option<&StoredSession>,
        goal: RefreshGoal,
    ) -> Result<Option<Arc<ActiveToken>>, AuthError> {
        let Some(session) = session.filter(|session| session.version.replaces(goal.stale)) else {
            return Ok(None);
        };
        let (now, ahead) = (self.now(), self.policy.refresh_ahead);
        let token = ActiveToken::from_stored(&self.header, session, now, ahead)?;
        let Some(token) = token else { return Ok(None) };
        match self.publish(token, goal.epoch, TokenOrigin::Stored) {
            Ok(token) => Ok(Some(token)),
            Err(Superseded) => self.valid_token().map(Some),
        }
    }

    /// Puts a token in use that was granted to a refresh of this epoch and committed as `version`.
    pub(super) async fn publish_committed(
        &self,
        version: CredentialVersion,
        tokens: &Tokens,
        epoch: u64,
    ) -> TokenResult {
        let token = self.active_token(version, tokens)?;
        match self.publish(token, epoch, TokenOrigin::Granted) {
            Ok(token) => Ok(token),
            Err(Superseded) => self.discard_superseded(tokens, epoch).await,
        }
    }

    /// Puts a token in use that the store could not take. Only for a grant that spends no refresh token: any
    /// other process can get its own.
    pub(super) async fn publish_uncommitted(
        &self,
        tokens: &Tokens,
        error: &StoreError,
        epoch: u64,
    ) -> TokenResult {
        tracing::warn!(%error, "a token is used by this process only");
        // Whatever the store has later is newer than this.
        let stored = self.active.load().as_ref().map_or(CredentialVersion(0), |token| token.stored);
        self.publish_committed(stored, tokens, epoch).await
    }

    /// Ends a refresh that was granted tokens for a session which was replaced or signed out meanwhile.
    pub(super) async fn discard_superseded(&self, granted: &Tokens, epoch: u64) -> TokenResult {
        let signed_out = self.state().signed_out_since(epoch);
        if signed_out {
            self.revoke(granted).await;
        }
        self.valid_token()
    }

    /// The token in use, while it is valid.
    fn valid_token(&self) -> TokenResult {
        let now = self.now();
        let token = self.active.load_full().filter(|token| now < token.expires_at);
        token.ok_or(AuthError::NotSignedIn)
    }

    /// A sign-in: its token replaces everything that was known about the session before.
    pub(super) fn begin_session(&self, token: ActiveToken, unsaved: Option<UnsavedTokens>) {
        let mut state = self.state();
        state.begin_session(unsaved);
        self.activate(token);
    }

    /// A sign-out begins: nothing that was known about the session is used any more. Returns what was
    /// granted and not stored.
    pub(super) fn begin_sign_out(&self) -> Option<UnsavedTokens> {
        let mut state = self.state();
        self.active.store(None);
        state.begin_sign_out()
    }

    /// The store is cleared. Returns what was granted and not stored since the sign-out began.
    pub(super) fn finish_sign_out(&self) -> Option<UnsavedTokens> {
        let mut state = self.state();
        self.active.store(None);
        state.finish_sign_out()
    }

    /// Puts a token in use that belongs to this epoch.
    fn publish(
        &self,
        token: ActiveToken,
        epoch: u64,
        origin: TokenOrigin,
    ) -> Result<Arc<ActiveToken>, Superseded> {
        // Held until the token is in use, so that no sign-out comes in between.
        let state = self.state();
        if state.epoch() != epoch {
            return Err(Superseded);
        }
        // A valid token that is read again keeps its stamp. Any other version counts, also a lower one: the
        // record may have been deleted or restored and the session be a new one.
        if origin == TokenOrigin::Stored
            && let Some(active) = self.active.load_full()
            && active.stored == token.stored
            && self.now() < active.expires_at
        {
            return Ok(active);
        }
        Ok(self.activate(token))
    }

    /// Stamps the token and puts it in use; call it with the state locked.
    fn activate(&self, mut token: ActiveToken) -> Arc<ActiveToken> {
        // The same token again, stored at last, is not a newer one: a request that was refused with it needs
        // another.
        let same = self.active.load_full().filter(|active| active.header == token.header);
        token.stamp = same.map_or_else(
            || CredentialVersion(self.stamps.fetch_add(1, Ordering::Relaxed) + 1),
            |active| active.stamp,
        );
        let token = Arc::new(token);
        self.active.store(Some(Arc::clone(&token)));
        token
    }
}
