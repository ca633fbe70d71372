//! Connection settings: what OneTeg's connection form asks for, in TOML or JSON.
//!
//! ```
//! use oneteg_auth::{Connection, ResolvedAuthentication};
//!
//! let connection = Connection::from_toml(r#"
//!     connection_name = "NetExplorer Connection"
//!     connector = "netexplorerConnector-v1.0"
//!     endpoint_url = "https://company.netexplorer.pro"
//!
//!     [authentication]
//!     type = "oauth"
//!     application_type = "server"
//!     client_id = "my-app"
//!     client_secret = "inline, or env:NAME, or file:PATH"
//! "#)?;
//! let resolved = connection.profile()?;
//! let ResolvedAuthentication::OAuth(oauth) = resolved.authentication else { unreachable!() };
//! assert_eq!(oauth.token_url.as_str(), "https://company.netexplorer.pro/oauth2/token");
//! # Ok::<(), oneteg_auth::ConnectionError>(())
//! ```
//!
//! # What the vendor's profile fills in
//!
//! | | NetX | MediaValet | NetExplorer |
//! |---|---|---|---|
//! | Endpoint URL | the instance, required | `https://api.mediavalet.com` | the platform, required; a trailing `/api` is dropped |
//! | Authentication | Api Key; OAuth with Authorization Code | OAuth | OAuth |
//! | Token URL | *instance*`/oauth/token` (1) | `https://login.mediavalet.com/connect/token` | *platform*`/oauth2/token` |
//! | Authorization URL | *instance*`/oauth/authorize` (1) | `https://login.mediavalet.com/connect/authorize` | *platform*`/oauth2/authorize` |
//! | Scopes | none | `openid api offline_access`; `api` without a user (2) | `all` (3) |
//! | Header Scheme | `apiToken` (1) | `Bearer` | `Bearer` |
//! | Client Authentication | body | body | body |
//! | Client Secret | required | required | required for a *server* application; PKCE replaces it for a *client* one |
//! | Subscription Key | – | required: the gateway answers 401 without it | – |
//! | Redirect URI | OneTeg's callback, for Authorization Code, with all three (4) | | |
//!
//! (1) Doubtful. The connector's document appends these paths to the instance; the one public program
//! that signs in to NetX this way opens `/app?...#access/api`, exchanges codes at `/a/t`, and sends the
//! access token with the scheme `apiToken`, never `Bearer`. All of it can be set.
//! (2) MediaValet's discovery document lists client credentials; its guide says the flow is not finished.
//! (3) `all` and `offline` are what programs send; see [`NetExplorerScope`] for the families.
//! (4) A sign-in with its own listener ([`crate::OAuth2::sign_in_with_browser`]) uses a loopback address
//! instead, unless the settings name a redirect URI: the vendor must have one registered for the client.
//!
//! Reading checks everything that can be checked without the environment; [`Connection::profile`] checks
//! it again (for settings made in code) together with the variables and files that secrets come from.

mod choice;
mod connector;
mod debug;
mod error;
mod field;
#[cfg(feature = "schema")]
mod help;
mod nearest;
mod profile;
mod raw;
mod read;
mod resolved;
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod scopes;
mod secret_source;
mod write;

pub(crate) use rules::parse_redirect;

pub use choice::{ApplicationType, AuthenticationType, ClientAuth, Flow};
pub use connector::{Connector, Vendor};
pub use error::{ConnectionError, FieldProblem, Problem};
pub use field::Field;
pub use profile::ONETEG_CALLBACK;
pub use resolved::{HeaderScheme, OAuthSettings, ResolvedAuthentication, ResolvedConnection};
pub use scopes::{NetExplorerScope, ScopeAccess, ScopeFamily, Scopes};
pub use secret_source::SecretSource;

/// The settings of one connection, as given: see the [module](self) for what may be left out.
///
/// It reads from any self-describing serde format. It is written with secrets as references only:
/// [`Connection::to_toml`], [`Connection::to_json`] and serde refuse a secret that is given inline, and
/// [`Connection::to_toml_with_secrets`] and [`Connection::to_json_with_secrets`] write it. Leaving it out
/// or masking it would make a document that reads back as another connection.
#[derive(Clone)]
#[non_exhaustive]
pub struct Connection {
    /// A name of the user's choice.
    pub connection_name: String,
    /// Which connector, and so whose server.
    pub connector: Connector,
    /// Base URL; `None` where the vendor's is fixed.
    pub endpoint_url: Option<String>,
    /// MediaValet's `Ocp-Apim-Subscription-Key`.
    pub subscription_key: Option<SecretSource>,
    /// How to authenticate.
    pub authentication: Authentication,
}

impl Connection {
    /// Settings with the endpoint left to the vendor's profile.
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

    /// Checks all settings without looking at the environment or the disk.
    ///
    /// # Errors
    /// [`ConnectionError::Settings`] with every faulty setting.
    pub fn validate(&self) -> Result<(), ConnectionError> {
        ConnectionError::unless_empty(rules::check(self, rules::Trusted::ALL))
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
    OAuth(Box<OAuthConfig>),
}

impl Authentication {
    /// Its `type`.
    pub fn kind(&self) -> AuthenticationType {
        match self {
            Self::ApiKey { .. } => AuthenticationType::ApiKey,
            Self::OAuth(_) => AuthenticationType::OAuth,
        }
    }

    /// An API key.
    pub fn api_key(api_key: impl Into<SecretSource>) -> Self {
        Self::ApiKey { api_key: api_key.into() }
    }
}

impl From<OAuthConfig> for Authentication {
    fn from(config: OAuthConfig) -> Self {
        Self::OAuth(Box::new(config))
    }
}

/// The OAuth 2.0 settings as given; `None` leaves a setting to the vendor's profile.
///
/// ```
/// use oneteg_auth::{Connection, Connector, Flow, OAuthConfig};
///
/// // The NetX client that is known from public code.
/// let mut oauth = OAuthConfig::new(Flow::AuthorizationCode, "my-app");
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
pub struct OAuthConfig {
    /// The grant.
    pub flow: Flow,
    /// NetExplorer: what the application was registered as.
    pub application_type: Option<ApplicationType>,
    /// The client identifier the vendor issued.
    pub client_id: String,
    /// The client secret the vendor issued.
    pub client_secret: Option<SecretSource>,
    /// Token endpoint.
    pub token_url: Option<String>,
    /// Authorization endpoint; it may have a query and a fragment.
    pub authorization_url: Option<String>,
    /// Where the browser comes back to, exactly as registered with the vendor. `None`: OneTeg's callback, and
    /// an address of this machine for [`crate::OAuth2::sign_in_with_browser`].
    pub redirect_uri: Option<String>,
    /// What to ask for; an empty set asks for nothing.
    pub scopes: Option<Scopes>,
    /// The word before the access token in `Authorization`.
    pub header_scheme: Option<String>,
    /// How the secret is shown to the token endpoint.
    pub client_auth: Option<ClientAuth>,
    /// Revocation endpoint (RFC 7009).
    pub revocation_url: Option<String>,
    /// OpenID discovery document.
    pub discovery_url: Option<String>,
    /// Issuer identifier, compared as a plain text (RFC 9207).
    pub issuer: Option<String>,
}

impl OAuthConfig {
    /// Settings with all that the vendor's profile can fill in left to it.
    pub fn new(flow: Flow, client_id: impl Into<String>) -> Self {
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
