//! `oneteg auth status`.

use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use oneteg_auth::{StoredSession, Tokens};
use serde_json::{Map, Value, json};

use crate::{
    arguments::auth::StatusArguments, client, commands::connection::sign_in_kind, context::Context,
    error::CliError, output::Printer,
};

pub(super) async fn run(context: &Context, arguments: &StatusArguments) -> Result<(), CliError> {
    let mut printer = Printer::new(context, &arguments.output)?;
    let Some(name) = &arguments.connection else {
        let mut rows = Vec::new();
        for name in context.profiles.list()? {
            rows.push(Value::Object(match status(context, &name, arguments.check).await {
                Ok(status) => status,
                // One connection that cannot be read hides no other.
                Err(error) => problem(&name, &error),
            }));
        }
        if rows.is_empty() {
            context.note(format_args!("There is no connection yet.\n{}", client::FIRST_STEPS));
        }
        printer.value(rows.into())?;
        return printer.finish();
    };
    let status = status(context, name, arguments.check).await?;
    let is_signed_in = status["signedIn"] == true;
    printer.value(status.into())?;
    printer.finish()?;
    match is_signed_in {
        true => Ok(()),
        false => Err(CliError::refused(format!("nobody is signed in to {name}"))
            .with_hint(format!("to sign in: oneteg auth login {name}"))),
    }
}

fn problem(name: &str, error: &CliError) -> Map<String, Value> {
    Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("signedIn".to_owned(), json!(false)),
        ("problem".to_owned(), json!(error.message())),
    ])
}

/// What is known of the session of a connection. An API key and an application count as signed in.
async fn status(
    context: &Context,
    name: &str,
    check: bool,
) -> Result<Map<String, Value>, CliError> {
    let settings = client::load(context, name)?;
    let mut status = Map::new();
    status.insert("name".into(), name.into());
    status.insert("vendor".into(), settings.connector.vendor().profile().name.into());
    status.insert("signIn".into(), sign_in_kind(&settings).name().into());
    let connection = client::resolve(context, name)?;
    let Some(key) = connection.session_key() else {
        status.insert("signedIn".into(), true.into());
        return Ok(status);
    };
    let store = client::token_store(context, name, &connection)?;
    status.insert("sessions".into(), context.settings.sessions(name).kind.name().into());
    if check {
        let session = connection.credential(store.clone())?.oauth;
        if let Some(session) = session {
            status.insert("signedIn".into(), session.is_signed_in().await?.into());
        }
    }
    let stored = store.load(&key).await?;
    let is_application = sign_in_kind(&settings).name() == "client-credentials";
    describe(&mut status, stored.as_ref(), is_application);
    Ok(status)
}

fn describe(status: &mut Map<String, Value>, stored: Option<&StoredSession>, is_application: bool) {
    let tokens = stored.and_then(|stored| stored.tokens.as_ref());
    let age = stored.map_or(Duration::MAX, |stored| stored.age);
    let has_session =
        tokens.is_some_and(|tokens| tokens.refresh.is_some() || !is_expired(tokens, age));
    status.entry("signedIn").or_insert((has_session || is_application).into());
    let Some(tokens) = tokens else { return };
    let claims = tokens.id_token.as_ref().and_then(|token| token.claims());
    let user = claims.and_then(|claims| claims.name.or(claims.preferred_username).or(claims.email));
    if let Some(user) = user {
        status.insert("user".into(), user.into());
    }
    if !tokens.scopes.is_empty() {
        status.insert("scopes".into(), tokens.scopes.join(" ").into());
    }
    let left = tokens.lifetime.and_then(|lifetime| lifetime.checked_sub(age));
    let token = match (tokens.lifetime, left) {
        (None, _) => "valid until the vendor refuses it".to_owned(),
        (_, Some(left)) => {
            let end = Utc::now() + left;
            status
                .insert("expiresAt".into(), end.to_rfc3339_opts(SecondsFormat::Secs, true).into());
            "valid".to_owned()
        }
        _ if tokens.refresh.is_some() || is_application => "renewed at the next call".to_owned(),
        _ => "expired".to_owned(),
    };
    status.insert("accessToken".into(), token.into());
}

fn is_expired(tokens: &Tokens, age: Duration) -> bool {
    tokens.lifetime.is_some_and(|lifetime| lifetime <= age)
}

#[cfg(test)]
mod tests {
    use oneteg_auth::CredentialVersion;

    use super::*;

    fn described(tokens: Option<Tokens>, age: u64, is_application: bool) -> Map<String, Value> {
        let mut stored = StoredSession::new(CredentialVersion::default());
        if let Some(tokens) = tokens {
            stored = stored.with_tokens(tokens, Duration::from_secs(age));
        }
        let mut status = Map::new();
        describe(&mut status, Some(&stored), is_application);
        status
    }

    #[test]
    fn a_session_is_described_without_its_tokens() {
        let hour = Duration::from_secs(3600);
        let tokens = || Tokens::new("canary").with_lifetime(hour).with_scopes(["a", "b"]);
        let valid = described(Some(tokens()), 60, false);
        assert_eq!((&valid["signedIn"], &valid["accessToken"]), (&json!(true), &json!("valid")));
        assert_eq!(valid["scopes"], "a b");
        assert!(valid.contains_key("expiresAt") && !format!("{valid:?}").contains("canary"));
        let renewed = described(Some(tokens().with_refresh("canary")), 4000, false);
        assert_eq!(renewed["signedIn"], true);
        assert_eq!(renewed["accessToken"], "renewed at the next call");
        let expired = described(Some(tokens()), 4000, false);
        assert_eq!(
            (&expired["signedIn"], &expired["accessToken"]),
            (&json!(false), &json!("expired"))
        );
        assert_eq!(described(None, 0, false)["signedIn"], false);
        assert_eq!(described(None, 0, true)["signedIn"], true, "an application signs in by itself");
    }
}
