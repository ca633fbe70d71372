use std::sync::Arc;

use http::HeaderName;

use crate::{
    ApiKey, AuthError, AuthRequest, Authenticator, BoxFuture, CombinedAuthenticator,
    CredentialVersion, ProfileError,
    connection::{ResolvedAuthentication, ResolvedConnection},
};
#[cfg(feature = "oauth")]
use crate::{MemoryStore, OAuth2, OAuth2Config, OAuthFlow, SessionKey, TokenStore, oauth::binding};

/// The credential that authorises the requests of a connection.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Credential {
    /// For the client.
    pub authenticator: Arc<dyn Authenticator>,
    /// Signs in and out, if the connection uses OAuth. It shares its session with `authenticator`.
    #[cfg(feature = "oauth")]
    pub oauth: Option<OAuth2>,
}

impl ResolvedConnection {
    /// The key that this connection's OAuth session is stored under: what the session belongs to (connector,
    /// grant, client id, token URL and server) and the connection's name. `None` if it does not use OAuth.
    ///
    /// Connections with the same name and different settings have separate sessions. A connection that is
    /// renamed or moved to another server has none until somebody signs in.
    #[cfg(feature = "oauth")]
    pub fn session_key(&self) -> Option<SessionKey> {
        match &self.authentication {
            ResolvedAuthentication::OAuth(settings) => Some(self.key(&(&**settings).into())),
            _ => None,
        }
    }

    #[cfg(feature = "oauth")]
    fn key(&self, config: &OAuth2Config) -> SessionKey {
        let binding = binding(config, Some(&self.endpoint_url));
        // The name comes last: it may contain spaces.
        SessionKey::new(format!("{} {binding} {}", self.connector, self.connection_name))
    }

    /// The credential of this connection. An OAuth session is kept in `store` under
    /// [`ResolvedConnection::session_key`].
    ///
    /// # Errors
    /// As [`ApiKey::with_scheme`] and [`crate::OAuth2Builder::build`].
    #[cfg(feature = "oauth")]
    pub fn credential(&self, store: Arc<dyn TokenStore>) -> Result<Credential, AuthError> {
        let ResolvedAuthentication::OAuth(settings) = &self.authentication else {
            return self.key_credential();
        };
        let config = OAuth2Config::from(&**settings);
        let key = self.key(&config);
        let oauth = OAuth2::builder(config).store(store, key);
        let oauth = oauth.api_url(self.endpoint_url.clone()).build()?;
        let authenticator = self.with_subscription_key(oauth.clone())?;
        Ok(Credential { authenticator, oauth: Some(oauth) })
    }

    /// The credential of this connection, for settings that did not come from a profile. API keys and client
    /// credentials need no store. The session of a user who signs in is kept in `Profiles::token_store` of
    /// `Profiles::open`.
    ///
    /// # Errors
    /// As `Profiles::open` and `Profiles::credential`. [`AuthError::ProfilesNotCompiled`] if a user signs in, without the
    /// feature `profiles`.
    pub fn default_credential(&self) -> Result<Credential, ProfileError> {
        #[cfg(feature = "oauth")]
        if let ResolvedAuthentication::OAuth(settings) = &self.authentication {
            return match settings.flow {
                // The next process requests its own token.
                OAuthFlow::ClientCredentials => Ok(self.credential(Arc::new(MemoryStore::new()))?),
                #[cfg(feature = "profiles")]
                OAuthFlow::AuthorizationCode => crate::Profiles::open()?.credential(self),
                #[cfg(not(feature = "profiles"))]
                OAuthFlow::AuthorizationCode => Err(AuthError::ProfilesNotCompiled.into()),
            };
        }
        Ok(self.key_credential()?)
    }

    /// The credential of a connection with an API key, or without a credential.
    pub(crate) fn key_credential(&self) -> Result<Credential, AuthError> {
        let authenticator = match &self.authentication {
            ResolvedAuthentication::ApiKey { header_scheme, api_key } => {
                let profile = self.connector.vendor().profile().api_key;
                let key = match profile {
                    Some(profile) if profile.is_basic => ApiKey::basic(api_key)?,
                    Some(profile) if profile.scheme.is_empty() => {
                        ApiKey::in_header(header_name(profile.header)?, api_key)?
                    }
                    _ => ApiKey::with_scheme(header_scheme.as_str(), api_key)?,
                };
                self.with_subscription_key(key)?
            }
            ResolvedAuthentication::None => self.with_subscription_key(NoCredential)?,
            ResolvedAuthentication::OAuth(_) => return Err(AuthError::OAuthNotCompiled),
        };
        Ok(Credential {
            authenticator,
            #[cfg(feature = "oauth")]
            oauth: None,
        })
    }

    fn with_subscription_key(
        &self,
        credential: impl Authenticator,
    ) -> Result<Arc<dyn Authenticator>, AuthError> {
        let profile = self.connector.vendor().profile().subscription_key;
        Ok(match self.subscription_key.as_ref().zip(profile) {
            Some((key, profile)) => Arc::new(CombinedAuthenticator::new(
                credential,
                ApiKey::in_header(header_name(profile.header)?, key)?,
            )),
            None => Arc::new(credential),
        })
    }
}

fn header_name(name: &str) -> Result<HeaderName, AuthError> {
    // It comes from a profile, which another crate may have written.
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| AuthError::InvalidHeaderValue {
        what: "header of the API key",
        found: "a name with a character",
    })
}

/// The credential of a vendor whose API needs none.
///
/// ```
/// use oneteg_auth::{Authenticator, NoCredential};
///
/// let authenticator: &dyn Authenticator = &NoCredential;
/// # let _ = authenticator;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct NoCredential;

impl Authenticator for NoCredential {
    fn authorize<'a>(
        &'a self,
        _: AuthRequest<'a>,
    ) -> BoxFuture<'a, Result<CredentialVersion, AuthError>> {
        Box::pin(std::future::ready(Ok(CredentialVersion::default())))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::{Connection, MemoryStore};

    fn credential(toml: &str) -> Credential {
        let connection = Connection::from_toml(toml).unwrap().resolve().unwrap();
        connection.credential(Arc::new(MemoryStore::new())).unwrap()
    }

    #[tokio::test]
    async fn settings_become_a_key() {
        let credential = credential(
            r#"
            connection_name = "NetX"
            connector = "netxConnector-v1.0"
            endpoint_url = "https://acme.netx.net"
            [authentication]
            type = "api_key"
            api_key = "k3y"
            "#,
        );
        let mut headers = HeaderMap::new();
        let url = "https://acme.netx.net/api/rpc".parse().unwrap();
        let request = AuthRequest::new(&url, &mut headers);
        credential.authenticator.authorize(request).await.unwrap();
        assert_eq!(headers["authorization"], "apiToken k3y");
    }

    /// What a build without the feature `oauth` does with such settings.
    #[test]
    fn a_connection_with_oauth_has_no_key() {
        let connection = Connection::from_toml(
            r#"
            connection_name = "NetExplorer"
            connector = "netexplorerConnector-v1.0"
            endpoint_url = "https://company.netexplorer.pro"
            [authentication]
            type = "oauth"
            application_type = "server"
            client_id = "id"
            client_secret = "s3cret"
            "#,
        );
        let error = connection.unwrap().resolve().unwrap().key_credential().unwrap_err();
        assert!(matches!(error, AuthError::OAuthNotCompiled), "{error}");
        assert!(error.to_string().contains("enable the feature `oauth`"), "{error}");
    }

    #[test]
    fn settings_become_a_browser_sign_in() {
        let credential = credential(
            r#"
            connection_name = "MediaValet"
            connector = "mediavaletConnector-v1.0"
            subscription_key = "apim"
            [authentication]
            type = "oauth"
            flow = "authorization_code"
            client_id = "id"
            client_secret = "s3cret"
            "#,
        );
        let (url, pending) = credential.oauth.unwrap().begin_sign_in().unwrap();
        assert_eq!(url.host_str(), Some("login.mediavalet.com"));
        assert!(url.as_str().contains("scope=openid+api+offline_access"), "{url}");
        assert_eq!(pending.redirect_uri(), crate::ONETEG_CALLBACK_URL);
    }
}
