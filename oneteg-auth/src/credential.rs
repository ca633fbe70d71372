use std::sync::Arc;

use http::HeaderName;

use crate::{
    ApiKey, AuthError, Authenticator, CombinedAuthenticator,
    connection::{ResolvedAuthentication, ResolvedConnection},
};
#[cfg(feature = "oauth")]
use crate::{OAuth2, OAuth2Config, SessionKey, TokenStore, oauth::binding};

/// The header of MediaValet's second credential.
const SUBSCRIPTION_KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");

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

    /// The credential of a connection with an API key.
    pub(crate) fn key_credential(&self) -> Result<Credential, AuthError> {
        let ResolvedAuthentication::ApiKey { header_scheme, api_key } = &self.authentication else {
            return Err(AuthError::OAuthNotCompiled);
        };
        let key = ApiKey::with_scheme(header_scheme.as_str(), api_key)?;
        Ok(Credential {
            authenticator: self.with_subscription_key(key)?,
            #[cfg(feature = "oauth")]
            oauth: None,
        })
    }

    fn with_subscription_key(
        &self,
        credential: impl Authenticator,
    ) -> Result<Arc<dyn Authenticator>, AuthError> {
        Ok(match &self.subscription_key {
            Some(key) => Arc::new(CombinedAuthenticator::new(
                credential,
                ApiKey::in_header(SUBSCRIPTION_KEY, key)?,
            )),
            None => Arc::new(credential),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::{AuthRequest, Connection, MemoryStore};

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
