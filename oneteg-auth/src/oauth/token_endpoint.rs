use std::sync::Arc;

use http::{HeaderValue, Method, header};
use url::{Url, form_urlencoded};

use super::{
    config::OAuth2Config,
    provider_http::{HttpRequest, ProviderHttp},
    token_response,
};
use crate::{
    ClientAuthentication, Secret, TokenError, Tokens,
    json::{error_code, members},
};

/// The provider's token endpoint, for one registered client.
#[derive(Debug, Clone)]
pub(super) struct TokenEndpoint {
    pub(super) config: Arc<OAuth2Config>,
    pub(super) http: ProviderHttp,
}

impl TokenEndpoint {
    pub(super) async fn refresh(&self, refresh: &Secret) -> Result<Tokens, TokenError> {
        self.request("refresh_token", &[("refresh_token", refresh.expose())]).await
    }

    pub(super) async fn client_credentials(&self) -> Result<Tokens, TokenError> {
        self.request("client_credentials", &[("scope", &self.config.scopes.join(" "))]).await
    }

    pub(super) async fn code(
        &self,
        code: &Secret,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<Tokens, TokenError> {
        // The redirect URI is sent unchanged: the provider compares it with that of the authorization request.
        let parameters = [
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier.expose()),
        ];
        self.request("authorization_code", &parameters).await
    }

    #[cfg(feature = "password-grant")]
    pub(super) async fn password(
        &self,
        user: &str,
        password: &Secret,
    ) -> Result<Tokens, TokenError> {
        let scopes = self.config.scopes.join(" ");
        let parameters =
            [("username", user), ("password", password.expose()), ("scope", scopes.as_str())];
        self.request("password", &parameters).await
    }

    /// One token request (RFC 6749 section 4). Parameters without a value are left out.
    async fn request(
        &self,
        grant: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Tokens, TokenError> {
        let parameters = parameters.iter().copied().filter(|(_, value)| !value.is_empty());
        let request = self
            .form(&self.config.token_url, [("grant_type", grant)].into_iter().chain(parameters));
        let response = self.http.send(request).await?;
        token_response::read(response, self.config.header.scheme())
    }

    /// Revokes the refresh token, then the access token. Both are attempted; the first failure is returned.
    pub(super) async fn revoke(&self, tokens: &Tokens) -> Result<(), TokenError> {
        let Some(url) = &self.config.revocation_url else { return Ok(()) };
        let refresh = match &tokens.refresh {
            Some(token) => self.revoke_one(url, token, "refresh_token").await,
            None => Ok(()),
        };
        refresh.and(self.revoke_one(url, &tokens.access, "access_token").await)
    }

    /// One revocation request (RFC 7009 section 2.1). Some servers report an error with a success status.
    async fn revoke_one(&self, url: &Url, token: &Secret, hint: &str) -> Result<(), TokenError> {
        let form = [("token", token.expose()), ("token_type_hint", hint)];
        let response = self.http.send(self.form(url, form)).await?;
        let document = members(response.body()).unwrap_or_default();
        match error_code(&document) {
            None if response.status().is_success() => Ok(()),
            code => {
                let error = TokenError::from_code(code.unwrap_or_default());
                Err(error.with_status(response.status().as_u16()))
            }
        }
    }

    /// A form request with the client's credentials in the form or in the header (RFC 6749 section 2.3.1).
    pub(super) fn form<'a>(
        &self,
        url: &Url,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> HttpRequest {
        let config = &self.config;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(parameters);
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
        request
    }
}

/// Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
fn basic(client_id: &str, secret: &Secret) -> Option<HeaderValue> {
    use base64::prelude::{BASE64_STANDARD, Engine};
    let encode =
        |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    let pair =
        zeroize::Zeroizing::new(format!("{}:{}", encode(client_id), encode(secret.expose())));
    let mut value =
        HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(&*pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}
