use url::Url;

use super::{
    OAuth2,
    document::{error_code, members},
    endpoint::TokenEndpoint,
};
use crate::{AuthError, Secret, TokenError, Tokens};

/// What a sign-out did at the provider. The stored session is gone in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedOut {
    /// Why the provider could not be told, if so: the tokens then work until they expire.
    pub not_revoked: Option<TokenError>,
}

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
        let not_revoked = self.lifecycle().sign_out().await?;
        Ok(SignedOut { not_revoked })
    }

    /// Waits for everything that is under way for this session (a refresh, the storing of a sign-in, a
    /// sign-out), stores tokens that could not be stored before, and starts no more renewals ahead of expiry.
    /// Call it before the runtime ends, within a time limit of your own. A request that is made later still
    /// gets a token.
    ///
    /// # Errors
    /// [`AuthError::Unsaved`] when there are tokens that the store still does not accept.
    pub async fn close(&self) -> Result<(), AuthError> {
        self.lifecycle().close().await
    }
}

impl TokenEndpoint {
    /// Revokes the refresh token, then the access token; both are attempted, and the first failure is
    /// returned.
    pub(super) async fn revoke(&self, tokens: &Tokens) -> Result<(), TokenError> {
        let Some(url) = &self.config.revocation_url else { return Ok(()) };
        let refresh = match &tokens.refresh {
            Some(token) => self.revoke_one(url, token, "refresh_token").await,
            None => Ok(()),
        };
        refresh.and(self.revoke_one(url, &tokens.access, "access_token").await)
    }

    /// A form with one success status (RFC 7009 section 2.1).
    async fn revoke_one(&self, url: &Url, token: &Secret, hint: &str) -> Result<(), TokenError> {
        let form = [("token", token.expose()), ("token_type_hint", hint)];
        let answer = self.http.send(self.form(url, form)).await?;
        let document = members(answer.body()).unwrap_or_default();
        match error_code(&document) {
            None if answer.status().is_success() => Ok(()),
            code => {
                let error = TokenError::from_code(code.unwrap_or_default());
                Err(error.with_status(answer.status().as_u16()))
            }
        }
    }
}
