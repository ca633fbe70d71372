use super::client::OAuth2;
use crate::{AuthError, SignedOut};

impl OAuth2 {
    /// Signs out: removes the session from the store, also one that cannot be read, and then revokes the
    /// refresh token and the access token (RFC 7009).
    ///
    /// From the moment this is called no request gets a token of the session, not even from a refresh that was
    /// under way; what such a refresh is still granted is revoked. The sign-out runs in its own task: a caller
    /// who stops waiting does not stop it.
    ///
    /// # Errors
    /// [`AuthError::Store`] when the session could not be removed; [`AuthError::NoRuntime`].
    pub async fn sign_out(&self) -> Result<SignedOut, AuthError> {
        self.session().sign_out().await
    }

    /// Waits for everything that is under way for this session (a refresh, the storing of a sign-in, a
    /// sign-out), stores tokens that could not be stored before, and starts no more renewals ahead of expiry.
    /// Call it before the runtime ends, within a time limit of your own. A request that is made later still
    /// gets a token.
    ///
    /// # Errors
    /// [`AuthError::Unsaved`] when there are tokens that the store still does not accept.
    pub async fn close(&self) -> Result<(), AuthError> {
        self.session().close().await
    }
}
