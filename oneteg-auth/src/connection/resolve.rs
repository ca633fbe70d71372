use url::{Origin, Url};

use super::{
    connector::Connector,
    error::{ConnectionError, FieldProblem, FieldProblemKind},
    field::ConnectionField,
    scopes::Scopes,
    secret_source::SecretSource,
    settings::{Authentication, Connection, OAuthSettings},
    validate::{self, Provided, UrlKind, non_blank},
    values::{ClientAuthentication, HeaderScheme, OAuthFlow},
    vendor_rules,
};
use crate::Secret;

/// A connection completed by the vendor's rules, with its secrets fetched.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolvedConnection {
    /// The user's name for the connection.
    pub connection_name: String,
    /// The connector.
    pub connector: Connector,
    /// Base URL of the server, without query and fragment.
    pub endpoint_url: Url,
    /// How to authenticate.
    pub authentication: ResolvedAuthentication,
    /// MediaValet's `Ocp-Apim-Subscription-Key`.
    pub subscription_key: Option<Secret>,
}

impl ResolvedConnection {
    /// The only origin that may receive the connection's credentials (RFC 6750 section 5.3).
    pub fn origin(&self) -> Origin {
        self.endpoint_url.origin()
    }
}

/// How a resolved connection authenticates.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ResolvedAuthentication {
    /// A fixed key, sent as `Authorization: <scheme> <key>`, or in the header of the vendor's
    /// [profile](super::Vendor::profile).
    ApiKey {
        /// The scheme of the key; empty for a vendor whose keys have none.
        header_scheme: HeaderScheme,
        /// The key.
        api_key: Secret,
    },
    /// OAuth 2.0.
    OAuth(Box<ResolvedOAuthSettings>),
    /// No credential.
    None,
}

/// Everything an OAuth 2.0 client needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ResolvedOAuthSettings {
    /// The grant.
    pub flow: OAuthFlow,
    /// Client identifier.
    pub client_id: String,
    /// Client secret; `None` for a public client, which uses PKCE only.
    pub client_secret: Option<Secret>,
    /// Token endpoint.
    pub token_url: Url,
    /// Authorization endpoint; only with [`OAuthFlow::AuthorizationCode`].
    pub authorization_url: Option<Url>,
    /// Revocation endpoint (RFC 7009), if there is one.
    pub revocation_url: Option<Url>,
    /// Redirect URI; only with [`OAuthFlow::AuthorizationCode`]. A string, because servers compare it
    /// character by character (RFC 9700 section 2.1) and a URL type may add a slash.
    pub redirect_uri: Option<String>,
    /// Whether the settings have no redirect URI, so that `redirect_uri` is OneTeg's callback. A sign-in with a
    /// listener then uses a loopback address.
    pub redirect_uri_is_default: bool,
    /// The scopes to request.
    pub scopes: Scopes,
    /// The scheme of the access token in `Authorization`.
    pub header_scheme: HeaderScheme,
    /// How the secret is sent to the token endpoint.
    pub client_auth: ClientAuthentication,
    /// Issuer identifier, compared as a plain string (RFC 9207).
    pub issuer: Option<String>,
    /// OpenID discovery document.
    pub discovery_url: Option<Url>,
}

impl ResolvedOAuthSettings {
    /// The minimal settings: no secret, no other endpoint, no scopes, the scheme `Bearer`. A secret that is set
    /// later is sent in the form body.
    pub fn new(flow: OAuthFlow, client_id: impl Into<String>, token_url: Url) -> Self {
        Self {
            flow,
            client_id: client_id.into(),
            client_secret: None,
            token_url,
            authorization_url: None,
            revocation_url: None,
            redirect_uri: None,
            redirect_uri_is_default: false,
            scopes: Scopes::default(),
            header_scheme: HeaderScheme::BEARER,
            client_auth: ClientAuthentication::Body,
            issuer: None,
            discovery_url: None,
        }
    }
}

impl Connection {
    /// Completes the settings by the vendor's rules and fetches the secrets.
    ///
    /// This reads the variables and files that the settings name; see [`SecretSource`] about settings from an
    /// untrusted source.
    ///
    /// # Errors
    /// [`ConnectionError::Settings`] with every faulty setting, including missing variables and files.
    pub fn resolve(&self) -> Result<ResolvedConnection, ConnectionError> {
        let mut resolver = Resolver { problems: validate::check(self, Provided::ALL) };
        let resolved = resolver.connection(self);
        ConnectionError::unless_empty(std::mem::take(&mut resolver.problems))?;
        // A missing part has left a problem, so this is never reached without one.
        resolved.ok_or_else(|| ConnectionError::Settings(Vec::new()))
    }
}

struct Resolver {
    problems: Vec<FieldProblem>,
}

impl Resolver {
    fn connection(&mut self, settings: &Connection) -> Option<ResolvedConnection> {
        let vendor = settings.connector.vendor();
        let endpoint = non_blank(&settings.endpoint_url).or(vendor_rules::fixed_endpoint(vendor));
        let endpoint = endpoint
            .and_then(|value| self.url(ConnectionField::EndpointUrl, value, UrlKind::Endpoint))
            .map(|url| vendor_rules::base(vendor, &url));
        let subscription_key =
            self.secret(ConnectionField::SubscriptionKey, &settings.subscription_key);
        let base = endpoint.as_ref().map_or("", Url::as_str);
        let authentication = match &settings.authentication {
            Authentication::ApiKey { api_key } => self
                .secret_sent_as(
                    vendor_rules::sent_as(vendor, ConnectionField::ApiKey),
                    ConnectionField::ApiKey,
                    &Some(api_key.clone()),
                )
                .map(|api_key| ResolvedAuthentication::ApiKey {
                    header_scheme: vendor_rules::key_scheme(vendor),
                    api_key,
                }),
            Authentication::OAuth(config) => {
                let oauth = self.oauth(settings, config, base);
                oauth.map(|oauth| ResolvedAuthentication::OAuth(Box::new(oauth)))
            }
            Authentication::None => Some(ResolvedAuthentication::None),
        };
        Some(ResolvedConnection {
            connection_name: settings.connection_name.trim().to_owned(),
            connector: settings.connector.clone(),
            endpoint_url: endpoint?,
            authentication: authentication?,
            subscription_key,
        })
    }

    fn oauth(
        &mut self,
        settings: &Connection,
        config: &OAuthSettings,
        base: &str,
    ) -> Option<ResolvedOAuthSettings> {
        let vendor = settings.connector.vendor();
        let client_secret = self.secret(ConnectionField::ClientSecret, &config.client_secret);
        if base.is_empty() {
            return None;
        }
        let defaults = vendor_rules::endpoints(vendor, base);
        let code = config.flow == OAuthFlow::AuthorizationCode;
        let token_url_setting = non_blank(&config.token_url);
        let token_url = self.url(
            ConnectionField::TokenUrl,
            token_url_setting.or(defaults.token.as_deref())?,
            UrlKind::Endpoint,
        )?;
        // The tokens of another server must not be sent to the vendor's revocation endpoint, and its callbacks
        // do not name the vendor's issuer.
        let vendors = defaults.token.as_deref().and_then(|vendors| Url::parse(vendors).ok());
        let at_the_vendor = vendors.is_none_or(|vendors| vendors.origin() == token_url.origin());
        let if_at_the_vendor = |value: Option<String>| value.filter(|_| at_the_vendor);
        let revocation = non_blank(&config.revocation_url).map(str::to_owned);
        let discovery = non_blank(&config.discovery_url).map(str::to_owned);
        let issuer = non_blank(&config.issuer).map(str::to_owned);
        let authorization =
            non_blank(&config.authorization_url).or(defaults.authorization.as_deref());
        let redirect = non_blank(&config.redirect_uri).unwrap_or(vendor_rules::ONETEG_CALLBACK_URL);
        let authorization_url = authorization.filter(|_| code).and_then(|authorization| {
            self.url(ConnectionField::AuthorizationUrl, authorization, UrlKind::Browser)
        });
        let header_scheme = match non_blank(&config.header_scheme) {
            Some(scheme) => HeaderScheme::new(scheme).ok()?,
            None => vendor_rules::header_scheme(vendor),
        };
        Some(ResolvedOAuthSettings {
            flow: config.flow,
            client_id: config.client_id.trim().to_owned(),
            client_secret,
            authorization_url,
            revocation_url: revocation.or_else(|| if_at_the_vendor(defaults.revocation)).and_then(
                |value| self.url(ConnectionField::RevocationUrl, &value, UrlKind::Endpoint),
            ),
            redirect_uri: code.then(|| redirect.to_owned()),
            redirect_uri_is_default: code && non_blank(&config.redirect_uri).is_none(),
            scopes: config
                .scopes
                .clone()
                .unwrap_or_else(|| vendor_rules::scopes(vendor, config.flow)),
            header_scheme,
            client_auth: config.client_auth.unwrap_or_else(|| vendor_rules::client_auth(vendor)),
            issuer: issuer.or_else(|| if_at_the_vendor(defaults.issuer)),
            discovery_url: discovery.or_else(|| if_at_the_vendor(defaults.discovery)).and_then(
                |value| self.url(ConnectionField::DiscoveryUrl, &value, UrlKind::Endpoint),
            ),
            token_url,
        })
    }

    fn url(&mut self, field: ConnectionField, value: &str, kind: UrlKind) -> Option<Url> {
        validate::parse(value, kind).map_err(|problem| self.problem(field, problem)).ok()
    }

    /// A secret that can be sent.
    fn secret(&mut self, field: ConnectionField, source: &Option<SecretSource>) -> Option<Secret> {
        self.secret_sent_as(field, field, source)
    }

    fn secret_sent_as(
        &mut self,
        sent_as: ConnectionField,
        field: ConnectionField,
        source: &Option<SecretSource>,
    ) -> Option<Secret> {
        let secret = match source.as_ref()?.resolve() {
            Ok(secret) => secret,
            Err(problem) => {
                self.problem(field, problem);
                return None;
            }
        };
        if let Err(problem) = validate::sendable(sent_as, &secret) {
            self.problem(field, problem);
        }
        Some(secret)
    }

    /// Adds a problem, unless the checks have already found one with the same setting.
    fn problem(&mut self, field: ConnectionField, problem: FieldProblemKind) {
        if self.problems.iter().all(|known| known.field() != Some(field)) {
            self.problems.push(FieldProblem::new(field, problem));
        }
    }
}
