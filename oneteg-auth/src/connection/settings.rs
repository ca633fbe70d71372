//! The settings of a connection as a user gives them, before the vendor's rules fills anything in.

use std::fmt;

use url::Url;

use super::{
    connector::Connector,
    scopes::Scopes,
    secret_source::SecretSource,
    values::{ApplicationType, AuthenticationType, ClientAuthentication, OAuthFlow},
};

/// The settings of a connection, as given. The [module](super) lists what may be left out.
///
/// It can be read from any self-describing serde format. It is written with secrets as references only:
/// [`Connection::to_toml`], [`Connection::to_json`] and serde refuse a secret that is given inline;
/// [`Connection::to_toml_with_secrets`] and [`Connection::to_json_with_secrets`] write it. Leaving it out or
/// masking it would produce a document that reads back as another connection.
#[derive(Clone)]
#[non_exhaustive]
pub struct Connection {
    /// A name of the user's choice.
    pub connection_name: String,
    /// The connector, which determines the vendor.
    pub connector: Connector,
    /// Base URL; `None` if the vendor has a fixed one.
    pub endpoint_url: Option<String>,
    /// MediaValet's `Ocp-Apim-Subscription-Key`.
    pub subscription_key: Option<SecretSource>,
    /// How to authenticate.
    pub authentication: Authentication,
}

impl Connection {
    /// Settings with the endpoint left to the vendor's rules.
    pub fn new(
        connection_name: impl Into<String>,
        connector: Connector,
        authentication: impl Into<Authentication>,
    ) -> Self {
        Self {
            connection_name: connection_name.into(),
            connector,
            endpoint_url: None,
            subscription_key: None,
            authentication: authentication.into(),
        }
    }
}

/// How a connection authenticates.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Authentication {
    /// A fixed key.
    ApiKey {
        /// The key.
        api_key: SecretSource,
    },
    /// OAuth 2.0.
    OAuth(Box<OAuthSettings>),
    /// No credential, for a vendor whose API needs none.
    None,
}

impl Authentication {
    /// Its `type`.
    pub fn kind(&self) -> AuthenticationType {
        match self {
            Self::ApiKey { .. } => AuthenticationType::ApiKey,
            Self::OAuth(_) => AuthenticationType::OAuth,
            Self::None => AuthenticationType::None,
        }
    }

    /// An API key.
    pub fn api_key(api_key: impl Into<SecretSource>) -> Self {
        Self::ApiKey { api_key: api_key.into() }
    }
}

impl From<OAuthSettings> for Authentication {
    fn from(config: OAuthSettings) -> Self {
        Self::OAuth(Box::new(config))
    }
}

/// The OAuth 2.0 settings as given; `None` leaves a setting to the vendor's rules.
///
/// ```
/// use oneteg_auth::{Connection, Connector, OAuthFlow, OAuthSettings};
///
/// // The NetX client that is known from public code.
/// let mut oauth = OAuthSettings::new(OAuthFlow::AuthorizationCode, "my-app");
/// oauth.client_secret = Some("env:NETX_CLIENT_SECRET".into());
/// oauth.token_url = Some("https://company.netx.net/a/t".into());
/// oauth.authorization_url = Some("https://company.netx.net/app#access/api".into());
/// let mut connection = Connection::new("NetX Connection", Connector::NETX_V1_0, oauth);
/// connection.endpoint_url = Some("https://company.netx.net".into());
/// connection.validate()?;
/// # Ok::<(), oneteg_auth::ConnectionError>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct OAuthSettings {
    /// The grant.
    pub flow: OAuthFlow,
    /// NetExplorer: what the application was registered as.
    pub application_type: Option<ApplicationType>,
    /// The client identifier that the vendor issued.
    pub client_id: String,
    /// The client secret that the vendor issued.
    pub client_secret: Option<SecretSource>,
    /// Token endpoint.
    pub token_url: Option<String>,
    /// Authorization endpoint. It may have a query and a fragment.
    pub authorization_url: Option<String>,
    /// Redirect URI, exactly as registered with the vendor. `None`: OneTeg's callback, or a loopback address
    /// for [`crate::OAuth2::sign_in_with_browser`].
    pub redirect_uri: Option<String>,
    /// The scopes to request; an empty set requests none.
    pub scopes: Option<Scopes>,
    /// The scheme of the access token in `Authorization`.
    pub header_scheme: Option<String>,
    /// How the secret is sent to the token endpoint.
    pub client_auth: Option<ClientAuthentication>,
    /// Revocation endpoint (RFC 7009).
    pub revocation_url: Option<String>,
    /// OpenID discovery document.
    pub discovery_url: Option<String>,
    /// Issuer identifier, compared as a plain string (RFC 9207).
    pub issuer: Option<String>,
}

impl OAuthSettings {
    /// Settings with everything else left to the vendor's rules.
    pub fn new(flow: OAuthFlow, client_id: impl Into<String>) -> Self {
        Self {
            flow,
            application_type: None,
            client_id: client_id.into(),
            client_secret: None,
            token_url: None,
            authorization_url: None,
            redirect_uri: None,
            scopes: None,
            header_scheme: None,
            client_auth: None,
            revocation_url: None,
            discovery_url: None,
            issuer: None,
        }
    }
}

// `Debug` shows URLs without the parts in which people put secrets.

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

impl fmt::Debug for OAuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthSettings")
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

/// Scheme, host, port and path. What is not a URL is not shown at all: it may be a secret in the wrong field.
fn shown(url: &Option<String>) -> Option<String> {
    url.as_ref().map(|given| {
        let Ok(mut url) = Url::parse(given) else { return "[not a URL]".to_owned() };
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
