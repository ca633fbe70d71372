//! What each vendor fixes, derives, requires and lacks. The checks, the resolved settings and the form's JSON
//! Schema all use it, so they cannot disagree.

use url::Url;

use super::{
    error::FieldProblemKind,
    field::ConnectionField,
    scopes::Scopes,
    settings::Authentication,
    values::{AuthenticationType, ClientAuthentication, HeaderScheme, OAuthFlow},
    vendor::Vendor,
};

/// OneTeg's OAuth callback. It has to be registered with the vendor.
pub const ONETEG_CALLBACK_URL: &str = "https://app.oneteg.com/rest/v1/oauth2/callback";

/// A kind of authentication, as the form offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthenticationKind {
    ApiKey,
    OAuth(OAuthFlow),
    None,
}

impl AuthenticationKind {
    pub(super) fn of(authentication: &Authentication) -> Self {
        match authentication {
            Authentication::ApiKey { .. } => Self::ApiKey,
            Authentication::OAuth(oauth) => Self::OAuth(oauth.flow),
            Authentication::None => Self::None,
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::ApiKey => AuthenticationType::ApiKey.label(),
            Self::OAuth(flow) => flow.label(),
            Self::None => AuthenticationType::None.label(),
        }
    }
}

/// The kinds that a vendor offers, the usual one first. There is at least one.
pub(super) fn kinds(vendor: Vendor) -> Vec<AuthenticationKind> {
    let profile = vendor.profile();
    let mut kinds = Vec::new();
    if profile.api_key.is_some() {
        kinds.push(AuthenticationKind::ApiKey);
    }
    if let Some(oauth) = &profile.oauth {
        if oauth.code_scopes.is_some() {
            kinds.push(AuthenticationKind::OAuth(OAuthFlow::AuthorizationCode));
        }
        if oauth.credentials_scopes.is_some() {
            kinds.push(AuthenticationKind::OAuth(OAuthFlow::ClientCredentials));
        }
    }
    if kinds.is_empty() {
        kinds.push(AuthenticationKind::None);
    }
    kinds
}

pub(super) fn not_offered(vendor: Vendor) -> FieldProblemKind {
    let offered = |flow| kinds(vendor).contains(&AuthenticationKind::OAuth(flow));
    let code = offered(OAuthFlow::AuthorizationCode);
    let credentials = offered(OAuthFlow::ClientCredentials);
    let offered = match (vendor.profile().api_key.is_some(), code, credentials) {
        (true, false, false) => "an Api Key",
        (true, true, false) => "Api Key, or OAuth with Authorization Code",
        (true, false, true) => "Api Key, or OAuth with Client Credentials",
        (true, true, true) => "Api Key, or OAuth with Authorization Code or Client Credentials",
        (false, true, false) => "OAuth, with Authorization Code",
        (false, false, true) => "OAuth, with Client Credentials",
        (false, true, true) => "OAuth, with Authorization Code or Client Credentials",
        (false, false, false) => "no credential, which is the type none",
    };
    FieldProblemKind::NotOffered { vendor, offered }
}

/// Whether a setting must, may or must not be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    NotForVendor,
    NotForFlow,
}

pub(super) fn presence(
    vendor: Vendor,
    kind: AuthenticationKind,
    field: ConnectionField,
) -> Presence {
    use Presence::{NotForFlow, NotForVendor, Optional, Required};
    let profile = vendor.profile();
    let code = kind == AuthenticationKind::OAuth(OAuthFlow::AuthorizationCode);
    let unless = |known: bool| if known { Optional } else { Required };
    match field {
        ConnectionField::ConnectionName
        | ConnectionField::Connector
        | ConnectionField::Authentication => return Required,
        ConnectionField::EndpointUrl => return unless(profile.endpoint.fixed.is_some()),
        ConnectionField::SubscriptionKey => {
            return if profile.subscription_key.is_some() { Required } else { NotForVendor };
        }
        ConnectionField::ApiKey => {
            return if kind == AuthenticationKind::ApiKey { Required } else { NotForFlow };
        }
        _ => {}
    }
    // The rest belongs to OAuth.
    let (AuthenticationKind::OAuth(_), Some(oauth)) = (kind, &profile.oauth) else {
        return if matches!(kind, AuthenticationKind::OAuth(_)) { Optional } else { NotForFlow };
    };
    match field {
        ConnectionField::ApplicationType if oauth.has_application_types => Optional,
        ConnectionField::ApplicationType => NotForVendor,
        // A public client uses PKCE instead.
        ConnectionField::ClientSecret => unless(oauth.has_public_clients && code),
        ConnectionField::Flow | ConnectionField::ClientId => Required,
        ConnectionField::AuthorizationUrl | ConnectionField::RedirectUri if !code => NotForFlow,
        ConnectionField::TokenUrl => unless(oauth.token_url.is_some()),
        ConnectionField::AuthorizationUrl => unless(oauth.authorization_url.is_some()),
        _ => Optional,
    }
}

/// The endpoint, if the vendor has one for all customers.
pub(super) fn fixed_endpoint(vendor: Vendor) -> Option<&'static str> {
    vendor.profile().endpoint.fixed
}

/// The base URL that paths are appended to: without a trailing slash and without the path of the API.
pub(super) fn base(vendor: Vendor, endpoint: &Url) -> Url {
    let mut base = endpoint.clone();
    let path = base.path().trim_end_matches('/').to_owned();
    base.set_path(path.strip_suffix(vendor.profile().endpoint.path).unwrap_or(&path));
    base.set_query(None);
    base.set_fragment(None);
    base
}

/// The vendor's OAuth endpoints.
#[derive(Default)]
pub(super) struct Endpoints {
    pub(super) token: Option<String>,
    pub(super) authorization: Option<String>,
    pub(super) revocation: Option<String>,
    pub(super) discovery: Option<String>,
    pub(super) issuer: Option<String>,
}

/// Stands for the endpoint URL in a derived value.
pub(super) const ENDPOINT: &str = "{endpoint_url}";

/// The endpoints for a base URL, or for the placeholder that stands for it on a form.
pub(super) fn endpoints(vendor: Vendor, base: &str) -> Endpoints {
    let Some(oauth) = &vendor.profile().oauth else { return Endpoints::default() };
    let base = base.trim_end_matches('/');
    let at = |template: Option<&str>| template.map(|template| template.replace(ENDPOINT, base));
    Endpoints {
        token: at(oauth.token_url),
        authorization: at(oauth.authorization_url),
        revocation: at(oauth.revocation_url),
        discovery: at(oauth.discovery_url),
        issuer: at(oauth.issuer),
    }
}

pub(super) fn scopes(vendor: Vendor, flow: OAuthFlow) -> Scopes {
    let Some(oauth) = &vendor.profile().oauth else { return Scopes::default() };
    let scopes = match flow {
        OAuthFlow::AuthorizationCode => oauth.code_scopes,
        OAuthFlow::ClientCredentials => oauth.credentials_scopes,
    };
    Scopes::parse(scopes.unwrap_or_default())
}

/// The scheme of an access token.
pub(super) fn header_scheme(vendor: Vendor) -> HeaderScheme {
    let oauth = vendor.profile().oauth.as_ref();
    oauth.map_or(HeaderScheme::BEARER, |oauth| HeaderScheme::of_profile(oauth.header_scheme))
}

/// The scheme of an API key; empty if a key has none.
pub(super) fn key_scheme(vendor: Vendor) -> HeaderScheme {
    let key = vendor.profile().api_key.as_ref();
    key.map_or(HeaderScheme::BEARER, |key| HeaderScheme::of_profile(key.scheme))
}

/// The setting whose rules for characters a secret follows: a password is encoded before it is sent, like a client
/// secret.
pub(super) fn sent_as(vendor: Vendor, field: ConnectionField) -> ConnectionField {
    let key = vendor.profile().api_key.as_ref();
    if field == ConnectionField::ApiKey && key.is_some_and(|key| key.is_basic) {
        return ConnectionField::ClientSecret;
    }
    field
}

/// How the secret is sent unless the settings name it.
pub(super) fn client_auth(vendor: Vendor) -> ClientAuthentication {
    match &vendor.profile().oauth {
        Some(oauth) if oauth.basic_client_auth => ClientAuthentication::Basic,
        _ => ClientAuthentication::Body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_lose_what_the_paths_bring() {
        let of = |vendor, url| base(vendor, &Url::parse(url).unwrap()).to_string();
        assert_eq!(of(Vendor::NetExplorer, "https://c.example/api/"), "https://c.example/");
        assert_eq!(of(Vendor::NetExplorer, "https://c.example/dam/api"), "https://c.example/dam");
        assert_eq!(of(Vendor::NetX, "https://c.example/dam//"), "https://c.example/dam");
    }

    #[test]
    fn every_kind_is_offered_by_the_settings_it_needs() {
        for vendor in Vendor::ALL {
            for kind in kinds(*vendor) {
                let key = presence(*vendor, kind, ConnectionField::ApiKey);
                let id = presence(*vendor, kind, ConnectionField::ClientId);
                assert_eq!(key == Presence::Required, kind == AuthenticationKind::ApiKey);
                assert_eq!(id == Presence::Required, kind != AuthenticationKind::ApiKey);
            }
        }
    }
}
