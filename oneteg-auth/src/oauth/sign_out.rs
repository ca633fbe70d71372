use super::client::OAuth2;
use crate::{AuthError, SignedOut};

impl OAuth2 {
    /// Signs out: removes the session from the store, even one that cannot be read, and then revokes the
    /// refresh token and the access token (RFC 7009).
    ///
    /// From the moment of the call no request gets a token of the session, not even from a refresh in progress;
    /// what such a refresh is still granted is revoked. The sign-out runs in its own task: a caller that stops
    /// waiting does not stop it.
    ///
    /// # Errors
    /// [`AuthError::Store`] if the session could not be removed; [`AuthError::NoRuntime`].
    pub async fn sign_out(&self) -> Result<SignedOut, AuthError> {
        self.session().sign_out().await
    }

    /// Waits for everything in progress for this session (a refresh, the storing of a sign-in, a sign-out),
    /// stores tokens that could not be stored before, and starts no more renewals ahead of expiry. Call it
    /// before the runtime ends, within your own time limit. A later request still gets a token.
    ///
    /// # Errors
    /// [`AuthError::Unsaved`] if there are tokens that the store still does not accept.
    pub async fn close(&self) -> Result<(), AuthError> {
        self.session().close().await
    }
}
