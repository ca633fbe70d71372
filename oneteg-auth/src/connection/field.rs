//! The settings of a connection, each with its label on the form and its key in TOML and JSON.

/// A setting of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConnectionField {
    /// `connection_name`
    ConnectionName,
    /// `connector`
    Connector,
    /// `endpoint_url`
    EndpointUrl,
    /// `subscription_key` (MediaValet)
    SubscriptionKey,
    /// `authentication.type`
    Authentication,
    /// `authentication.api_key`
    ApiKey,
    /// `authentication.flow`
    Flow,
    /// `authentication.application_type` (NetExplorer)
    ApplicationType,
    /// `authentication.client_id`
    ClientId,
    /// `authentication.client_secret`
    ClientSecret,
    /// `authentication.token_url`
    TokenUrl,
    /// `authentication.authorization_url`
    AuthorizationUrl,
    /// `authentication.redirect_uri`
    RedirectUri,
    /// `authentication.scopes`
    Scopes,
    /// `authentication.header_scheme`
    HeaderScheme,
    /// `authentication.client_auth`
    ClientAuth,
    /// `authentication.revocation_url`
    RevocationUrl,
    /// `authentication.discovery_url`
    DiscoveryUrl,
    /// `authentication.issuer`
    Issuer,
}

impl ConnectionField {
    /// The settings outside of `authentication`, in the order of the form.
    pub(crate) const TOP: &'static [Self] =
        &[Self::ConnectionName, Self::Connector, Self::EndpointUrl, Self::SubscriptionKey];

    /// The settings inside of `authentication`, in the order of the form.
    pub(crate) const INNER: &'static [Self] = &[
        Self::Authentication,
        Self::ApiKey,
        Self::Flow,
        Self::ApplicationType,
        Self::ClientId,
        Self::ClientSecret,
        Self::TokenUrl,
        Self::AuthorizationUrl,
        Self::RedirectUri,
        Self::Scopes,
        Self::HeaderScheme,
        Self::ClientAuth,
        Self::RevocationUrl,
        Self::DiscoveryUrl,
        Self::Issuer,
    ];

    /// The label on the connection form (`Client Secret`).
    pub const fn label(self) -> &'static str {
        match self {
            Self::ConnectionName => "Connection Name",
            Self::Connector => "Connector",
            Self::EndpointUrl => "Endpoint URL",
            Self::SubscriptionKey => "Subscription Key",
            Self::Authentication => "Authentication",
            Self::ApiKey => "Api Key",
            Self::Flow => "Flows",
            Self::ApplicationType => "Application type",
            Self::ClientId => "Client ID",
            Self::ClientSecret => "Client Secret",
            Self::TokenUrl => "Token URL",
            Self::AuthorizationUrl => "Authorization URL",
            Self::RedirectUri => "Redirect URI",
            Self::Scopes => "Scopes",
            Self::HeaderScheme => "Header Scheme",
            Self::ClientAuth => "Client Authentication",
            Self::RevocationUrl => "Revocation URL",
            Self::DiscoveryUrl => "Discovery URL",
            Self::Issuer => "Issuer",
        }
    }

    /// The key in its table (`client_secret`).
    pub const fn key(self) -> &'static str {
        match self {
            Self::ConnectionName => "connection_name",
            Self::Connector => "connector",
            Self::EndpointUrl => "endpoint_url",
            Self::SubscriptionKey => "subscription_key",
            Self::Authentication => "type",
            Self::ApiKey => "api_key",
            Self::Flow => "flow",
            Self::ApplicationType => "application_type",
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
            Self::TokenUrl => "token_url",
            Self::AuthorizationUrl => "authorization_url",
            Self::RedirectUri => "redirect_uri",
            Self::Scopes => "scopes",
            Self::HeaderScheme => "header_scheme",
            Self::ClientAuth => "client_auth",
            Self::RevocationUrl => "revocation_url",
            Self::DiscoveryUrl => "discovery_url",
            Self::Issuer => "issuer",
        }
    }

    /// The path in the document (`authentication.client_secret`).
    pub fn path(self) -> String {
        if Self::TOP.contains(&self) {
            self.key().to_owned()
        } else {
            format!("authentication.{}", self.key())
        }
    }

    /// Whether the value is a secret.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::SubscriptionKey | Self::ApiKey | Self::ClientSecret)
    }
}
