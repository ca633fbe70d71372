use std::sync::Arc;

use http::HeaderName;

use crate::{
    ApiKey, AuthError, Authenticator, Both, OAuth2, OAuth2Config, SessionKey, TokenStore,
    connection::{ResolvedAuthentication, ResolvedConnection},
};

/// MediaValet's second credential, on every request.
const SUBSCRIPTION_KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");

/// What a connection's requests are authorised with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Credential {
    /// Goes into the client.
    pub authenticator: Arc<dyn Authenticator>,
    /// Signs in and out, where the connection uses OAuth; it shares its session with `authenticator`.
    pub oauth: Option<OAuth2>,
}

impl ResolvedConnection {
    /// The credential of this connection. An OAuth session is kept in `store` under the connection's name.
    ///
    /// # Errors
    /// As [`ApiKey::with_scheme`] and [`crate::OAuth2Builder::build`].
    pub fn credential(&self, store: Arc<dyn TokenStore>) -> Result<Credential, AuthError> {
        match &self.authentication {
            ResolvedAuthentication::ApiKey { header_scheme, api_key } => {
                let key = ApiKey::with_scheme(header_scheme.as_str(), api_key)?;
                Ok(Credential { authenticator: self.with_subscription_key(key)?, oauth: None })
            }
            ResolvedAuthentication::OAuth(settings) => {
                let key = SessionKey::new(self.connection_name.clone());
                let oauth = OAuth2::builder(OAuth2Config::from(&**settings)).store(store, key);
                let oauth = oauth.build()?;
                let authenticator = self.with_subscription_key(oauth.clone())?;
                Ok(Credential { authenticator, oauth: Some(oauth) })
            }
        }
    }

    fn with_subscription_key(
        &self,
        credential: impl Authenticator,
    ) -> Result<Arc<dyn Authenticator>, AuthError> {
        Ok(match &self.subscription_key {
            Some(key) => Arc::new(Both::new(credential, ApiKey::in_header(SUBSCRIPTION_KEY, key)?)),
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
        let connection = Connection::from_toml(toml).unwrap().profile().unwrap();
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
        assert_eq!(pending.redirect_uri(), crate::ONETEG_CALLBACK);
    }
}
