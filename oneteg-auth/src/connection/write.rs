//! Writes a [`Connection`] as TOML and JSON.

use std::borrow::Cow;

use serde::{Serialize, Serializer, ser::Error as _};

use super::{
    error::{ConnectionError, FieldProblem, FieldProblemKind},
    field::ConnectionField,
    scopes::Scopes,
    secret_source::SecretSource,
    settings::{Authentication, Connection},
    values::{ApplicationType, AuthenticationType, ClientAuthentication, OAuthFlow},
};
use crate::Secret;

impl Connection {
    /// The settings as TOML, secrets as `env:` and `file:` references.
    ///
    /// # Errors
    /// [`FieldProblemKind::InlineSecret`] for each secret that is given inline, or
    /// [`FieldProblemKind::InvalidReference`] for a path that is not UTF-8.
    #[cfg(feature = "profiles")]
    pub fn to_toml(&self) -> Result<String, ConnectionError> {
        self.references_only()?;
        to_toml(&self.document())
    }

    /// The settings as indented JSON, secrets as `env:` and `file:` references.
    ///
    /// # Errors
    /// [`FieldProblemKind::InlineSecret`] for each secret that is given inline, or
    /// [`FieldProblemKind::InvalidReference`] for a path that is not UTF-8.
    pub fn to_json(&self) -> Result<String, ConnectionError> {
        self.references_only()?;
        to_json(&self.document())
    }

    /// The settings as TOML, including inline secrets: the whole document is a secret.
    ///
    /// # Errors
    /// [`FieldProblemKind::InvalidReference`] for a path that is not UTF-8.
    #[cfg(feature = "profiles")]
    pub fn to_toml_with_secrets(&self) -> Result<Secret, ConnectionError> {
        self.writable_secrets()?;
        to_toml(&self.document()).map(Secret::new)
    }

    /// The settings as indented JSON, including inline secrets: the whole document is a secret.
    ///
    /// # Errors
    /// [`FieldProblemKind::InvalidReference`] for a path that is not UTF-8.
    pub fn to_json_with_secrets(&self) -> Result<Secret, ConnectionError> {
        self.writable_secrets()?;
        to_json(&self.document()).map(Secret::new)
    }

    /// Every secret of the settings with its field, to move inline secrets to a vault for example.
    pub fn secrets(&self) -> impl Iterator<Item = (ConnectionField, &SecretSource)> {
        let (api_key, client_secret) = match &self.authentication {
            Authentication::ApiKey { api_key } => (Some(api_key), None),
            Authentication::OAuth(oauth) => (None, oauth.client_secret.as_ref()),
            Authentication::None => (None, None),
        };
        [
            (ConnectionField::SubscriptionKey, self.subscription_key.as_ref()),
            (ConnectionField::ApiKey, api_key),
            (ConnectionField::ClientSecret, client_secret),
        ]
        .into_iter()
        .filter_map(|(field, source)| Some((field, source?)))
    }

    fn references_only(&self) -> Result<(), ConnectionError> {
        let inline = self.secrets().filter(|(_, source)| !source.is_reference());
        let problems =
            inline.map(|(field, _)| FieldProblem::new(field, FieldProblemKind::InlineSecret));
        ConnectionError::unless_empty(problems.collect())?;
        self.writable_secrets()
    }

    fn writable_secrets(&self) -> Result<(), ConnectionError> {
        let problems = self.secrets().filter_map(|(field, source)| match source {
            SecretSource::File(path) if path.to_str().is_none() => Some(FieldProblem::new(
                field,
                FieldProblemKind::InvalidReference { prefix: "file:" },
            )),
            _ => None,
        });
        ConnectionError::unless_empty(problems.collect())
    }

    fn document(&self) -> Document<'_> {
        let authentication = match &self.authentication {
            Authentication::ApiKey { api_key } => {
                AuthenticationTable { api_key: Some(api_key.as_given()), ..self.empty_table() }
            }
            Authentication::OAuth(oauth) => AuthenticationTable {
                flow: Some(oauth.flow),
                application_type: oauth.application_type,
                client_id: Some(&oauth.client_id),
                client_secret: oauth.client_secret.as_ref().map(SecretSource::as_given),
                token_url: oauth.token_url.as_deref(),
                authorization_url: oauth.authorization_url.as_deref(),
                redirect_uri: oauth.redirect_uri.as_deref(),
                scopes: oauth.scopes.as_ref(),
                header_scheme: oauth.header_scheme.as_deref(),
                client_auth: oauth.client_auth,
                revocation_url: oauth.revocation_url.as_deref(),
                discovery_url: oauth.discovery_url.as_deref(),
                issuer: oauth.issuer.as_deref(),
                ..self.empty_table()
            },
            Authentication::None => self.empty_table(),
        };
        Document {
            connection_name: &self.connection_name,
            connector: self.connector.to_string(),
            endpoint_url: self.endpoint_url.as_deref(),
            subscription_key: self.subscription_key.as_ref().map(SecretSource::as_given),
            authentication,
        }
    }

    fn empty_table(&self) -> AuthenticationTable<'_> {
        AuthenticationTable {
            kind: self.authentication.kind(),
            api_key: None,
            flow: None,
            application_type: None,
            client_id: None,
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

impl Serialize for Connection {
    /// # Errors
    /// When a secret is given inline, as [`Connection::to_json`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.references_only().map_err(S::Error::custom)?;
        self.document().serialize(serializer)
    }
}

/// The document as it is written. A round-trip test compares its names with [`ConnectionField::key`].
#[derive(Serialize)]
struct Document<'a> {
    connection_name: &'a str,
    connector: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_key: Option<Cow<'a, str>>,
    authentication: AuthenticationTable<'a>,
}

#[derive(Serialize)]
struct AuthenticationTable<'a> {
    #[serde(rename = "type")]
    kind: AuthenticationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<OAuthFlow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application_type: Option<ApplicationType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<&'a Scopes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_scheme: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_auth: Option<ClientAuthentication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discovery_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
}

#[cfg(feature = "profiles")]
fn to_toml(document: &Document<'_>) -> Result<String, ConnectionError> {
    toml::to_string(document).map_err(|_| unwritable())
}

fn to_json(document: &Document<'_>) -> Result<String, ConnectionError> {
    serde_json::to_string_pretty(document).map_err(|_| unwritable())
}

/// Strings and lists of strings can always be written; this is the error if a format refuses one all the same.
fn unwritable() -> ConnectionError {
    let problem = FieldProblemKind::WrongKind { expected: "text that the format can hold" };
    ConnectionError::Settings(vec![FieldProblem::outside_fields("the document".into(), problem)])
}
