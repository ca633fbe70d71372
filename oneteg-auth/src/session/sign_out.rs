//! How a session ends. The order matters:
//!
//! | Step | Why here |
//! |---|---|
//! | 1. no token is used, no refresh starts | the tokens of a session that is being signed out serve nobody |
//! | 2. the stored tokens are read | they are needed for step 4 |
//! | 3. the store is cleared | revoking takes as long as the provider likes, and no request waits that long |
//! | 4. every token known is revoked | also what was granted and never stored |

use super::shared::SharedSession;
use crate::{AuthError, TokenError, Tokens};

impl SharedSession {
    /// Ends the session; returns the error if the provider could not be told.
    pub(super) async fn sign_out(&self) -> Result<Option<TokenError>, AuthError> {
        let mut granted: Vec<Tokens> =
            self.begin_sign_out().into_iter().map(|unsaved| unsaved.tokens).collect();
        let cleared = {
            let _turn = self.changing.lock().await;
            // An unreadable record is cleared all the same.
            let stored = self.load().await.ok().flatten().and_then(|session| session.tokens);
            granted.extend(stored);
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
        Ok(not_revoked)
    }
}
