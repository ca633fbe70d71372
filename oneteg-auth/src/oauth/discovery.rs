use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::{
    config::{OAuth2Config, check_endpoint},
    provider_http::{HttpRequest, ProviderHttp, default_client},
};
use crate::{AuthError, OAuthFlow, SystemClock, TokenError, json::members};

/// The members of a provider's metadata that are used (OpenID Connect Discovery 1.0 section 3, RFC 8414).
#[derive(Debug)]
struct Metadata {
    issuer: String,
    token_endpoint: Url,
    authorization_endpoint: Option<Url>,
    revocation_endpoint: Option<Url>,
    iss_in_callbacks: bool,
}

impl Metadata {
    /// `None` if a required member is missing. An optional member of the wrong type counts as absent.
    fn read(document: &Map<String, Value>) -> Option<Self> {
        let string = |name| document.get(name)?.as_str();
        let url = |name| string(name)?.parse().ok();
        let promise = document.get("authorization_response_iss_parameter_supported");
        Some(Self {
            issuer: string("issuer")?.to_owned(),
            token_endpoint: url("token_endpoint")?,
            authorization_endpoint: url("authorization_endpoint"),
            revocation_endpoint: url("revocation_endpoint"),
            iss_in_callbacks: promise
                .is_some_and(|value| *value == true || value.as_str() == Some("true")),
        })
    }
}

impl OAuth2Config {
    /// The configuration of a browser sign-in, read from the provider's `/.well-known/openid-configuration`.
    /// `client` makes the request; with `None` this crate's own client does.
    ///
    /// # Errors
    /// [`AuthError::Token`] if there is no such document, [`AuthError::InvalidUrl`] if it belongs to another
    /// issuer.
    pub async fn discover(
        issuer: &Url,
        client_id: impl Into<String>,
        client: Option<reqwest::Client>,
    ) -> Result<Self, AuthError> {
        check_endpoint("issuer", issuer)?;
        let client = match client {
            Some(client) => client,
            None => default_client()?,
        };
        let mut config = Self::new(OAuthFlow::AuthorizationCode, client_id.into(), issuer.clone());
        let http = ProviderHttp::new(client, config.request_timeout, Arc::new(SystemClock));
        let base = issuer.as_str().trim_end_matches('/');
        let mut request = HttpRequest::new(Vec::new());
        *request.uri_mut() =
            format!("{base}/.well-known/openid-configuration").parse().map_err(|_| {
                AuthError::InvalidUrl { what: "issuer", reason: "it is not a valid URL" }
            })?;
        let response = http.send(request).await?;
        let metadata =
            members(response.body()).as_ref().and_then(Metadata::read).ok_or_else(|| {
                TokenError::not_oauth("no OpenID metadata").with_status(response.status().as_u16())
            })?;
        // OpenID Connect Discovery 1.0 section 4.3: otherwise one provider could impersonate another.
        if metadata.issuer.trim_end_matches('/') != base {
            let reason = "its metadata names another issuer";
            return Err(AuthError::InvalidUrl { what: "issuer", reason });
        }
        config.token_url = metadata.token_endpoint;
        config.authorization_url = metadata.authorization_endpoint;
        config.revocation_url = metadata.revocation_endpoint;
        config.issuer = Some(metadata.issuer);
        config.issuer_promised = metadata.iss_in_callbacks;
        config.check()?;
        Ok(config)
    }
}
