//! What a vendor's connections need, as data. `cargo xtask generate` writes a [`VendorProfile`] from each
//! specification: its servers, its security schemes and `x-connection`.
//!
//! Strings about the endpoint are templates: `{endpoint_url}` stands for the connection's endpoint, without a slash
//! at its end.

/// How connections to one vendor are set up.
///
/// Profiles of the vendors of this workspace are behind [`Vendor`](super::Vendor)'s variants. The crate of another
/// vendor has its own and passes it as [`Vendor::Custom`](super::Vendor::Custom). Write one by generating it: the
/// fields follow what connections can be, so new ones may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VendorProfile {
    /// The vendor's name, as people write it (`NetX`).
    pub name: &'static str,
    /// The connector identifier before `-v` (`netxConnector`).
    pub connector: &'static str,
    /// The connector identifier of version 1.0 (`netxConnector-v1.0`).
    pub connector_v1_0: &'static str,
    /// What the names of environment variables begin with (`NETX`).
    pub variables: &'static str,
    /// Where the API is.
    pub endpoint: EndpointProfile,
    /// Connections with a fixed key, if the vendor has keys.
    pub api_key: Option<ApiKeyProfile>,
    /// Connections with OAuth 2.0, if the vendor has it.
    pub oauth: Option<OAuthProfile>,
    /// A second key that every request needs besides the credential.
    pub subscription_key: Option<SubscriptionKeyProfile>,
}

/// The base URL of a vendor's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointProfile {
    /// The URL, if it is the same for all customers. Without it, a connection has to name its own.
    pub fixed: Option<&'static str>,
    /// The path of the API below the endpoint (`/api`). Settings may repeat it; it is dropped.
    pub path: &'static str,
    /// Explains the setting on a form.
    pub help: &'static str,
}

/// A fixed key in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiKeyProfile {
    /// The name of the header, in lower case.
    pub header: &'static str,
    /// The word before the key (RFC 9110 section 11.1); empty if the key is the whole value.
    pub scheme: &'static str,
    /// Whether the key is a user name, a colon and a password, which is sent in base64 (RFC 7617).
    pub is_basic: bool,
    /// Explains the setting on a form.
    pub help: &'static str,
}

/// OAuth 2.0 at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OAuthProfile {
    /// The scopes to request with Authorization Code; `None` if the vendor has no such flow.
    pub code_scopes: Option<&'static str>,
    /// The scopes to request with Client Credentials; `None` if the vendor has no such flow.
    pub credentials_scopes: Option<&'static str>,
    /// The token endpoint. Without it, a connection has to name it.
    pub token_url: Option<&'static str>,
    /// The authorization endpoint. Without it, a connection with Authorization Code has to name it.
    pub authorization_url: Option<&'static str>,
    /// The revocation endpoint (RFC 7009).
    pub revocation_url: Option<&'static str>,
    /// The OpenID discovery document.
    pub discovery_url: Option<&'static str>,
    /// The issuer identifier (RFC 9207).
    pub issuer: Option<&'static str>,
    /// The word before the access token.
    pub header_scheme: &'static str,
    /// Whether the client authenticates with HTTP Basic at the token endpoint, instead of in the form body.
    pub basic_client_auth: bool,
    /// Whether a client of Authorization Code may have no secret, and uses PKCE alone.
    pub has_public_clients: bool,
    /// Whether applications are registered as *client* or *server*, which determines the flow.
    pub has_application_types: bool,
    /// Explains the settings on a form.
    pub help: OAuthHelp,
}

/// Explains the OAuth 2.0 settings of a vendor on a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OAuthHelp {
    /// Who issues client id and secret (`issued by the vendor's support`).
    pub issued: &'static str,
    /// The flow Client Credentials.
    pub credentials: &'static str,
    /// Where the endpoints are.
    pub urls: &'static str,
    /// The scopes.
    pub scopes: &'static str,
    /// The word before the access token.
    pub header_scheme: &'static str,
}

/// A second key that every request needs besides the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionKeyProfile {
    /// The name of the header, in lower case.
    pub header: &'static str,
    /// Explains the setting on a form.
    pub help: &'static str,
}
