//! Reads a [`Connection`] from environment variables.
//!
//! The variables become the document that a file would hold, with secrets as `env:` references. So they pass the
//! same checks, and a secret is read when the connection is resolved.

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::{
    connector::Connector,
    error::{ConnectionError, FieldProblem, FieldProblemKind},
    field::ConnectionField,
    read::{self, Raw},
    settings::Connection,
    values::{AuthenticationType, OAuthFlow},
    vendor::Vendor,
    vendor_rules::{self, AuthenticationKind},
};

impl Connection {
    /// Settings from the environment: `NETX_URL` and `NETX_API_KEY`, for example.
    ///
    /// | Vendor | Required | For OAuth |
    /// |---|---|---|
    /// | NetX | `NETX_URL`, `NETX_API_KEY` | `NETX_CLIENT_ID` and `NETX_CLIENT_SECRET` instead of the key |
    /// | MediaValet | `MEDIAVALET_SUBSCRIPTION_KEY` | `MEDIAVALET_CLIENT_ID`, `MEDIAVALET_CLIENT_SECRET` |
    /// | NetExplorer | `NETEXPLORER_URL` | `NETEXPLORER_CLIENT_ID`, `NETEXPLORER_CLIENT_SECRET` |
    ///
    /// Every other setting may be given as the vendor's prefix and its [key](ConnectionField::key) in capital
    /// letters, such as `NETEXPLORER_SCOPES` or `MEDIAVALET_TOKEN_URL`; the Endpoint URL is `_URL`. A blank
    /// variable counts as not set.
    ///
    /// A program that reads its environment usually runs without a user. So without `_FLOW` (and NetExplorer's
    /// `_APPLICATION_TYPE`), the flow is Client Credentials where the vendor offers it.
    ///
    /// # Errors
    /// [`ConnectionError::Settings`] with every faulty setting; a missing variable is
    /// [`FieldProblemKind::EnvMissing`], which names it.
    pub fn from_env(vendor: Vendor) -> Result<Self, ConnectionError> {
        from_variables(vendor, |name| std::env::var_os(name))
    }
}

fn from_variables(
    vendor: Vendor,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<Connection, ConnectionError> {
    let reader = Variables { vendor, lookup };
    let (document, not_text) = reader.document();
    // What is not text may be anything, so the other settings are checked when it is corrected.
    ConnectionError::unless_empty(not_text)?;
    read::from_raw(document, Some(vendor)).map_err(|error| reader.named(error))
}

struct Variables<L> {
    vendor: Vendor,
    lookup: L,
}

impl<L: Fn(&str) -> Option<OsString>> Variables<L> {
    fn name(&self, field: ConnectionField) -> String {
        let setting = match field {
            ConnectionField::EndpointUrl => "URL".to_owned(),
            _ => field.key().to_ascii_uppercase(),
        };
        format!("{}_{setting}", self.vendor.variable_prefix())
    }

    fn is_set(&self, field: ConnectionField) -> bool {
        (self.lookup)(&self.name(field))
            .is_some_and(|value| !value.to_string_lossy().trim().is_empty())
    }

    fn document(&self) -> (Raw, Vec<FieldProblem>) {
        let mut problems = Vec::new();
        let mut table = |fields: &[ConnectionField]| {
            let mut entries = Vec::new();
            for field in fields.iter().copied().filter(|field| self.is_set(*field)) {
                let name = self.name(field);
                let value = if is_secret(field) {
                    // Read later, and from there.
                    Some(format!("env:{name}"))
                } else {
                    (self.lookup)(&name).and_then(|value| value.into_string().ok())
                };
                match value {
                    Some(value) => entries.push((field, value)),
                    None => problems
                        .push(FieldProblem::new(field, FieldProblemKind::EnvNotText { name })),
                }
            }
            entries
        };
        let mut top = table(&[ConnectionField::EndpointUrl, ConnectionField::SubscriptionKey]);
        let mut inner = table(&ConnectionField::INNER[1..]);
        top.push((ConnectionField::ConnectionName, self.vendor.to_string()));
        top.push((ConnectionField::Connector, Connector::v1_0(self.vendor).to_string()));
        let kind = self.kind();
        inner.push((ConnectionField::Authentication, kind.key().to_owned()));
        let flow_is_given = inner.iter().any(|(field, _)| {
            matches!(field, ConnectionField::Flow | ConnectionField::ApplicationType)
        });
        if kind == AuthenticationType::OAuth && !flow_is_given {
            inner.push((ConnectionField::Flow, self.flow().key().to_owned()));
        }
        let mut document = entries(top);
        document.push(("authentication".to_owned(), Raw::Table(entries(inner))));
        (Raw::Table(document), problems)
    }

    /// OAuth if any of its settings is given or the vendor has nothing else; a key that is given too conflicts.
    fn kind(&self) -> AuthenticationType {
        let kinds = vendor_rules::kinds(self.vendor);
        let offers_key = kinds.contains(&AuthenticationKind::ApiKey);
        if kinds.contains(&AuthenticationKind::None) {
            return AuthenticationType::None;
        }
        let oauth = ConnectionField::INNER[2..].iter().any(|field| self.is_set(*field));
        if offers_key && !oauth { AuthenticationType::ApiKey } else { AuthenticationType::OAuth }
    }

    fn flow(&self) -> OAuthFlow {
        let credentials = AuthenticationKind::OAuth(OAuthFlow::ClientCredentials);
        if vendor_rules::kinds(self.vendor).contains(&credentials) {
            OAuthFlow::ClientCredentials
        } else {
            OAuthFlow::AuthorizationCode
        }
    }

    /// The error with the names of variables.
    fn named(&self, error: ConnectionError) -> ConnectionError {
        let ConnectionError::Settings(problems) = error else { return error };
        let problems = problems.into_iter().map(|problem| {
            let Some(field) = problem.field() else { return problem };
            let name = self.name(field);
            if *problem.kind() != FieldProblemKind::Required {
                return problem.in_variable(name);
            }
            let kind = match (self.lookup)(&name) {
                Some(_) => FieldProblemKind::EnvBlank { name },
                None => FieldProblemKind::EnvMissing { name },
            };
            FieldProblem::new(field, kind)
        });
        ConnectionError::Settings(problems.collect())
    }
}

fn entries(settings: Vec<(ConnectionField, String)>) -> Vec<(String, Raw)> {
    let entry = |(field, value): (ConnectionField, String)| {
        (field.key().to_owned(), Raw::String(Zeroizing::new(value)))
    };
    settings.into_iter().map(entry).collect()
}

fn is_secret(field: ConnectionField) -> bool {
    matches!(
        field,
        ConnectionField::ApiKey | ConnectionField::ClientSecret | ConnectionField::SubscriptionKey
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Authentication, SecretSource};

    fn read(vendor: Vendor, set: &[(&str, &str)]) -> Result<Connection, ConnectionError> {
        from_variables(vendor, |name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
    }

    fn is_env(source: &SecretSource, expected: &str) -> bool {
        matches!(source, SecretSource::Env(name) if name == expected)
    }

    #[test]
    fn a_url_and_a_key_are_a_netx_connection() {
        let set = [("NETX_URL", "https://acme.netx.net"), ("NETX_API_KEY", "canary")];
        let connection = read(Vendor::NetX, &set).unwrap();
        assert_eq!(connection.connector, Connector::NETX_V1_0);
        assert_eq!(connection.endpoint_url.as_deref(), Some("https://acme.netx.net"));
        let Authentication::ApiKey { api_key } = &connection.authentication else { panic!() };
        assert!(is_env(api_key, "NETX_API_KEY"), "{api_key:?}");
    }

    #[test]
    fn a_client_id_and_its_secret_are_client_credentials() {
        let set = [
            ("MEDIAVALET_SUBSCRIPTION_KEY", "canary"),
            ("MEDIAVALET_CLIENT_ID", "app"),
            ("MEDIAVALET_CLIENT_SECRET", "canary"),
            ("MEDIAVALET_SCOPES", "api more"),
        ];
        let connection = read(Vendor::MediaValet, &set).unwrap();
        let Authentication::OAuth(oauth) = &connection.authentication else { panic!() };
        assert_eq!(oauth.flow, OAuthFlow::ClientCredentials);
        assert!(is_env(oauth.client_secret.as_ref().unwrap(), "MEDIAVALET_CLIENT_SECRET"));
        assert_eq!(oauth.scopes.as_ref().unwrap().iter().count(), 2);
    }

    #[test]
    fn a_flow_that_is_given_counts() {
        let set = [
            ("NETEXPLORER_URL", "https://acme.netexplorer.pro"),
            ("NETEXPLORER_CLIENT_ID", "app"),
            ("NETEXPLORER_APPLICATION_TYPE", "client"),
        ];
        let connection = read(Vendor::NetExplorer, &set).unwrap();
        let Authentication::OAuth(oauth) = &connection.authentication else { panic!() };
        assert_eq!(oauth.flow, OAuthFlow::AuthorizationCode);
    }

    #[test]
    fn every_missing_variable_is_named() {
        for (vendor, names) in [
            (Vendor::NetX, &["NETX_URL", "NETX_API_KEY"][..]),
            (
                Vendor::MediaValet,
                &[
                    "MEDIAVALET_SUBSCRIPTION_KEY",
                    "MEDIAVALET_CLIENT_ID",
                    "MEDIAVALET_CLIENT_SECRET",
                ],
            ),
            (
                Vendor::NetExplorer,
                &["NETEXPLORER_URL", "NETEXPLORER_CLIENT_ID", "NETEXPLORER_CLIENT_SECRET"],
            ),
        ] {
            let error = read(vendor, &[]).unwrap_err();
            let missing: Vec<_> = error.problems().iter().map(FieldProblem::kind).collect();
            let expected: Vec<_> = names
                .iter()
                .map(|name| FieldProblemKind::EnvMissing { name: (*name).to_owned() })
                .collect();
            assert_eq!(missing, expected.iter().collect::<Vec<_>>(), "{vendor}");
        }
    }

    #[test]
    fn a_faulty_variable_is_named_without_its_value() {
        let set = [("NETX_URL", "http://canary.example"), ("NETX_API_KEY", " ")];
        let error = read(Vendor::NetX, &set).unwrap_err().to_string();
        assert!(error.contains("Endpoint URL (NETX_URL): must begin with https://"), "{error}");
        assert!(error.contains("the environment variable NETX_API_KEY is blank"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }

    #[test]
    fn a_key_and_a_client_id_conflict() {
        let set = [
            ("NETX_URL", "https://acme.netx.net"),
            ("NETX_API_KEY", "canary"),
            ("NETX_CLIENT_ID", "app"),
            ("NETX_CLIENT_SECRET", "canary"),
        ];
        let error = read(Vendor::NetX, &set).unwrap_err();
        assert!(
            matches!(error.problems(), [problem] if problem.path() == "NETX_API_KEY"),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_text_is_named() {
        use std::os::unix::ffi::OsStringExt as _;
        let error = from_variables(Vendor::NetX, |name| {
            (name == "NETX_URL").then(|| OsString::from_vec(vec![0xff]))
        });
        let error = error.unwrap_err().to_string();
        assert!(error.contains("the environment variable NETX_URL is not UTF-8"), "{error}");
    }
}
