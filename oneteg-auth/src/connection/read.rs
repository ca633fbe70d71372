//! Reads a [`Connection`] from a TOML or JSON document, and collects every problem.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use zeroize::Zeroizing;

use super::{
    connector::Connector,
    error::{ConnectionError, FieldProblem, FieldProblemKind},
    field::ConnectionField,
    scopes::Scopes,
    secret_source::SecretSource,
    settings::{Authentication, Connection, OAuthSettings},
    validate::{self, Provided},
    values::{ApplicationType, AuthenticationType, OAuthFlow, nearest},
    vendor::Vendor,
};
use crate::secret::without_bom;

const STRING: &str = "text in quotes";
const TABLE: &str = "a table of settings";

impl Connection {
    /// Reads and checks settings. Secrets are not fetched yet: [`Connection::resolve`] does that. With the feature
    /// `profiles`, as all that is TOML.
    ///
    /// # Errors
    /// [`ConnectionError`] naming every missing, unknown or wrong setting, or the place of a syntax error.
    #[cfg(feature = "profiles")]
    pub fn from_toml(document: &str) -> Result<Self, ConnectionError> {
        Self::read_toml(document, None)
    }

    /// Reads and checks settings that may be of a vendor that this crate does not know, besides those that it does.
    ///
    /// # Errors
    /// As [`Connection::from_toml`].
    #[cfg(feature = "profiles")]
    pub fn from_toml_for(vendor: Vendor, document: &str) -> Result<Self, ConnectionError> {
        Self::read_toml(document, Some(vendor))
    }

    #[cfg(feature = "profiles")]
    fn read_toml(document: &str, vendor: Option<Vendor>) -> Result<Self, ConnectionError> {
        let document = without_bom(document);
        let raw: Raw = toml::from_str(document).map_err(|error| {
            let before =
                error.span().and_then(|span| document.get(..span.start)).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |position| position + 1);
            ConnectionError::Syntax {
                format: "TOML",
                line: before.matches('\n').count() + 1,
                column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            }
        })?;
        from_raw(raw, vendor)
    }

    /// Reads and checks settings. Secrets are not fetched yet: [`Connection::resolve`] does that.
    ///
    /// # Errors
    /// [`ConnectionError`] naming every missing, unknown or wrong setting, or the place of a syntax error.
    pub fn from_json(document: &str) -> Result<Self, ConnectionError> {
        let raw: Raw = serde_json::from_str(without_bom(document)).map_err(|error| {
            ConnectionError::Syntax { format: "JSON", line: error.line(), column: error.column() }
        })?;
        from_raw(raw, None)
    }
}

impl<'de> Deserialize<'de> for Connection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_raw(Raw::deserialize(deserializer)?, None).map_err(D::Error::custom)
    }
}

/// Reads settings of the vendors of this crate and, besides, of a custom one.
pub(super) fn from_raw(raw: Raw, vendor: Option<Vendor>) -> Result<Connection, ConnectionError> {
    let custom = vendor.filter(|vendor| matches!(vendor, Vendor::Custom(_)));
    let mut reader = Reader { custom, ..Reader::default() };
    let connection = reader.connection(raw);
    // A setting that could not be read has a placeholder, and the checks would report nonsense about it.
    let Reader { mut problems, provided, .. } = reader;
    let inner_lost = !provided.authentication;
    for found in validate::check(&connection, provided) {
        let known = problems.iter().any(|problem| problem.path() == found.path());
        let lost = inner_lost && found.path().starts_with("authentication.");
        if !known && !lost {
            problems.push(found);
        }
    }
    ConnectionError::unless_empty(problems)?;
    Ok(connection)
}

#[derive(Default)]
struct Reader {
    settings: BTreeMap<ConnectionField, Raw>,
    problems: Vec<FieldProblem>,
    provided: Provided,
    custom: Option<Vendor>,
}

impl Reader {
    fn connection(&mut self, raw: Raw) -> Connection {
        self.provided = Provided::ALL;
        let Raw::Table(entries) = raw else {
            self.problems.push(FieldProblem::outside_fields(
                "the document".into(),
                FieldProblemKind::WrongKind { expected: TABLE },
            ));
            self.provided.everything = false;
            return Connection::new("", Connector::NETX_V1_0, Authentication::api_key(""));
        };
        let (mut inner, rest): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(name, _)| name == "authentication");
        self.table(rest, ConnectionField::TOP, "");
        if inner.len() > 1 {
            self.problem(ConnectionField::Authentication, FieldProblemKind::Repeated);
        }
        match inner.pop().map(|(_, value)| value) {
            Some(Raw::Table(entries)) => {
                self.table(entries, ConnectionField::INNER, "authentication.")
            }
            Some(Raw::Null) | None => {}
            Some(_) => {
                self.provided.authentication = false;
                self.problem(
                    ConnectionField::Authentication,
                    FieldProblemKind::WrongKind { expected: TABLE },
                );
            }
        }
        let connector = self.connector().unwrap_or_else(|| {
            self.provided.vendor = false;
            Connector::NETX_V1_0
        });
        Connection {
            connection_name: self.string(ConnectionField::ConnectionName).unwrap_or_default(),
            connector,
            endpoint_url: self.string(ConnectionField::EndpointUrl),
            subscription_key: self.secret(ConnectionField::SubscriptionKey),
            authentication: self.authentication(),
        }
    }

    /// Sorts the entries of a table into settings; the rest is unknown or repeated.
    fn table(&mut self, entries: Vec<(String, Raw)>, fields: &[ConnectionField], prefix: &str) {
        let mut seen: Vec<ConnectionField> = Vec::new();
        for (name, value) in entries {
            match fields.iter().find(|field| field.key() == name) {
                Some(field) if seen.contains(field) => {
                    self.problem(*field, FieldProblemKind::Repeated)
                }
                Some(field) => {
                    seen.push(*field);
                    if !value.is_blank() {
                        self.settings.insert(*field, value);
                    }
                }
                None => {
                    let problem =
                        FieldProblemKind::UnknownField { nearest: suggestion(&name, prefix) };
                    let path = format!("{prefix}{}", printable(&name));
                    self.problems.push(FieldProblem::outside_fields(path, problem));
                }
            }
        }
    }

    fn connector(&mut self) -> Option<Connector> {
        let field = ConnectionField::Connector;
        if !self.settings.contains_key(&field) {
            self.problem(field, FieldProblemKind::Required);
        }
        let identifier = self.string(field)?;
        let connector = Connector::parse(&identifier, self.custom);
        connector.map_err(|problem| self.problem(field, problem)).ok()
    }

    fn authentication(&mut self) -> Authentication {
        let kind: Option<AuthenticationType> = if self.provided.authentication {
            self.choice(ConnectionField::Authentication)
        } else {
            None
        };
        let Some(kind) = kind else {
            self.provided.authentication = false;
            return Authentication::api_key("");
        };
        let others: &[ConnectionField] = match kind {
            AuthenticationType::ApiKey => &ConnectionField::INNER[2..],
            AuthenticationType::OAuth => &[ConnectionField::ApiKey],
            AuthenticationType::None => &ConnectionField::INNER[1..],
        };
        for field in others {
            if self.settings.remove(field).is_some() {
                let other = format!("{} {}", ConnectionField::Authentication.label(), kind.label());
                self.problem(*field, FieldProblemKind::Conflicts { other });
            }
        }
        match kind {
            AuthenticationType::ApiKey => Authentication::api_key(
                self.secret(ConnectionField::ApiKey).unwrap_or_else(|| "".into()),
            ),
            AuthenticationType::OAuth => self.oauth().into(),
            AuthenticationType::None => Authentication::None,
        }
    }

    fn oauth(&mut self) -> OAuthSettings {
        let application_type: Option<ApplicationType> =
            self.optional_choice(ConnectionField::ApplicationType);
        let flow: Option<OAuthFlow> =
            match (self.settings.contains_key(&ConnectionField::Flow), application_type) {
                (false, Some(application_type)) => Some(application_type.flow()),
                _ => self.choice(ConnectionField::Flow),
            };
        self.provided.flow = flow.is_some();
        OAuthSettings {
            flow: flow.unwrap_or(OAuthFlow::AuthorizationCode),
            application_type,
            client_id: self.string(ConnectionField::ClientId).unwrap_or_default(),
            client_secret: self.secret(ConnectionField::ClientSecret),
            token_url: self.string(ConnectionField::TokenUrl),
            authorization_url: self.string(ConnectionField::AuthorizationUrl),
            redirect_uri: self.string(ConnectionField::RedirectUri),
            scopes: self.scopes(),
            header_scheme: self.string(ConnectionField::HeaderScheme),
            client_auth: self.optional_choice(ConnectionField::ClientAuth),
            revocation_url: self.string(ConnectionField::RevocationUrl),
            discovery_url: self.string(ConnectionField::DiscoveryUrl),
            issuer: self.string(ConnectionField::Issuer),
        }
    }

    fn string(&mut self, field: ConnectionField) -> Option<String> {
        match self.settings.remove(&field)? {
            Raw::String(string) => Some(string.trim().to_owned()),
            _ => {
                self.problem(field, FieldProblemKind::WrongKind { expected: STRING });
                None
            }
        }
    }

    fn secret(&mut self, field: ConnectionField) -> Option<SecretSource> {
        match self.settings.remove(&field)? {
            Raw::String(string) => Some(SecretSource::from(string.as_str())),
            _ => {
                self.problem(field, FieldProblemKind::WrongKind { expected: STRING });
                None
            }
        }
    }

    fn scopes(&mut self) -> Option<Scopes> {
        let expected = "text, or a list of text";
        let items = match self.settings.remove(&ConnectionField::Scopes)? {
            Raw::String(string) => return Some(Scopes::parse(&string)),
            Raw::List(items) => items,
            _ => {
                self.problem(ConnectionField::Scopes, FieldProblemKind::WrongKind { expected });
                return None;
            }
        };
        let strings = items.iter().map(|item| match item {
            Raw::String(string) => Some(string.as_str()),
            _ => None,
        });
        let scopes: Option<Vec<&str>> = strings.collect();
        if scopes.is_none() {
            self.problem(ConnectionField::Scopes, FieldProblemKind::WrongKind { expected });
        }
        scopes.map(Scopes::from_iter)
    }

    /// A required setting with a fixed set of values.
    fn choice<T: FromStr<Err = FieldProblemKind>>(&mut self, field: ConnectionField) -> Option<T> {
        if !self.settings.contains_key(&field) {
            self.problem(field, FieldProblemKind::Required);
        }
        self.optional_choice(field)
    }

    fn optional_choice<T: FromStr<Err = FieldProblemKind>>(
        &mut self,
        field: ConnectionField,
    ) -> Option<T> {
        let string = self.string(field)?;
        string.parse().map_err(|problem| self.problem(field, problem)).ok()
    }

    fn problem(&mut self, field: ConnectionField, problem: FieldProblemKind) {
        self.problems.push(FieldProblem::new(field, problem));
    }
}

/// The most similar setting of the same table, or else of the other one.
fn suggestion(name: &str, prefix: &str) -> Option<String> {
    let keys = |fields: &'static [ConnectionField]| fields.iter().map(|field| field.key());
    let top =
        || nearest(name, keys(ConnectionField::TOP).chain(["authentication"])).map(str::to_owned);
    let inner =
        || nearest(name, keys(ConnectionField::INNER)).map(|key| format!("authentication.{key}"));
    if prefix.is_empty() { top().or_else(inner) } else { inner().or_else(top) }
}

/// The name as it may be shown: something longer than any name may be a pasted secret.
fn printable(name: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || " _-.".contains(character);
    if name.len() <= 24 && !name.is_empty() && name.chars().all(plain) {
        format!("`{name}`")
    } else {
        "an unusual name that is not shown".to_owned()
    }
}

/// A TOML or JSON document. Strings are zeroised when dropped, and names that occur twice are kept, so that
/// they can be reported.
pub(super) enum Raw {
    Null,
    String(Zeroizing<String>),
    List(Vec<Raw>),
    Table(Vec<(String, Raw)>),
    /// A number or a Boolean, which no setting is.
    Other,
}

impl Raw {
    /// Whether it counts as not given: `null`, or a string that is blank, as forms send it.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::String(string) => string.trim().is_empty(),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection settings")
    }

    fn visit_str<E>(self, string: &str) -> Result<Raw, E> {
        Ok(Raw::String(Zeroizing::new(string.to_owned())))
    }

    fn visit_string<E>(self, string: String) -> Result<Raw, E> {
        Ok(Raw::String(Zeroizing::new(string)))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Other)
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            table.push(entry);
        }
        Ok(Raw::Table(table))
    }
}
