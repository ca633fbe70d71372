use super::token_endpoint::TokenEndpoint;
use crate::{BoxFuture, Grant, Secret, TokenError, TokenErrorKind, Tokens};

/// Renews a session with its refresh token (RFC 6749 section 6).
#[derive(Debug)]
pub(super) struct RefreshGrant(pub(super) TokenEndpoint);

impl Grant for RefreshGrant {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            match refresh {
                Some(refresh) => self.0.refresh(refresh).await,
                None => Err(TokenError::new(TokenErrorKind::InvalidGrant)),
            }
        })
    }

    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(self.0.revoke(tokens))
    }
}

/// Gets tokens for the program itself (RFC 6749 section 4.4).
#[derive(Debug)]
pub(super) struct ClientCredentialsGrant(pub(super) TokenEndpoint);

impl Grant for ClientCredentialsGrant {
    fn spends_refresh_token(&self) -> bool {
        false
    }

    fn obtain<'a>(&'a self, _: Option<&'a Secret>) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            let mut tokens = self.0.client_credentials().await?;
            // RFC 6749 section 4.4.3: there should be none, and it would be a secret kept for nothing.
            tokens.refresh = None;
            Ok(tokens)
        })
    }

    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(self.0.revoke(tokens))
    }
}
