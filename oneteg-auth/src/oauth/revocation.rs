use http::{HeaderValue, Method, header};
use oauth2::HttpRequest;
use url::form_urlencoded;

use super::{ClientAuthentication, OAuth2};
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

    /// The `oauth2` crate refuses to revoke at a loopback address without TLS, so the request is made
    /// here; it is a form with one answer status (RFC 7009 section 2.1).
    async fn revoke(&self, token: &Secret, hint: &str) -> Result<(), TokenError> {
        let config = self.config();
        let Some(url) = &config.revocation_url else { return Ok(()) };
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("token", token.expose()).append_pair("token_type_hint", hint);
        let mut request = HttpRequest::new(Vec::new());
        match (&config.client_secret, config.authentication) {
            (Some(secret), ClientAuthentication::Basic) => {
                let value = basic(&config.client_id, secret);
                request.headers_mut().extend(value.map(|value| (header::AUTHORIZATION, value)));
            }
            (secret, _) => {
                form.append_pair("client_id", &config.client_id);
                if let Some(secret) = secret {
                    form.append_pair("client_secret", secret.expose());
                }
            }
        }
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.as_str().parse().unwrap_or_default();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(header::CONTENT_TYPE, form_type);
        *request.body_mut() = form.finish().into_bytes();
        let answer = self.endpoint().http.send(request).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        let code = serde_json::from_slice::<serde_json::Value>(answer.body()).ok();
        let code = code.as_ref().and_then(|body| body.get("error")?.as_str()).unwrap_or_default();
        Err(TokenError::from_code(code).with_status(answer.status().as_u16()))
    }
}

/// RFC 6749 section 2.3.1: both parts are form encoded before they are joined.
fn basic(client_id: &str, secret: &Secret) -> Option<HeaderValue> {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair =
        zeroize::Zeroizing::new(format!("{}:{}", encode(client_id), encode(secret.expose())));
    let mut value =
        HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(&*pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}
