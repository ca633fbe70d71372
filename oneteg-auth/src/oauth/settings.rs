use super::{ClientAuthentication, OAuth2Config, config::GrantType};
use crate::{
    TokenHeader,
    connection::{ClientAuth, Flow, OAuthSettings},
};

impl From<&OAuthSettings> for OAuth2Config {
    fn from(settings: &OAuthSettings) -> Self {
        let grant = match settings.flow {
            Flow::AuthorizationCode => GrantType::AuthorizationCode,
            Flow::ClientCredentials => GrantType::ClientCredentials,
        };
        let mut config = Self::new(grant, settings.client_id.clone(), settings.token_url.clone());
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
        config.authentication = match settings.client_auth {
            ClientAuth::Basic => ClientAuthentication::Basic,
            ClientAuth::Body => ClientAuthentication::Body,
        };
        config
    }
}
