use std::time::Duration;

use url::Url;

use crate::{
    AuthError, ClientAuthentication, OAuthFlow, ResolvedOAuthSettings, Secret, TokenHeader,
    connection::{FieldProblemKind, parse_redirect},
    is_loopback,
    secret::hidden_character,
};

/// The configuration of a provider and of the client that is registered with it.
#[derive(Debug, Clone)]
pub struct OAuth2Config {
    pub(super) flow: OAuthFlow,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Secret>,
    pub(super) authentication: ClientAuthentication,
    pub(super) token_url: Url,
    pub(super) authorization_url: Option<Url>,
    pub(super) revocation_url: Option<Url>,
    /// A string, because providers compare it character by character (RFC 9700 section 2.1).
    pub(super) redirect_uri: Option<String>,
    /// The redirect URI of a sign-in that begins and finishes as two calls, if the user set none. A sign-in with
    /// a listener then uses its own address.
    pub(super) default_redirect_uri: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) issuer_promised: bool,
    pub(super) scopes: Vec<String>,
    pub(super) authorization_parameters: Vec<(String, String)>,
    pub(super) header: TokenHeader,
    pub(super) request_timeout: Duration,
}

impl OAuth2Config {
    /// For a person who signs in with a browser (RFC 6749 section 4.1, always with PKCE).
    pub fn authorization_code(
        client_id: impl Into<String>,
        authorization_url: Url,
        token_url: Url,
    ) -> Self {
        let mut config = Self::new(OAuthFlow::AuthorizationCode, client_id.into(), token_url);
        config.authorization_url = Some(authorization_url);
        config
    }

    /// For a program that authenticates as itself (RFC 6749 section 4.4).
    pub fn client_credentials(
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        token_url: Url,
    ) -> Self {
        Self::new(OAuthFlow::ClientCredentials, client_id.into(), token_url)
            .with_client_secret(client_secret)
    }

    pub(super) fn new(flow: OAuthFlow, client_id: String, token_url: Url) -> Self {
        Self {
            flow,
            client_id,
            client_secret: None,
            authentication: ClientAuthentication::Basic,
            token_url,
            authorization_url: None,
            revocation_url: None,
            redirect_uri: None,
            default_redirect_uri: None,
            issuer: None,
            issuer_promised: false,
            scopes: Vec::new(),
            authorization_parameters: Vec::new(),
            header: TokenHeader::default(),
            request_timeout: Duration::from_secs(20),
        }
    }

    /// The secret of a confidential client.
    #[must_use]
    pub fn with_client_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// How the secret is sent. Default: Basic, which every server must support.
    #[must_use]
    pub fn with_client_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// The scopes to request. Default: none, which leaves the choice to the provider.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Where the provider sends the browser back to, exactly as registered: `https`, `http` to this machine, or
    /// a private-use scheme of the application (RFC 8252 section 7.1).
    ///
    /// A sign-in with a listener ([`crate::OAuth2::sign_in_with_browser`]) accepts only `http://127.0.0.1` and
    /// `http://[::1]`, and chooses the port at run time if the URI has none or port 0. Without a redirect URI
    /// it uses its own.
    #[must_use]
    pub fn with_redirect_uri(mut self, redirect_uri: impl AsRef<str>) -> Self {
        self.redirect_uri = Some(redirect_uri.as_ref().trim().to_owned());
        self
    }

    /// The endpoint that revokes tokens at sign-out (RFC 7009). Default: tokens are not revoked.
    #[must_use]
    pub fn with_revocation_url(mut self, revocation_url: Url) -> Self {
        self.revocation_url = Some(revocation_url);
        self
    }

    /// The provider's identifier. A callback that names another one is rejected; with `promised`, so is one that
    /// names none (RFC 9207).
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>, promised: bool) -> Self {
        self.issuer = Some(issuer.into());
        self.issuer_promised = promised;
        self
    }

    /// Adds a parameter to the authorization request, such as `prompt=consent`.
    #[must_use]
    pub fn with_authorization_parameter(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.authorization_parameters.push((name.into(), value.into()));
        self
    }

    /// How the access token is sent. Default: `Authorization: Bearer`.
    #[must_use]
    pub fn with_header(mut self, header: TokenHeader) -> Self {
        self.header = header;
        self
    }

    /// The total time that one token request may take. Default 20 s.
    #[must_use]
    pub fn with_request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    pub(super) fn check(&self) -> Result<(), AuthError> {
        if self.client_id.trim().is_empty() {
            return Err(AuthError::EmptyValue { what: "client id" });
        }
        if self.client_secret.as_ref().is_some_and(Secret::is_blank) {
            return Err(AuthError::EmptyValue { what: "client secret" });
        }
        let secret = self.client_secret.as_ref().map_or("", Secret::expose);
        for (what, value) in [("client id", self.client_id.as_str()), ("client secret", secret)] {
            if let Some(found) = hidden_character(value) {
                return Err(AuthError::HiddenCharacter { what, found });
            }
        }
        check_endpoint("token URL", &self.token_url)?;
        if let Some(url) = &self.authorization_url {
            check_endpoint("authorization URL", url)?;
        }
        if let Some(url) = &self.revocation_url {
            check_endpoint("revocation URL", url)?;
        }
        for value in self.redirect_uri.iter().chain(&self.default_redirect_uri) {
            check_redirect(value)?;
        }
        Ok(())
    }
}

impl From<&ResolvedOAuthSettings> for OAuth2Config {
    fn from(settings: &ResolvedOAuthSettings) -> Self {
        let mut config =
            Self::new(settings.flow, settings.client_id.clone(), settings.token_url.clone());
        config.client_secret.clone_from(&settings.client_secret);
        config.authorization_url.clone_from(&settings.authorization_url);
        config.revocation_url.clone_from(&settings.revocation_url);
        match settings.redirect_uri_is_default {
            true => config.default_redirect_uri.clone_from(&settings.redirect_uri),
            false => config.redirect_uri.clone_from(&settings.redirect_uri),
        }
        // Whether the provider promises `iss` in the callback is in its metadata, not in the settings.
        config.issuer.clone_from(&settings.issuer);
        config.scopes = settings.scopes.iter().map(str::to_owned).collect();
        config.header = TokenHeader::authorization(settings.header_scheme.as_str());
        config.authentication = settings.client_auth;
        config
    }
}

pub(super) fn check_redirect(value: &str) -> Result<Url, AuthError> {
    let what = "redirect URI";
    // The same rule as in the connection settings, so that what is valid there is usable here.
    parse_redirect(value).map_err(|problem| match problem {
        FieldProblemKind::HiddenCharacter { found } => AuthError::HiddenCharacter { what, found },
        FieldProblemKind::NotHttps if value.starts_with("http:") => AuthError::InsecureUrl { what },
        FieldProblemKind::NotHttps => {
            let reason =
                "it must begin with https://, or with a private-use scheme of the application";
            AuthError::InvalidUrl { what, reason }
        }
        FieldProblemKind::UrlPart { .. } => AuthError::InvalidUrl {
            what,
            reason: "it contains a user name, a password or a fragment",
        },
        _ => AuthError::InvalidUrl { what, reason: "it is not a valid URL" },
    })
}

/// Requires TLS except on this machine, and no password in the URL.
pub(super) fn check_endpoint(what: &'static str, url: &Url) -> Result<(), AuthError> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AuthError::InvalidUrl { what, reason: "it contains a user name or password" });
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err(AuthError::InsecureUrl { what }),
        _ => Err(AuthError::InvalidUrl { what, reason: "it does not start with https://" }),
    }
}
