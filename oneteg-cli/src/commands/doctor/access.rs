//! What the vendor lets a connection do: whether somebody is signed in, with which scopes, and whether the credential is
//! accepted.

use std::time::Duration;

use oneteg_auth::{AuthError, OAuth2, OAuthFlow, ResolvedAuthentication, ResolvedConnection};
use tokio::time::timeout;

use super::finding::Finding;
use crate::{
    client::{Connected, probe},
    context::{CLIENT, SUBSCRIPTION_KEY},
    error::{Cause, CliError, Exit},
};

const SESSION: &str = "session";
const SCOPES: &str = "scopes";
const CREDENTIAL: &str = "credential";
/// The time limit of each step.
const LIMIT: Duration = Duration::from_secs(30);

/// Examines the session and the credential of a connection whose server can be reached.
pub(super) async fn examine(connected: &Connected) -> Vec<Finding> {
    let name = &connected.name;
    let mut findings = Vec::new();
    if let Some(session) = connected.client.session() {
        let signed_in = self::session(name, session, &connected.connection).await;
        let stop = signed_in.is_problem();
        findings.push(signed_in);
        if stop {
            findings.push(Finding::skipped(CREDENTIAL, "not examined: there is no session"));
            return findings;
        }
    }
    findings.push(credential(name, connected).await);
    // The first call of an application gets its token.
    if let Some(session) = connected.client.session() {
        findings.extend(scopes(session, &connected.connection).await);
    }
    findings
}

async fn session(name: &str, session: &OAuth2, connection: &ResolvedConnection) -> Finding {
    let sign_in = format!("Run `oneteg auth login {name}`");
    match timeout(LIMIT, session.is_signed_in()).await {
        Ok(Ok(_)) if is_application(connection) => {
            Finding::ok(SESSION, "none needed: an application signs in by itself")
        }
        Ok(Ok(true)) => Finding::ok(SESSION, "signed in"),
        Ok(Ok(false)) => {
            Finding::problem(SESSION, "nobody is signed in, or the session has ended", sign_in)
        }
        Ok(Err(error)) => {
            let remedy = match &error {
                AuthError::Store(_) => format!(
                    "If the session is damaged, sign in again: oneteg auth login {name} --again"
                ),
                error if error.is_transient() => {
                    "Retry later; if this stays, check the token URL of the connection".to_owned()
                }
                _ => sentence(CLIENT),
            };
            Finding::problem(SESSION, error.to_string(), remedy)
        }
        Err(_) => Finding::problem(
            SESSION,
            format!("the store of the sessions does not respond within {} s", LIMIT.as_secs()),
            "Check that the server of the sessions runs and can be reached",
        ),
    }
}

fn is_application(connection: &ResolvedConnection) -> bool {
    match &connection.authentication {
        ResolvedAuthentication::OAuth(settings) => settings.flow == OAuthFlow::ClientCredentials,
        _ => false,
    }
}

/// Calls the vendor once, with an operation that changes nothing.
async fn credential(name: &str, connected: &Connected) -> Finding {
    match timeout(LIMIT, probe::call(connected)).await {
        Ok(Ok(who)) => Finding::ok(CREDENTIAL, format!("accepted: {who}")),
        Ok(Err(error)) => refusal(name, &error, connected),
        Err(_) => Finding::problem(
            CREDENTIAL,
            format!("the vendor's API does not respond within {} s", LIMIT.as_secs()),
            "Retry later; if this stays, tell the vendor",
        ),
    }
}

fn refusal(name: &str, error: &CliError, connected: &Connected) -> Finding {
    let remedy = match error.exit() {
        _ if error.cause() == Cause::Page => {
            "The URL of the connection leads to a web page, or a proxy asks to sign in: compare the URL with the vendor's"
                .to_owned()
        }
        Exit::Refused if error.cause() == Cause::SubscriptionKey => sentence(SUBSCRIPTION_KEY),
        Exit::Refused if error.cause() == Cause::Client || is_application(&connected.connection) => {
            sentence(CLIENT)
        }
        Exit::Refused if connected.client.session().is_some() => format!(
            "Sign in again with `oneteg auth login {name} --again`; if that does not help, the user or application lacks rights \
             at the vendor"
        ),
        Exit::Refused => format!(
            "Check the keys of the connection (`oneteg connection show {name}`): a key may have been revoked, or lack \
             rights at the vendor"
        ),
        Exit::NotFound => {
            "The server is not the vendor's API: check the URL of the connection".to_owned()
        }
        _ => error.hint().unwrap_or("Retry with `--verbose` to see the requests").to_owned(),
    };
    Finding::problem(CREDENTIAL, error.message(), remedy)
}

/// Advice with a capital letter.
fn sentence(advice: &str) -> String {
    let mut letters = advice.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Compares the scopes that the connection requests with those that were granted.
async fn scopes(session: &OAuth2, connection: &ResolvedConnection) -> Option<Finding> {
    let ResolvedAuthentication::OAuth(settings) = &connection.authentication else { return None };
    let granted = timeout(LIMIT, session.scopes()).await.ok()?.ok()?;
    let requested: Vec<String> = settings.scopes.iter().map(str::to_owned).collect();
    Some(compare(&requested, &granted))
}

fn compare(requested: &[String], granted: &[String]) -> Finding {
    // RFC 6749, section 5.1: a server that grants what was requested need not repeat it.
    let shown = if granted.is_empty() { requested.join(" ") } else { granted.join(" ") };
    let missing: Vec<&str> = requested
        .iter()
        .filter(|scope| !granted.is_empty() && !granted.contains(scope))
        // It asks for a refresh token, and is not part of what a token may do.
        .filter(|scope| *scope != "offline_access")
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        let shown = if shown.is_empty() { "none requested".to_owned() } else { shown };
        return Finding::ok(SCOPES, shown);
    }
    Finding::warning(
        SCOPES,
        format!("not granted: {}; granted: {shown}", missing.join(" ")),
        "Allow these scopes for the application at the vendor, or remove them from `scopes` of the connection; then sign \
         in again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::State;

    #[test]
    fn scopes_that_were_not_granted_are_named() {
        let list = |scopes: &str| scopes.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let of = |requested, granted| compare(&list(requested), &list(granted));
        assert_eq!(
            of("openid api offline_access", "openid api"),
            Finding::ok(SCOPES, "openid api")
        );
        assert_eq!(of("a b", ""), Finding::ok(SCOPES, "a b"));
        assert_eq!(of("", ""), Finding::ok(SCOPES, "none requested"));
        let finding = of("openid api assets.write", "openid");
        assert_eq!(finding.state, State::Warning);
        assert_eq!(finding.found, "not granted: api assets.write; granted: openid");
    }
}
