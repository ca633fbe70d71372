use url::Url;

use super::{
    callback::CallbackQuery,
    client::OAuth2,
    pending::PendingSignIn,
    pkce::{self, ProofKey},
};
#[cfg(feature = "password-grant")]
use crate::Secret;
use crate::{AuthError, CallbackError, IdToken, IdTokenClaims, Tokens};

/// A finished sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedIn {
    /// The granted scopes; the requested ones if the provider reported none (RFC 6749 section 5.1).
    pub granted: Vec<String>,
    /// The scopes that were requested and not granted.
    pub missing: Vec<String>,
    /// The ID token of the person who signed in. The provider sends one if the scope `openid` was granted.
    pub id_token: Option<IdToken>,
}

impl SignedIn {
    /// The claims of the ID token about who signed in: **read, not verified**, see [`IdToken::claims`].
    pub fn id_token_claims(&self) -> Option<IdTokenClaims> {
        self.id_token.as_ref()?.claims()
    }
}

impl OAuth2 {
    /// Begins a sign-in. Returns the URL to open in the person's browser, and what to keep until the callback.
    ///
    /// # Errors
    /// [`AuthError::MissingSetting`] if there is no authorization URL or no redirect URI;
    /// [`AuthError::NoRandomness`] if the operating system has no random bytes.
    pub fn begin_sign_in(&self) -> Result<(Url, PendingSignIn), AuthError> {
        let config = self.config();
        let redirect_uri = config.redirect_uri.as_ref().or(config.default_redirect_uri.as_ref());
        let redirect_uri = redirect_uri.cloned().ok_or(AuthError::MissingSetting {
            what: "redirect URI",
            purpose: "browser sign-in",
        })?;
        self.begin_sign_in_at(redirect_uri)
    }

    pub(super) fn begin_sign_in_at(
        &self,
        redirect_uri: String,
    ) -> Result<(Url, PendingSignIn), AuthError> {
        let config = self.config();
        let Some(authorization_url) = &config.authorization_url else {
            let (what, purpose) = ("authorization URL", "browser sign-in");
            return Err(AuthError::MissingSetting { what, purpose });
        };
        Url::parse(&redirect_uri).map_err(|_| AuthError::InvalidUrl {
            what: "redirect URI",
            reason: "it is not a valid URL",
        })?;
        let (state, key) = (pkce::secret()?, ProofKey::new()?);
        let mut url = authorization_url.clone();
        // The authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code");
        query.append_pair("client_id", &config.client_id);
        query.append_pair("state", state.expose());
        query.append_pair("code_challenge", &key.challenge);
        query.append_pair("code_challenge_method", "S256");
        query.append_pair("redirect_uri", &redirect_uri);
        if !config.scopes.is_empty() {
            query.append_pair("scope", &config.scopes.join(" "));
        }
        query.extend_pairs(&config.authorization_parameters);
        drop(query);
        let pending = PendingSignIn {
            state,
            verifier: key.verifier,
            redirect_uri,
            binding: self.session().binding().map(str::to_owned),
        };
        Ok((url, pending))
    }

    /// Completes a sign-in with the URL (or its query) that the browser came back with. An existing session is
    /// left unchanged unless new tokens are granted. A sign-in is rejected if it was begun for another
    /// connection, or before the connection's token URL, client id or server was edited.
    ///
    /// # Errors
    /// [`AuthError::Callback`] if the callback does not belong to this sign-in, [`AuthError::Token`] if the
    /// code was rejected, [`AuthError::Unsaved`] if the session could not be stored: it is used anyway, and
    /// stored as soon as that works.
    pub async fn finish_sign_in(
        &self,
        pending: PendingSignIn,
        callback: &str,
    ) -> Result<SignedIn, AuthError> {
        // The code and its verifier must go to no other provider's token endpoint (RFC 9700 section 4.4).
        if pending.binding.is_some() && pending.binding.as_deref() != self.session().binding() {
            return Err(CallbackError::WrongConnection.into());
        }
        let config = self.config();
        let code = CallbackQuery::parse(callback)?.check(
            &pending.state,
            config.issuer.as_deref(),
            config.issuer_promised,
        )?;
        if !self.used_states().mark_used(&pending.state) {
            return Err(CallbackError::WrongState.into());
        }
        // In its own task: the code works once, so its tokens are kept even if the caller stops waiting.
        let session = self.clone();
        let exchange = async move {
            let sent_at = session.session().now();
            let PendingSignIn { verifier, redirect_uri, .. } = &pending;
            let tokens = session.endpoint().code(&code, verifier, redirect_uri).await?;
            session.keep_sign_in(session.session().with_remaining_lifetime(&tokens, sent_at)).await
        };
        self.session().run(exchange).await?
    }

    /// Signs in with a user name and password (RFC 6749 section 4.3), for a vendor that documents this grant.
    ///
    /// # Errors
    /// As [`OAuth2::finish_sign_in`].
    #[cfg(feature = "password-grant")]
    pub async fn sign_in_with_password(
        &self,
        user: &str,
        password: &Secret,
    ) -> Result<SignedIn, AuthError> {
        let sent_at = self.session().now();
        let tokens = self.endpoint().password(user, password).await?;
        self.keep_sign_in(self.session().with_remaining_lifetime(&tokens, sent_at)).await
    }

    async fn keep_sign_in(&self, mut tokens: Tokens) -> Result<SignedIn, AuthError> {
        let requested = &self.config().scopes;
        if tokens.scopes.is_empty() {
            tokens.scopes.clone_from(requested);
        }
        self.session().sign_in(tokens.clone()).await?;
        let missing: Vec<String> =
            requested.iter().filter(|scope| !tokens.scopes.contains(scope)).cloned().collect();
        if !missing.is_empty() {
            tracing::warn!(?missing, "the provider granted fewer scopes than requested");
        }
        Ok(SignedIn { granted: tokens.scopes, missing, id_token: tokens.id_token })
    }
}
