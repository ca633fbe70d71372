//! Checks of settings, as far as they need no environment.

use url::Url;

use super::{
    error::{ConnectionError, FieldProblem, FieldProblemKind},
    field::ConnectionField,
    secret_source::SecretSource,
    settings::{Authentication, Connection, OAuthSettings},
    values::{ClientAuthentication, is_scheme},
    vendor_rules::{self, Presence},
};
use crate::{Secret, is_loopback, secret::hidden_character};

impl Connection {
    /// Checks all settings without reading the environment or the disk.
    ///
    /// # Errors
    /// [`ConnectionError::Settings`] with every faulty setting.
    pub fn validate(&self) -> Result<(), ConnectionError> {
        ConnectionError::unless_empty(check(self, Provided::ALL))
    }
}

/// Which parts of a [`Connection`] come from the user, and are not placeholders of the reader.
#[derive(Clone, Copy, Default)]
pub(super) struct Provided {
    pub(super) everything: bool,
    pub(super) vendor: bool,
    pub(super) authentication: bool,
    pub(super) flow: bool,
}

impl Provided {
    pub(super) const ALL: Self =
        Self { everything: true, vendor: true, authentication: true, flow: true };
}

/// All problems, in the order of the form.
pub(super) fn check(connection: &Connection, provided: Provided) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    if !provided.everything {
        return problems;
    }
    for field in ConnectionField::TOP.iter().chain(ConnectionField::INNER).copied() {
        let problem = presence(connection, provided, field).or_else(|| value(connection, field));
        problems.extend(problem.map(|problem| FieldProblem::new(field, problem)));
    }
    problems
}

/// The problem of a setting that is missing, or that this vendor or flow does not have.
fn presence(
    connection: &Connection,
    provided: Provided,
    field: ConnectionField,
) -> Option<FieldProblemKind> {
    let given = is_given(connection, field);
    if matches!(
        field,
        ConnectionField::ConnectionName | ConnectionField::ClientId | ConnectionField::ApiKey
    ) && belongs(connection, field)
    {
        return (!given).then_some(FieldProblemKind::Required);
    }
    if !provided.vendor {
        return None;
    }
    let vendor = connection.connector.vendor();
    let kind = vendor_rules::AuthenticationKind::of(&connection.authentication);
    let is_oauth = matches!(kind, vendor_rules::AuthenticationKind::OAuth(_));
    if field == ConnectionField::Authentication {
        return (provided.authentication
            && !vendor_rules::kinds(vendor).contains(&kind)
            && !is_oauth)
            .then(|| vendor_rules::not_offered(vendor));
    }
    if field == ConnectionField::Flow {
        let known = provided.authentication && provided.flow;
        return (known && is_oauth && !vendor_rules::kinds(vendor).contains(&kind))
            .then(|| vendor_rules::not_offered(vendor));
    }
    let inner = !ConnectionField::TOP.contains(&field);
    if inner && !(provided.authentication && provided.flow && belongs(connection, field)) {
        return None;
    }
    match vendor_rules::presence(vendor, kind, field) {
        Presence::Required if !given => Some(FieldProblemKind::Required),
        Presence::NotForVendor if given => Some(FieldProblemKind::NotForVendor { vendor }),
        Presence::NotForFlow if given => {
            Some(FieldProblemKind::Conflicts { other: format!("Flows {}", kind.label()) })
        }
        _ => None,
    }
}

/// Whether the setting belongs to the chosen authentication at all.
fn belongs(connection: &Connection, field: ConnectionField) -> bool {
    let is_api_key = field == ConnectionField::ApiKey;
    ConnectionField::TOP.contains(&field)
        || match connection.authentication {
            Authentication::ApiKey { .. } => is_api_key,
            Authentication::OAuth(_) => !is_api_key,
            Authentication::None => field == ConnectionField::Authentication,
        }
}

/// The value, if it is not blank: forms send blank strings for what was left out.
pub(super) fn non_blank(value: &Option<String>) -> Option<&str> {
    value.as_deref().map(str::trim).filter(|value| !value.is_empty())
}

fn is_given(connection: &Connection, field: ConnectionField) -> bool {
    let value = |value| non_blank(value).is_some();
    match (field, &connection.authentication) {
        (ConnectionField::ConnectionName, _) => !connection.connection_name.trim().is_empty(),
        (ConnectionField::EndpointUrl, _) => value(&connection.endpoint_url),
        (ConnectionField::SubscriptionKey, _) => connection.subscription_key.is_some(),
        (ConnectionField::ApiKey, Authentication::ApiKey { api_key }) => {
            api_key.check() != Err(FieldProblemKind::Required)
        }
        (_, Authentication::OAuth(oauth)) => match field {
            ConnectionField::ApplicationType => oauth.application_type.is_some(),
            ConnectionField::ClientId => !oauth.client_id.trim().is_empty(),
            ConnectionField::ClientSecret => oauth.client_secret.is_some(),
            ConnectionField::TokenUrl => value(&oauth.token_url),
            ConnectionField::AuthorizationUrl => value(&oauth.authorization_url),
            ConnectionField::RedirectUri => value(&oauth.redirect_uri),
            // The rest is optional everywhere.
            _ => true,
        },
        _ => true,
    }
}

/// The problem of the value of a setting that may be given.
fn value(connection: &Connection, field: ConnectionField) -> Option<FieldProblemKind> {
    let url = |value: &Option<String>, kind| parse(non_blank(value)?, kind).err();
    match (field, &connection.authentication) {
        (ConnectionField::EndpointUrl, _) => url(&connection.endpoint_url, UrlKind::Endpoint),
        (ConnectionField::SubscriptionKey, _) => {
            secret(connection.subscription_key.as_ref()?, field)
        }
        (ConnectionField::ApiKey, Authentication::ApiKey { api_key }) => {
            let vendor = connection.connector.vendor();
            secret(api_key, vendor_rules::sent_as(vendor, field))
        }
        (_, Authentication::OAuth(oauth)) => match field {
            ConnectionField::ClientId => hidden_character(oauth.client_id.trim())
                .map(|found| FieldProblemKind::HiddenCharacter { found }),
            ConnectionField::ClientSecret => secret(oauth.client_secret.as_ref()?, field),
            ConnectionField::TokenUrl => url(&oauth.token_url, UrlKind::Endpoint),
            ConnectionField::AuthorizationUrl => url(&oauth.authorization_url, UrlKind::Browser),
            ConnectionField::RedirectUri => url(&oauth.redirect_uri, UrlKind::Redirect),
            ConnectionField::RevocationUrl => url(&oauth.revocation_url, UrlKind::Endpoint),
            ConnectionField::DiscoveryUrl => url(&oauth.discovery_url, UrlKind::Endpoint),
            ConnectionField::Issuer => url(&oauth.issuer, UrlKind::Endpoint),
            ConnectionField::Scopes => {
                (!oauth.scopes.as_ref()?.are_valid()).then_some(FieldProblemKind::NotScopes)
            }
            ConnectionField::HeaderScheme => (!is_scheme(non_blank(&oauth.header_scheme)?))
                .then_some(FieldProblemKind::NotAScheme),
            _ => contradiction(oauth, field),
        },
        _ => None,
    }
}

/// The problem of a secret, as far as it is known without the environment.
fn secret(source: &SecretSource, field: ConnectionField) -> Option<FieldProblemKind> {
    source.check().err().or_else(|| sendable(field, &source.inline()?).err())
}

/// Checks that a secret can be sent. A key is sent in a header unchanged; a client secret is encoded, but
/// must not contain invisible characters.
pub(super) fn sendable(field: ConnectionField, secret: &Secret) -> Result<(), FieldProblemKind> {
    let found = match field {
        ConnectionField::ClientSecret => hidden_character(secret.expose())
            .map(|found| FieldProblemKind::HiddenCharacter { found }),
        _ => Secret::new(secret.expose().trim())
            .unsendable()
            .map(|found| FieldProblemKind::NotSendable { found }),
    };
    found.map_or(Ok(()), Err)
}

fn contradiction(oauth: &OAuthSettings, field: ConnectionField) -> Option<FieldProblemKind> {
    let other = match field {
        ConnectionField::ApplicationType if oauth.application_type?.flow() != oauth.flow => {
            format!("{} {}", ConnectionField::Flow.label(), oauth.flow.label())
        }
        ConnectionField::ClientAuth
            if oauth.client_auth? == ClientAuthentication::Basic
                && oauth.client_secret.is_none() =>
        {
            "a missing Client Secret".to_owned()
        }
        _ => return None,
    };
    Some(FieldProblemKind::Conflicts { other })
}

/// What a URL is used for, which decides what it may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum UrlKind {
    /// Requests are sent to it: no query, no fragment.
    Endpoint,
    /// A browser opens it: that of a known NetX client has a fragment.
    Browser,
    /// The browser comes back to it (RFC 6749 section 3.1.2, RFC 8252 section 7).
    Redirect,
}

/// Parses a redirect URI: one rule for settings and for [`crate::OAuth2Config`].
#[cfg(feature = "oauth")]
pub(crate) fn parse_redirect(value: &str) -> Result<Url, FieldProblemKind> {
    parse(value, UrlKind::Redirect)
}

/// Parses an absolute URL that contains no credentials and is `https`, loopback, or a private-use redirect.
pub(super) fn parse(value: &str, kind: UrlKind) -> Result<Url, FieldProblemKind> {
    let value = value.trim();
    // The parser would drop some of them silently, and the request would go somewhere else.
    if let Some(found) = hidden_character(value) {
        return Err(FieldProblemKind::HiddenCharacter { found });
    }
    let url = Url::parse(value).map_err(|_| FieldProblemKind::NotAUrl)?;
    let private_use = kind == UrlKind::Redirect && url.scheme().contains('.');
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        _ if private_use => {}
        _ => return Err(FieldProblemKind::NotHttps),
    }
    let part = if !url.username().is_empty() || url.password().is_some() {
        "a user name or password"
    } else if kind == UrlKind::Endpoint && url.query().is_some() {
        "a query (?...)"
    } else if kind != UrlKind::Browser && url.fragment().is_some() {
        "a fragment (#...)"
    } else {
        return Ok(url);
    };
    Err(FieldProblemKind::UrlPart { part })
}
