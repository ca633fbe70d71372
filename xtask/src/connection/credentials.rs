//! The credentials that connections can use.

/// A fixed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub header: String,
    /// The word before the key, or nothing.
    pub scheme: String,
    pub is_basic: bool,
    pub help: Option<String>,
}

/// OAuth 2.0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OAuth {
    pub code_scopes: Option<String>,
    pub credentials_scopes: Option<String>,
    pub token_url: Option<String>,
    pub authorization_url: Option<String>,
    pub revocation_url: Option<String>,
    pub discovery_url: Option<String>,
    pub issuer: Option<String>,
    pub header_scheme: Option<String>,
    pub basic_client_auth: bool,
    pub has_public_clients: bool,
    pub has_application_types: bool,
    pub help: OAuthHelp,
}

/// Explains the settings on the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OAuthHelp {
    pub issued: Option<String>,
    pub credentials: Option<String>,
    pub urls: Option<String>,
    pub scopes: Option<String>,
    pub header_scheme: Option<String>,
}

/// A second key of every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionKey {
    pub header: String,
    pub help: Option<String>,
}
