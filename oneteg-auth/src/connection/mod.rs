//! Connection settings: what OneTeg's connection form asks for, in TOML or JSON.
//!
//! | Step | Type |
//! |---|---|
//! | settings as given | [`Connection`], read and written as TOML and JSON |
//! | completed by the vendor's rules, secrets fetched | [`ResolvedConnection`], by [`Connection::resolve`] |
//! | ready to authorise requests | [`crate::Credential`], by [`ResolvedConnection::credential`] |
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
//! let resolved = connection.resolve()?;
//! let ResolvedAuthentication::OAuth(oauth) = resolved.authentication else { unreachable!() };
//! assert_eq!(oauth.token_url.as_str(), "https://company.netexplorer.pro/oauth2/token");
//! # Ok::<(), oneteg_auth::ConnectionError>(())
//! ```
//!
//! # What the vendor's rules fills in
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
//! | Subscription Key | – | required: without it the gateway responds with 401 | – |
//! | Redirect URI | OneTeg's callback, for Authorization Code, with all three (4) | | |
//!
//! (1) Uncertain. The connector's documentation appends these paths to the instance. The one public program
//! that signs in to NetX this way opens `/app?...#access/api`, exchanges codes at `/a/t`, and sends the
//! access token with the scheme `apiToken`, never `Bearer`. All of it can be set.
//! (2) MediaValet's discovery document lists client credentials; its guide calls the flow unfinished.
//! (3) Existing programs send `all` and `offline`; see [`NetExplorerScope`] for the families.
//! (4) A sign-in with its own listener ([`crate::OAuth2::sign_in_with_browser`]) uses a loopback address
//! instead, unless the settings have a redirect URI. The vendor must have registered one for the client.
//!
//! All of this is the data of a [`profile`], which `cargo xtask generate` writes from the vendor's specification.
//! [`Vendor::Custom`] has the profile of a vendor that this crate does not know: [`Connection::from_toml_for`] reads its
//! settings.
//!
//! [`Connection::from_env`] reads settings from environment variables, and [`crate::Profiles`] keeps them in files.
//!
//! Reading checks everything that can be checked without the environment. [`Connection::resolve`] checks it
//! again (for settings built in code), together with the variables and files that secrets come from.

mod connector;
#[rustfmt::skip]
#[path = "generated/connectors.rs"]
mod connectors;
mod error;
mod field;
#[cfg(feature = "schema")]
mod form_schema;
#[rustfmt::skip]
mod generated;
pub mod profile;
mod read;
mod resolve;
mod scopes;
mod secret_source;
mod settings;
mod validate;
mod values;
mod variables;
mod vendor;
mod vendor_rules;
mod write;

#[cfg(feature = "oauth")]
pub(crate) use self::validate::parse_redirect;
#[cfg(feature = "profiles")]
pub(crate) use self::values::nearest;
pub use self::{
    connector::Connector,
    error::{ConnectionError, FieldProblem, FieldProblemKind},
    field::ConnectionField,
    profile::VendorProfile,
    resolve::{ResolvedAuthentication, ResolvedConnection, ResolvedOAuthSettings},
    scopes::{NetExplorerScope, ScopeAccess, ScopeFamily, Scopes},
    secret_source::SecretSource,
    settings::{Authentication, Connection, OAuthSettings},
    values::{ApplicationType, AuthenticationType, ClientAuthentication, HeaderScheme, OAuthFlow},
    vendor::Vendor,
    vendor_rules::ONETEG_CALLBACK_URL,
};
