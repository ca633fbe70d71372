use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardErrorResponse, StandardRevocableToken, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse,
    },
};

use super::{
    answer::TokenAnswer,
    config::{ClientAuthentication, OAuth2Config},
    http::ProviderHttp,
};
use crate::{Secret, TokenError, TokenErrorKind, Tokens};

pub(super) type ProviderClient = Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointMaybeSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The provider's token endpoint, for one registered client.
#[derive(Debug, Clone)]
pub(super) struct TokenEndpoint {
    pub(super) config: Arc<OAuth2Config>,
    pub(super) http: ProviderHttp,
}

type Failure = RequestTokenError<TokenError, StandardErrorResponse<BasicErrorResponseType>>;

impl TokenEndpoint {
    pub(super) fn client(&self) -> ProviderClient {
        let config = &self.config;
        let mut client = Client::new(ClientId::new(config.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(config.token_url.clone()))
            .set_auth_uri_option(config.authorization_url.clone().map(AuthUrl::from_url))
            .set_auth_type(match config.authentication {
                ClientAuthentication::Basic => AuthType::BasicAuth,
                ClientAuthentication::Body => AuthType::RequestBody,
            });
        if let Some(secret) = &config.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose().to_owned()));
        }
        client
    }

    pub(super) async fn refresh(&self, refresh: &Secret) -> Result<Tokens, TokenError> {
        let client = self.client();
        let refresh = RefreshToken::new(refresh.expose().to_owned());
        let status = Arc::default();
        let answer =
            client.exchange_refresh_token(&refresh).request_async(&self.sender(&status)).await;
        self.finish(answer, &status)
    }

    pub(super) async fn client_credentials(&self) -> Result<Tokens, TokenError> {
        let client = self.client();
        let status = Arc::default();
        let answer = client
            .exchange_client_credentials()
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .request_async(&self.sender(&status))
            .await;
        self.finish(answer, &status)
    }

    pub(super) async fn code(
        &self,
        code: &Secret,
        verifier: &Secret,
        redirect_uri: &str,
    ) -> Result<Tokens, TokenError> {
        // Keeps the text as given: the provider compares it with the one in the authorization request.
        let redirect = RedirectUrl::new(redirect_uri.to_owned())
            .map_err(|_| TokenError::new(TokenErrorKind::Refused))?;
        let client = self.client().set_redirect_uri(redirect);
        let status = Arc::default();
        let answer = client
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .request_async(&self.sender(&status))
            .await;
        self.finish(answer, &status)
    }

    #[cfg(feature = "password-grant")]
    pub(super) async fn password(
        &self,
        user: &str,
        password: &Secret,
    ) -> Result<Tokens, TokenError> {
        let client = self.client();
        let user = oauth2::ResourceOwnerUsername::new(user.to_owned());
        let password = oauth2::ResourceOwnerPassword::new(password.expose().to_owned());
        let status = Arc::default();
        let answer = client
            .exchange_password(&user, &password)
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            .request_async(&self.sender(&status))
            .await;
        self.finish(answer, &status)
    }

    /// The HTTP function the `oauth2` crate calls; it leaves the status of the answer behind.
    fn sender(
        &self,
        status: &Arc<AtomicU16>,
    ) -> impl Fn(HttpRequest) -> crate::BoxFuture<'static, Result<oauth2::HttpResponse, TokenError>>
    {
        let (http, status) = (self.http.clone(), Arc::clone(status));
        move |request| {
            let (http, status) = (http.clone(), Arc::clone(&status));
            Box::pin(async move {
                let answer = http.send(request).await?;
                status.store(answer.status().as_u16(), Ordering::Relaxed);
                Ok(answer)
            })
        }
    }

    fn finish(
        &self,
        answer: Result<TokenAnswer, Failure>,
        status: &AtomicU16,
    ) -> Result<Tokens, TokenError> {
        let status = status.load(Ordering::Relaxed);
        let error = match answer {
            Ok(answer) => match answer.into_tokens(self.config.header.scheme()) {
                Ok(tokens) => return Ok(tokens),
                Err(error) => error,
            },
            Err(RequestTokenError::Request(error)) => return Err(error),
            Err(RequestTokenError::ServerResponse(answer)) => {
                TokenError::from_code(answer.error().as_ref())
            }
            // The text of these quotes the body.
            Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
                TokenError::new(TokenErrorKind::NotAnOAuthAnswer)
            }
        };
        Err(error.with_status(status))
    }
}
