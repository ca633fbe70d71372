//! `Debug` of the settings. URLs are shown without the parts people hide secrets in.

use std::fmt;

use url::Url;

use super::{Connection, OAuthConfig};

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("connection_name", &self.connection_name)
            .field("connector", &format_args!("{}", self.connector))
            .field("endpoint_url", &shown(&self.endpoint_url))
            .field("subscription_key", &self.subscription_key)
            .field("authentication", &self.authentication)
            .finish()
    }
}

impl fmt::Debug for OAuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthConfig")
            .field("flow", &self.flow)
            .field("application_type", &self.application_type)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("token_url", &shown(&self.token_url))
            .field("authorization_url", &shown(&self.authorization_url))
            .field("redirect_uri", &shown(&self.redirect_uri))
            .field("scopes", &self.scopes)
            .field("header_scheme", &self.header_scheme)
            .field("client_auth", &self.client_auth)
            .field("revocation_url", &shown(&self.revocation_url))
            .field("discovery_url", &shown(&self.discovery_url))
            .field("issuer", &shown(&self.issuer))
            .finish()
    }
}

/// Scheme, host, port and path. What is no URL is not shown at all: it may be a secret in the wrong place.
fn shown(url: &Option<String>) -> Option<String> {
    url.as_ref().map(|text| {
        let Ok(mut url) = Url::parse(text) else { return "[not a URL]".to_owned() };
        if url.cannot_be_a_base() {
            return format!("{}:[not shown]", url.scheme());
        }
        // These fail only for URLs without a host, which have neither.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        url.into()
    })
}
