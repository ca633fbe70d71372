//! `oneteg connection show`: the settings without secrets.

use oneteg_auth::{Authentication, Connection, OAuthFlow, OAuthSettings, SecretSource};
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    arguments::connection::ShowArguments, client, context::Context, error::CliError,
    output::Printer,
};

pub(super) fn run(context: &Context, arguments: &ShowArguments) -> Result<(), CliError> {
    let connection = client::load(context, &arguments.name)?;
    let mut printer = Printer::new(context, &arguments.output)?;
    let mut shown = settings(&connection);
    shown.insert("name".into(), arguments.name.as_str().into());
    let sessions = context.settings.sessions(&arguments.name).kind.name();
    if matches!(connection.authentication, Authentication::OAuth(_)) {
        shown.insert("sessions".into(), sessions.into());
    }
    printer.value(shown.into())?;
    printer.finish()
}

/// How a connection signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignInKind {
    ApiKey,
    Browser,
    ClientCredentials,
    None,
}

impl SignInKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "api-key",
            Self::Browser => "browser",
            Self::ClientCredentials => "client-credentials",
            Self::None => "none",
        }
    }
}

pub(crate) fn sign_in_kind(connection: &Connection) -> SignInKind {
    match &connection.authentication {
        Authentication::ApiKey { .. } => SignInKind::ApiKey,
        Authentication::OAuth(oauth) if oauth.flow == OAuthFlow::ClientCredentials => {
            SignInKind::ClientCredentials
        }
        Authentication::OAuth(_) => SignInKind::Browser,
        _ => SignInKind::None,
    }
}

/// The settings that are given, with the place of each secret.
fn settings(connection: &Connection) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value);
        }
    };
    set("vendor", Some(connection.connector.vendor().profile().name.into()));
    set("connector", Some(connection.connector.to_string().into()));
    set("url", connection.endpoint_url.as_deref().map(url));
    set("signIn", Some(sign_in_kind(connection).name().into()));
    set("subscriptionKey", connection.subscription_key.as_ref().map(secret));
    match &connection.authentication {
        Authentication::ApiKey { api_key } => set("apiKey", Some(secret(api_key))),
        Authentication::OAuth(oauth) => oauth_settings(oauth, set),
        _ => {}
    }
    shown
}

fn oauth_settings(oauth: &OAuthSettings, mut set: impl FnMut(&str, Option<Value>)) {
    set("clientId", Some(oauth.client_id.as_str().into()));
    set("clientSecret", oauth.client_secret.as_ref().map(secret));
    set("applicationType", oauth.application_type.map(|kind| kind.key().into()));
    set("scopes", oauth.scopes.as_ref().map(|scopes| scopes.iter().collect()));
    set("tokenUrl", oauth.token_url.as_deref().map(url));
    set("authorizationUrl", oauth.authorization_url.as_deref().map(url));
    set("revocationUrl", oauth.revocation_url.as_deref().map(url));
    set("discoveryUrl", oauth.discovery_url.as_deref().map(url));
    set("redirectUri", oauth.redirect_uri.as_deref().map(url));
    set("headerScheme", oauth.header_scheme.as_deref().map(Into::into));
    set("clientAuth", oauth.client_auth.map(|how| how.key().into()));
    set("issuer", oauth.issuer.as_deref().map(Into::into));
}

/// Where a secret is.
fn secret(source: &SecretSource) -> Value {
    match source {
        SecretSource::Env(name) => json!(format!("env:{name}")),
        SecretSource::File(path) => json!(format!("file:{}", path.display())),
        _ => json!("(stored)"),
    }
}

/// A URL without the parts in which people put secrets.
pub(super) fn url(given: &str) -> Value {
    let Ok(mut url) = Url::parse(given) else { return json!("(not a URL)") };
    if url.cannot_be_a_base() {
        return json!("(not a URL of a server)");
    }
    let has_secrets =
        !url.username().is_empty() || url.password().is_some() || url.query().is_some();
    if !has_secrets {
        return json!(given);
    }
    // These fail only for URLs without a host, which have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    json!(url.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let connection = Connection::from_toml(
            r#"
            connection_name = "acme"
            connector = "netxConnector-v1.0"
            endpoint_url = "https://acme.netx.net"
            [authentication]
            type = "oauth"
            flow = "authorization_code"
            client_id = "app"
            client_secret = "canary"
            token_url = "https://acme.netx.net/token"
            scopes = ["a", "b"]
            "#,
        );
        let shown = settings(&connection.unwrap());
        assert!(!Value::from(shown.clone()).to_string().contains("canary"), "{shown:?}");
        assert_eq!(shown["clientSecret"], "(stored)");
        assert_eq!(shown["tokenUrl"], "https://acme.netx.net/token");
        assert_eq!(shown["scopes"], json!(["a", "b"]));
        assert_eq!(shown["signIn"], "browser");
        assert_eq!(secret(&"env:KEY".into()), "env:KEY");
        assert_eq!(
            url("https://user:canary@acme.example/a?b=canary#c"),
            "https://acme.example/a#c"
        );
        assert_eq!(url("canary"), "(not a URL)");
    }
}
