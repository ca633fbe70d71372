//! How tokens that could not be stored are stored later: by the next refresh, or when the session is closed.
//!
//! | Tokens of | The store | Then |
//! |---|---|---|
//! | a refresh | accepts the offer | in use |
//! | a refresh | has other tokens | forgotten |
//! | a refresh | has been signed out of | revoked and forgotten |
//! | a sign-in | has been signed out of since | revoked and forgotten |
//! | a sign-in | has anything else | replaced; in use |
//! | either | accepts them, but the access token has expired meanwhile | refreshed |
//! | either | still fails | kept, [`AuthError::Unsaved`] |

use std::time::Duration;

use super::{
    shared::SharedSession,
    state::{TokenResult, TokenSource},
};
use crate::{AuthError, CredentialVersion, StoreError, StoredSession};

impl SharedSession {
    /// Retries storing what was granted earlier. Returns `None` if nothing is pending, or if what was stored
    /// is of no use any more; its version then becomes the stale one.
    pub(super) async fn save_unsaved(
        &self,
        epoch: u64,
        stale: &mut Option<CredentialVersion>,
    ) -> Option<TokenResult> {
        if !self.state().has_unsaved() {
            return None;
        }
        // Not during a sign-out, which would clear the store first and be undone.
        let _turn = self.changing.lock().await;
        let mut unsaved = self.state().unsaved(epoch)?;
        let tokens = self.with_remaining_lifetime(&unsaved.tokens, unsaved.granted_at);
        let saved = match &mut unsaved.source {
            TokenSource::Refresh(attempt) => self.store.offer(&self.key, attempt, &tokens).await,
            TokenSource::SignIn(base) => match self.signed_out_elsewhere(*base).await {
                Ok(true) => {
                    self.state().forget_unsaved(epoch);
                    self.revoke(&tokens).await;
                    return None;
                }
                Ok(false) => self.store_sign_in(&tokens, base).await,
                Err(error) => Err(error),
            },
        };
        if matches!(saved, Ok(_) | Err(StoreError::VersionConflict { .. })) {
            self.state().forget_unsaved(epoch);
        }
        match saved {
            // The access token expired while it was kept in memory; its refresh token is still valid.
            Ok(version)
                if tokens.lifetime == Some(Duration::ZERO)
                    && tokens.lifetime != unsaved.tokens.lifetime =>
            {
                *stale = Some(version);
                None
            }
            Ok(version) => Some(self.publish_committed(version, &tokens, epoch).await),
            Err(StoreError::VersionConflict { .. }) => {
                if let Ok(Some(StoredSession { tokens: None, .. })) = self.load().await {
                    // Signed out by another process, which did not know of these tokens.
                    self.revoke(&tokens).await;
                }
                None
            }
            Err(error) => {
                let orphaned = self.state().keep_unsaved(unsaved, epoch);
                Some(match orphaned {
                    None => Err(AuthError::Unsaved(error)),
                    Some(unsaved) => self.discard_superseded(&unsaved.tokens, epoch).await,
                })
            }
        }
    }

    /// Whether somebody has signed out since a sign-in that could not be stored over the version `base`.
    async fn signed_out_elsewhere(
        &self,
        base: Option<CredentialVersion>,
    ) -> Result<bool, StoreError> {
        let Some(base) = base else { return Ok(false) };
        Ok(match self.store.load(&self.key).await {
            Ok(Some(session)) => session.version > base && session.tokens.is_none(),
            Ok(None) => false,
            Err(error) if error.is_unreadable() => false,
            Err(error) => return Err(error),
        })
    }
}
