use std::sync::Arc;

use http::HeaderMap;
use url::Url;

use crate::{
    AuthError, AuthRequest, Authenticator, BoxFuture, Clock, CredentialVersion, Grant, Recovery,
    SessionKey, SessionPolicy, SignedOut, TokenHeader, TokenStore, Tokens,
    session::{Session, SessionStorage},
};

/// A session over any grant and store.
#[derive(Debug, Clone)]
pub struct TestSession(Session);

impl TestSession {
    /// A session that is signed in if the store has one.
    ///
    /// # Errors
    /// [`AuthError::NoRandomness`].
    pub fn new(
        grant: Arc<dyn Grant>,
        store: Arc<dyn TokenStore>,
        key: &SessionKey,
        clock: Arc<dyn Clock>,
        policy: SessionPolicy,
    ) -> Result<Self, AuthError> {
        let header = TokenHeader::default();
        let place = SessionStorage { store, key: key.clone(), binding: None };
        Session::new(grant, place, header, clock, policy).map(Self)
    }

    /// Stores the tokens of a sign-in.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn sign_in(&self, tokens: &Tokens) -> Result<(), AuthError> {
        self.0.sign_in(tokens.clone()).await
    }

    /// Signs out.
    ///
    /// # Errors
    /// [`AuthError::Store`].
    pub async fn sign_out(&self) -> Result<SignedOut, AuthError> {
        self.0.sign_out().await
    }

    /// Waits for what is in progress, as [`crate::OAuth2::close`] does.
    ///
    /// # Errors
    /// [`AuthError::Unsaved`].
    pub async fn close(&self) -> Result<(), AuthError> {
        self.0.close().await
    }

    /// The access token that a request would carry, and its version.
    ///
    /// # Errors
    /// As [`Authenticator::authorize`].
    pub async fn access_token(&self) -> Result<(String, CredentialVersion), AuthError> {
        let mut headers = HeaderMap::new();
        let url = Url::parse("https://api.example/")
            .map_err(|_| AuthError::InvalidUrl { what: "URL", reason: "unreachable" })?;
        let version = self.authorize(AuthRequest::new(&url, &mut headers)).await?;
        let value = headers.get(http::header::AUTHORIZATION).map(|value| value.as_bytes());
        let token = String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
        Ok((token.trim_start_matches("Bearer ").to_owned(), version))
    }
}

impl Authenticator for TestSession {
    fn authorize<'a>(
        &'a self,
        request: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        self.0.authorize(request)
    }

    fn refused(&self, version: CredentialVersion) -> BoxFuture<'_, Result<Recovery, AuthError>> {
        Box::pin(self.0.refused(version))
    }
}
