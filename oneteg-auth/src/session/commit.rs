//! How the tokens of a refresh are stored, before the access token is used.
//!
//! | Store | Then |
//! |---|---|
//! | commit accepted | in use |
//! | lease lost, offer accepted | in use |
//! | version moved: another refresh or sign-in came first | what is stored is used |
//! | version moved: signed out | revoked, [`AuthError::NotSignedIn`] |
//! | fails after all attempts | kept in memory, [`AuthError::Unsaved`] |

use std::time::Duration;

use super::{
    policy::COMMIT_PAUSES,
    publish::RefreshGoal,
    shared::SharedSession,
    state::{TokenResult, TokenSource, UnsavedTokens},
};
use crate::{AuthError, Lease, RefreshAttempt, StoreError, Tokens};

impl SharedSession {
    /// Stores the new refresh token and puts the access token in use (RFC 9700 section 4.14).
    pub(super) async fn commit_refresh(
        &self,
        lease: &Lease,
        attempt: RefreshAttempt,
        tokens: Tokens,
        goal: RefreshGoal,
    ) -> TokenResult {
        let granted_at = self.now();
        let mut failure = StoreError::Busy;
        for pause in [Duration::ZERO].into_iter().chain(COMMIT_PAUSES) {
            tokio::time::sleep(pause).await;
            let tokens = self.with_remaining_lifetime(&tokens, granted_at);
            let stored = match self.store.commit(lease, attempt.version, &tokens).await {
                Err(StoreError::LeaseLost) => self.store.offer(&self.key, &attempt, &tokens).await,
                stored => stored,
            };
            match stored {
                Ok(version) => return self.publish_committed(version, &tokens, goal.epoch).await,
                Err(StoreError::VersionConflict { .. }) => {
                    return self.adopt_winner(&tokens, goal).await;
                }
                Err(error) => failure = error,
            }
        }
        tracing::warn!(error = %failure, "new tokens could not be stored and are kept in memory");
        let unsaved = UnsavedTokens { tokens, granted_at, source: TokenSource::Refresh(attempt) };
        let orphaned = self.state().keep_unsaved(unsaved, goal.epoch);
        match orphaned {
            None => Err(AuthError::Unsaved(failure)),
            Some(unsaved) => self.discard_superseded(&unsaved.tokens, goal.epoch).await,
        }
    }

    /// Another refresh, sign-in or sign-out came first: what is stored is what counts.
    async fn adopt_winner(&self, granted: &Tokens, goal: RefreshGoal) -> TokenResult {
        let session = self.load().await?;
        if session.as_ref().is_some_and(|session| session.tokens.is_none()) {
            // Signed out, perhaps by another process, which did not know of these tokens.
            self.revoke(granted).await;
            return Err(AuthError::NotSignedIn);
        }
        match self.adopt_if_newer(session.as_ref(), RefreshGoal { stale: None, ..goal })? {
            Some(token) => Ok(token),
            None if session.is_none() => Err(AuthError::NotSignedIn),
            // Expired already: a new round renews it.
            None => Err(StoreError::LeaseLost.into()),
        }
    }
}
