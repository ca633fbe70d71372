//! What each vendor fixes, derives, requires and lacks. The checks, the resolved settings and the form's JSON
//! Schema all use it, so they cannot disagree.

use url::Url;

use super::{
    error::FieldProblemKind,
    field::ConnectionField,
    scopes::Scopes,
    settings::Authentication,
    values::{ClientAuthentication, HeaderScheme, OAuthFlow},
    vendor::Vendor,
};

/// OneTeg's OAuth callback. It has to be registered with the vendor.
pub const ONETEG_CALLBACK_URL: &str = "https://app.oneteg.com/rest/v1/oauth2/callback";

const MEDIAVALET_API: &str = "https://api.mediavalet.com";
const MEDIAVALET_LOGIN: &str = "https://login.mediavalet.com";
/// The discovery document on the login host names this other host as the issuer.
const MEDIAVALET_ISSUER: &str = "https://iam.mediavalet.com";

/// A kind of authentication, as the form offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuthenticationKind {
    ApiKey,
    OAuth(OAuthFlow),
}

impl AuthenticationKind {
    pub(super) fn of(authentication: &Authentication) -> Self {
        match authentication {
            Authentication::ApiKey { .. } => Self::ApiKey,
            Authentication::OAuth(oauth) => Self::OAuth(oauth.flow),
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::ApiKey => "Api Key",
            Self::OAuth(flow) => flow.label(),
        }
    }
}

/// The kinds that a vendor offers, the usual one first.
pub(super) const fn kinds(vendor: Vendor) -> &'static [AuthenticationKind] {
    const CODE: AuthenticationKind = AuthenticationKind::OAuth(OAuthFlow::AuthorizationCode);
    match vendor {
        Vendor::NetX => &[AuthenticationKind::ApiKey, CODE],
        Vendor::MediaValet | Vendor::NetExplorer => {
            &[CODE, AuthenticationKind::OAuth(OAuthFlow::ClientCredentials)]
        }
    }
}

pub(super) fn not_offered(vendor: Vendor) -> FieldProblemKind {
    let offered = match vendor {
        Vendor::NetX => "Api Key, or OAuth with Authorization Code",
        Vendor::MediaValet | Vendor::NetExplorer => {
            "OAuth, with Authorization Code or Client Credentials"
        }
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
    let code = kind == AuthenticationKind::OAuth(OAuthFlow::AuthorizationCode);
    match field {
        ConnectionField::ConnectionName
        | ConnectionField::Connector
        | ConnectionField::Authentication => Required,
        ConnectionField::EndpointUrl if vendor == Vendor::MediaValet => Optional,
        ConnectionField::EndpointUrl => Required,
        ConnectionField::SubscriptionKey if vendor == Vendor::MediaValet => Required,
        ConnectionField::SubscriptionKey => NotForVendor,
        ConnectionField::ApiKey if kind == AuthenticationKind::ApiKey => Required,
        _ if (field == ConnectionField::ApiKey) != (kind == AuthenticationKind::ApiKey) => {
            NotForFlow
        }
        ConnectionField::ApplicationType if vendor == Vendor::NetExplorer => Optional,
        ConnectionField::ApplicationType => NotForVendor,
        // A public client uses PKCE instead.
        ConnectionField::ClientSecret if vendor == Vendor::NetExplorer && code => Optional,
        ConnectionField::Flow | ConnectionField::ClientId | ConnectionField::ClientSecret => {
            Required
        }
        ConnectionField::AuthorizationUrl | ConnectionField::RedirectUri if !code => NotForFlow,
        _ => Optional,
    }
}

/// The endpoint, if the vendor has one for all customers.
pub(super) const fn fixed_endpoint(vendor: Vendor) -> Option<&'static str> {
    match vendor {
        Vendor::MediaValet => Some(MEDIAVALET_API),
        Vendor::NetX | Vendor::NetExplorer => None,
    }
}

/// The base URL that paths are appended to: without a trailing slash and, for NetExplorer, without `/api`.
pub(super) fn base(vendor: Vendor, endpoint: &Url) -> Url {
    let mut base = endpoint.clone();
    let path = base.path().trim_end_matches('/').to_owned();
    let path = match vendor {
        Vendor::NetExplorer => path.strip_suffix("/api").unwrap_or(&path),
        Vendor::NetX | Vendor::MediaValet => &path,
    };
    base.set_path(path);
    base.set_query(None);
    base.set_fragment(None);
    base
}

/// The vendor's OAuth endpoints.
pub(super) struct Endpoints {
    pub(super) token: String,
    pub(super) authorization: String,
    pub(super) revocation: Option<String>,
    pub(super) discovery: Option<String>,
    pub(super) issuer: Option<&'static str>,
}

/// The endpoints for a base URL, or for the placeholder that stands for it on a form.
pub(super) fn endpoints(vendor: Vendor, base: &str) -> Endpoints {
    let base = base.trim_end_matches('/');
    let derived = |token: &str, authorization: &str| Endpoints {
        token: format!("{base}{token}"),
        authorization: format!("{base}{authorization}"),
        revocation: None,
        discovery: None,
        issuer: None,
    };
    match vendor {
        Vendor::NetX => derived("/oauth/token", "/oauth/authorize"),
        Vendor::NetExplorer => derived("/oauth2/token", "/oauth2/authorize"),
        Vendor::MediaValet => Endpoints {
            token: format!("{MEDIAVALET_LOGIN}/connect/token"),
            authorization: format!("{MEDIAVALET_LOGIN}/connect/authorize"),
            revocation: Some(format!("{MEDIAVALET_LOGIN}/connect/revocation")),
            discovery: Some(format!("{MEDIAVALET_LOGIN}/.well-known/openid-configuration")),
            issuer: Some(MEDIAVALET_ISSUER),
        },
    }
}

pub(super) fn scopes(vendor: Vendor, flow: OAuthFlow) -> Scopes {
    match (vendor, flow) {
        (Vendor::NetX, _) => Scopes::default(),
        (Vendor::MediaValet, OAuthFlow::AuthorizationCode) => {
            Scopes::parse("openid api offline_access")
        }
        // No user to identify, and no need for a refresh token: the client secret outlives it.
        (Vendor::MediaValet, OAuthFlow::ClientCredentials) => Scopes::parse("api"),
        (Vendor::NetExplorer, _) => Scopes::parse("all"),
    }
}

/// The scheme of an access token, and of NetX's API key.
pub(super) const fn header_scheme(vendor: Vendor) -> HeaderScheme {
    match vendor {
        Vendor::NetX => HeaderScheme::API_TOKEN,
        Vendor::MediaValet | Vendor::NetExplorer => HeaderScheme::BEARER,
    }
}

/// All three vendors accept the form body; MediaValet accepts Basic as well.
pub(super) const CLIENT_AUTH: ClientAuthentication = ClientAuthentication::Body;

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
                let key = presence(*vendor, *kind, ConnectionField::ApiKey);
                let id = presence(*vendor, *kind, ConnectionField::ClientId);
                assert_eq!(key == Presence::Required, *kind == AuthenticationKind::ApiKey);
                assert_eq!(id == Presence::Required, *kind != AuthenticationKind::ApiKey);
            }
        }
    }
}
