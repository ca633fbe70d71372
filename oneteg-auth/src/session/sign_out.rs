//! How a session ends. The order matters:
//!
//! | Step | Why here |
//! |---|---|
//! | 1. no token is used, no refresh starts | the tokens of a session that is being signed out serve nobody |
//! | 2. the stored tokens are read | step 4 needs them |
//! | 3. the store is cleared | revoking takes as long as the provider likes, and no request waits that long |
//! | 4. every known token is revoked | also what was granted and never stored |
//!
//! Step 2 retries for as long as a commit would. Tokens that it cannot read are cleared all the same, and the
//! result reports that they were not revoked.

use std::time::Duration;

use super::{policy::COMMIT_PAUSES, shared::SharedSession};
use crate::{AuthError, StoreError, StoredSession, TokenError, Tokens};

/// The result of a sign-out. The session has been removed from the store in any case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignedOut {
    /// Why the provider could not revoke the tokens, if so: they then work until they expire.
    pub not_revoked: Option<TokenError>,
    /// Why the stored session could not be read, if so: its tokens are unknown, were not revoked, and work
    /// until they expire.
    pub not_read: Option<StoreError>,
}

impl SharedSession {
    pub(super) async fn sign_out(&self) -> Result<SignedOut, AuthError> {
        let mut granted: Vec<Tokens> =
            self.begin_sign_out().into_iter().map(|unsaved| unsaved.tokens).collect();
        let mut not_read = None;
        let cleared = {
            let _turn = self.changing.lock().await;
            match self.load_patiently().await {
                Ok(session) => granted.extend(session.and_then(|session| session.tokens)),
                Err(error) => {
                    tracing::warn!(%error, "the stored session could not be read and its tokens are not revoked");
                    not_read = Some(error);
                }
            }
            let cleared = self.store.clear(&self.key).await;
            // What was read, granted or signed in to since step 1 ends with what is stored.
            granted.extend(self.finish_sign_out().map(|unsaved| unsaved.tokens));
            cleared
        };
        let mut not_revoked = None;
        for tokens in granted {
            if let Err(error) = self.grant.revoke(&tokens).await {
                tracing::warn!(%error, "the tokens of a signed-out session could not be revoked");
                not_revoked.get_or_insert(error);
            }
        }
        cleared?;
        Ok(SignedOut { not_revoked, not_read })
    }

    /// Loads the session, and retries if the store fails for a moment. A record that cannot be read at all is
    /// not worth a wait.
    async fn load_patiently(&self) -> Result<Option<StoredSession>, StoreError> {
        let mut failure = StoreError::Busy;
        for pause in [Duration::ZERO].into_iter().chain(COMMIT_PAUSES) {
            tokio::time::sleep(pause).await;
            match self.load().await {
                Err(error) if error.is_transient() && !error.is_unreadable() => failure = error,
                result => return result,
            }
        }
        Err(failure)
    }
}
