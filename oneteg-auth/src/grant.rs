use std::fmt;

use crate::{BoxFuture, Secret, TokenError, Tokens};

/// How a session gets its next tokens.
pub trait Grant: fmt::Debug + Send + Sync + 'static {
    /// Whether [`Grant::obtain`] spends the stored refresh token. A grant that does not, such as client
    /// credentials, can be repeated without harm.
    fn spends_refresh_token(&self) -> bool;

    /// Asks the provider once. `refresh` is the stored refresh token, where the grant spends one.
    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>>;

    /// Tells the provider that tokens are no longer needed (RFC 7009). The default does nothing, for
    /// providers without revocation.
    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        let _ = tokens;
        Box::pin(async { Ok(()) })
    }
}
