//! How a sign-in is stored, over whatever is there.
//!
//! | Found | Then |
//! |---|---|
//! | the lease is held by a refresh | wait, as long as `lease_patience` |
//! | a session, or none | replaced |
//! | a record that cannot be read | cleared, then replaced |
//! | the version or the lease changed meanwhile | from the start |
//! | the store fails after all attempts | the tokens are used and kept in memory, [`AuthError::Unsaved`] |

use std::time::Duration;

use super::{
    policy::COMMIT_PAUSES,
    shared::SharedSession,
    state::{TokenSource, UnsavedTokens},
};
use crate::{AuthError, CredentialVersion, StoreError, Tokens};

impl SharedSession {
    pub(super) async fn sign_in(&self, mut tokens: Tokens) -> Result<(), AuthError> {
        let _turn = self.changing.lock().await;
        let granted_at = self.now();
        tokens.binding.clone_from(&self.binding);
        // A token that cannot be sent is not worth the loss of the session that is there.
        self.active_token(CredentialVersion(0), &tokens)?;
        let mut base = None;
        let mut failure = StoreError::Busy;
        for pause in [Duration::ZERO].into_iter().chain(COMMIT_PAUSES) {
            tokio::time::sleep(pause).await;
            let remaining = self.with_remaining_lifetime(&tokens, granted_at);
            match self.store_sign_in(&remaining, &mut base).await {
                Ok(version) => {
                    self.begin_session(self.active_token(version, &remaining)?, None);
                    return Ok(());
                }
                Err(error @ StoreError::Busy) => {
                    // The patience is used up already.
                    failure = error;
                    break;
                }
                Err(error) => failure = error,
            }
        }
        tracing::warn!(error = %failure, "the tokens of a sign-in are kept in memory");
        let remaining = self.with_remaining_lifetime(&tokens, granted_at);
        let mut token = self.active_token(CredentialVersion(0), &remaining)?;
        // Valid and never fresh, so that each request attempts to store it.
        token.fresh_until = Duration::ZERO;
        let source = TokenSource::SignIn(base);
        self.begin_session(token, Some(UnsavedTokens { tokens, granted_at, source }));
        Err(AuthError::Unsaved(failure))
    }

    /// Writes the tokens of a sign-in, whatever is stored. `base` becomes
    /// the version they are written over.
    pub(super) async fn store_sign_in(
        &self,
        tokens: &Tokens,
        base: &mut Option<CredentialVersion>,
    ) -> Result<CredentialVersion, StoreError> {
        let mut wait = self.begin_lease_wait();
        loop {
            let lease = match self.acquire_lease(&mut wait).await {
                Ok(Some(lease)) => lease,
                Ok(None) => continue,
                // Nobody can read what is there, and it must not keep anybody from signing in.
                Err(error) if error.is_unreadable() => {
                    self.clear_unreadable(&error).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let stored = match self.store.load(&self.key).await {
                Ok(session) => {
                    let version = session.map_or(CredentialVersion(0), |session| session.version);
                    *base = Some(version);
                    self.store.commit(&lease, version, tokens).await
                }
                Err(error) if error.is_unreadable() => {
                    self.clear_unreadable(&error).await?;
                    continue;
                }
                Err(error) => Err(error),
            };
            self.release_lease(&lease).await;
            match stored {
                Err(StoreError::VersionConflict { .. } | StoreError::LeaseLost) => {}
                stored => return stored,
            }
        }
    }

    /// Clears a record that cannot be read, so that a sign-in can be stored.
    async fn clear_unreadable(&self, error: &StoreError) -> Result<(), StoreError> {
        tracing::warn!(%error, "a sign-in replaces a stored session that cannot be read");
        self.store.clear(&self.key).await?;
        // If it is still unreadable, the error ends the sign-in: the loop must not repeat forever.
        self.store.load(&self.key).await.map(drop)
    }
}
