use super::{
    OAuth2,
    document::{error_code, members},
};
use crate::{AuthError, Secret, TokenError};

/// What a sign-out did at the provider. The stored session is gone in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedOut {
    /// Why the provider could not be told, if so: the tokens then work until they expire.
    pub not_revoked: Option<TokenError>,
}

impl OAuth2 {
    /// Signs out: revokes the refresh token, then the access token (RFC 7009), and removes the session
    /// from the store even if the provider cannot be told.
    ///
    /// # Errors
    /// [`AuthError::Store`] when the session could not be removed.
    pub async fn sign_out(&self) -> Result<SignedOut, AuthError> {
        // An unreadable record is cleared all the same.
        let stored = self.lifecycle().shared().stored_tokens().await.unwrap_or_default();
        let mut not_revoked = None;
        if let Some(tokens) = stored
            && self.config().revocation_url.is_some()
        {
            let refresh = tokens.refresh.as_ref().map(|token| (token, "refresh_token"));
            for (token, hint) in refresh.into_iter().chain([(&tokens.access, "access_token")]) {
                if let Err(error) = self.revoke(token, hint).await {
                    tracing::warn!(%error, "a token could not be revoked");
                    not_revoked.get_or_insert(error);
                }
            }
        }
        self.lifecycle().shared().clear().await?;
        Ok(SignedOut { not_revoked })
    }

    /// A form with one success status (RFC 7009 section 2.1).
    async fn revoke(&self, token: &Secret, hint: &str) -> Result<(), TokenError> {
        let Some(url) = &self.config().revocation_url else { return Ok(()) };
        let form = [("token", token.expose()), ("token_type_hint", hint)];
        let answer = self.endpoint().http.send(self.endpoint().form(url, form)).await?;
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
