//! From a TOML or JSON document to a [`Connection`], collecting every problem on the way.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    ApplicationType, Authentication, AuthenticationType, Connection, ConnectionError, Connector,
    Field, FieldProblem, Flow, OAuthConfig, Problem, Scopes, SecretSource,
    nearest::nearest,
    raw::Raw,
    rules::{self, Trusted},
};
use crate::secret::without_bom;

const TEXT: &str = "text in quotes";
const TABLE: &str = "a table of settings";

impl Connection {
    /// Reads and checks settings. Secrets are not looked up yet: [`Connection::profile`] does that.
    ///
    /// # Errors
    /// [`ConnectionError`] naming every missing, unknown or wrong setting, or the place of a syntax error.
    pub fn from_toml(text: &str) -> Result<Self, ConnectionError> {
        let text = without_bom(text);
        let raw: Raw = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |position| position + 1);
            ConnectionError::Syntax {
                format: "TOML",
                line: before.matches('\n').count() + 1,
                column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            }
        })?;
        from_raw(raw)
    }

    /// Reads and checks settings. Secrets are not looked up yet: [`Connection::profile`] does that.
    ///
    /// # Errors
    /// As [`Connection::from_toml`].
    pub fn from_json(text: &str) -> Result<Self, ConnectionError> {
        let raw: Raw = serde_json::from_str(without_bom(text)).map_err(|error| {
            ConnectionError::Syntax { format: "JSON", line: error.line(), column: error.column() }
        })?;
        from_raw(raw)
    }
}

impl<'de> Deserialize<'de> for Connection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_raw(Raw::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn from_raw(raw: Raw) -> Result<Connection, ConnectionError> {
    let mut reader = Reader::default();
    let connection = reader.connection(raw);
    // A setting that could not be read has a placeholder, about which the rules would say nonsense.
    let Reader { mut problems, trusted, .. } = reader;
    let inner_lost = !trusted.authentication;
    for found in rules::check(&connection, trusted) {
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
    settings: BTreeMap<Field, Raw>,
    problems: Vec<FieldProblem>,
    trusted: Trusted,
}

impl Reader {
    fn connection(&mut self, raw: Raw) -> Connection {
        self.trusted = Trusted::ALL;
        let Raw::Table(entries) = raw else {
            self.problems.push(FieldProblem::elsewhere(
                "the document".into(),
                Problem::WrongKind { expected: TABLE },
            ));
            self.trusted.everything = false;
            return Connection::new("", Connector::NETX_V1_0, Authentication::api_key(""));
        };
        let (mut inner, rest): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(name, _)| name == "authentication");
        self.table(rest, Field::TOP, "");
        if inner.len() > 1 {
            self.problem(Field::Authentication, Problem::Repeated);
        }
        match inner.pop().map(|(_, value)| value) {
            Some(Raw::Table(entries)) => self.table(entries, Field::INNER, "authentication."),
            Some(Raw::Nothing) | None => {}
            Some(_) => {
                self.trusted.authentication = false;
                self.problem(Field::Authentication, Problem::WrongKind { expected: TABLE });
            }
        }
        let connector = self.choice(Field::Connector).unwrap_or_else(|| {
            self.trusted.vendor = false;
            Connector::NETX_V1_0
        });
        Connection {
            connection_name: self.text(Field::ConnectionName).unwrap_or_default(),
            connector,
            endpoint_url: self.text(Field::EndpointUrl),
            subscription_key: self.secret(Field::SubscriptionKey),
            authentication: self.authentication(),
        }
    }

    /// Sorts the entries of a table into settings; what is left is unknown or repeated.
    fn table(&mut self, entries: Vec<(String, Raw)>, fields: &[Field], prefix: &str) {
        let mut seen: Vec<Field> = Vec::new();
        for (name, value) in entries {
            match fields.iter().find(|field| field.key() == name) {
                Some(field) if seen.contains(field) => self.problem(*field, Problem::Repeated),
                Some(field) => {
                    seen.push(*field);
                    if !value.is_blank() {
                        self.settings.insert(*field, value);
                    }
                }
                None => {
                    let problem = Problem::UnknownField { nearest: suggestion(&name, prefix) };
                    let path = format!("{prefix}{}", printable(&name));
                    self.problems.push(FieldProblem::elsewhere(path, problem));
                }
            }
        }
    }

    fn authentication(&mut self) -> Authentication {
        let kind: Option<AuthenticationType> =
            if self.trusted.authentication { self.choice(Field::Authentication) } else { None };
        let Some(kind) = kind else {
            self.trusted.authentication = false;
            return Authentication::api_key("");
        };
        let others: &[Field] = match kind {
            AuthenticationType::ApiKey => &Field::INNER[2..],
            AuthenticationType::OAuth => &[Field::ApiKey],
        };
        for field in others {
            if self.settings.remove(field).is_some() {
                let other = format!("{} {}", Field::Authentication.label(), kind.label());
                self.problem(*field, Problem::Contradicts { other });
            }
        }
        match kind {
            AuthenticationType::ApiKey => {
                Authentication::api_key(self.secret(Field::ApiKey).unwrap_or_else(|| "".into()))
            }
            AuthenticationType::OAuth => self.oauth().into(),
        }
    }

    fn oauth(&mut self) -> OAuthConfig {
        let application_type: Option<ApplicationType> =
            self.optional_choice(Field::ApplicationType);
        let flow: Option<Flow> = match (self.settings.contains_key(&Field::Flow), application_type)
        {
            (false, Some(application_type)) => Some(application_type.flow()),
            _ => self.choice(Field::Flow),
        };
        self.trusted.flow = flow.is_some();
        OAuthConfig {
            flow: flow.unwrap_or(Flow::AuthorizationCode),
            application_type,
            client_id: self.text(Field::ClientId).unwrap_or_default(),
            client_secret: self.secret(Field::ClientSecret),
            token_url: self.text(Field::TokenUrl),
            authorization_url: self.text(Field::AuthorizationUrl),
            redirect_uri: self.text(Field::RedirectUri),
            scopes: self.scopes(),
            header_scheme: self.text(Field::HeaderScheme),
            client_auth: self.optional_choice(Field::ClientAuth),
            revocation_url: self.text(Field::RevocationUrl),
            discovery_url: self.text(Field::DiscoveryUrl),
            issuer: self.text(Field::Issuer),
        }
    }

    fn text(&mut self, field: Field) -> Option<String> {
        match self.settings.remove(&field)? {
            Raw::Text(text) => Some(text.trim().to_owned()),
            _ => {
                self.problem(field, Problem::WrongKind { expected: TEXT });
                None
            }
        }
    }

    fn secret(&mut self, field: Field) -> Option<SecretSource> {
        match self.settings.remove(&field)? {
            Raw::Text(text) => Some(SecretSource::from(text.as_str())),
            _ => {
                self.problem(field, Problem::WrongKind { expected: TEXT });
                None
            }
        }
    }

    fn scopes(&mut self) -> Option<Scopes> {
        let expected = "text, or a list of texts";
        let items = match self.settings.remove(&Field::Scopes)? {
            Raw::Text(text) => return Some(Scopes::parse(&text)),
            Raw::List(items) => items,
            _ => {
                self.problem(Field::Scopes, Problem::WrongKind { expected });
                return None;
            }
        };
        let texts = items.iter().map(|item| match item {
            Raw::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let scopes: Option<Vec<&str>> = texts.collect();
        if scopes.is_none() {
            self.problem(Field::Scopes, Problem::WrongKind { expected });
        }
        scopes.map(Scopes::from_iter)
    }

    /// A setting with a fixed set of values, which must be given.
    fn choice<T: FromStr<Err = Problem>>(&mut self, field: Field) -> Option<T> {
        if !self.settings.contains_key(&field) {
            self.problem(field, Problem::Required);
        }
        self.optional_choice(field)
    }

    fn optional_choice<T: FromStr<Err = Problem>>(&mut self, field: Field) -> Option<T> {
        let text = self.text(field)?;
        text.parse().map_err(|problem| self.problem(field, problem)).ok()
    }

    fn problem(&mut self, field: Field, problem: Problem) {
        self.problems.push(FieldProblem::new(field, problem));
    }
}

/// The nearest setting of the same table, or else of the other one.
fn suggestion(name: &str, prefix: &str) -> Option<String> {
    let keys = |fields: &'static [Field]| fields.iter().map(|field| field.key());
    let top = || nearest(name, keys(Field::TOP).chain(["authentication"])).map(str::to_owned);
    let inner = || nearest(name, keys(Field::INNER)).map(|key| format!("authentication.{key}"));
    if prefix.is_empty() { top().or_else(inner) } else { inner().or_else(top) }
}

/// The name as it may be printed: something longer than any name is perhaps a pasted secret.
fn printable(name: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || " _-.".contains(character);
    if name.len() <= 24 && !name.is_empty() && name.chars().all(plain) {
        format!("`{name}`")
    } else {
        "a name that is too odd to print".to_owned()
    }
}
