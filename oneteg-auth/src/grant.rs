use std::fmt;

use crate::{BoxFuture, Secret, TokenError, Tokens};

/// How a session gets its next tokens from the provider.
pub trait Grant: fmt::Debug + Send + Sync + 'static {
    /// Whether [`Grant::obtain`] spends the stored refresh token. A grant that does not (client credentials)
    /// can be repeated without harm.
    fn spends_refresh_token(&self) -> bool;

    /// Makes one token request. `refresh` is the stored refresh token, if the grant spends one.
    ///
    /// # Errors
    /// [`TokenError`], whose kind decides whether the session ends.
    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>>;

    /// Revokes tokens at the provider (RFC 7009). The default does nothing, for providers without revocation.
    ///
    /// # Errors
    /// [`TokenError`] if a token was not revoked.
    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        let _ = tokens;
        Box::pin(async { Ok(()) })
    }
}
