//! `oneteg doctor`: what is wrong, and what to do.
//!
//! | Module | Examines |
//! |---|---|
//! | `files` | the folder of connections and sessions |
//! | `network` | the path to a server: `proxy`, name, connection, TLS (`failure`), an HTTP response, the `clock` |
//! | `store` | where the session is kept |
//! | `access` | session, scopes and credential |
//! | `report` | nothing: prints the findings |
//!
//! An examination of a connection stops at the first step that fails, because the later ones would fail for the same
//! reason.

mod access;
mod clock;
mod failure;
mod files;
mod finding;
mod network;
mod proxy;
mod report;
mod store;

use oneteg_auth::{ResolvedAuthentication, ResolvedConnection};
use url::Url;

use self::finding::Finding;
use crate::{arguments::doctor::DoctorArguments, client, context::Context, error::CliError};

pub(crate) async fn run(context: &Context, arguments: DoctorArguments) -> Result<(), CliError> {
    let names = match arguments.connections.is_empty() {
        true => context.profiles.list()?,
        false => arguments.connections,
    };
    let mut findings = files::examine(context.profiles.folder());
    if names.is_empty() {
        let remedy = "Add one with `oneteg connection add NAME`; without an account, try `oneteg sandbox --connect`";
        findings.push(Finding::warning("connections", "there is no connection", remedy));
    }
    for name in &names {
        let found = connection(context, name).await;
        findings.extend(found.into_iter().map(|finding| finding.of(name)));
    }
    report::print(context, arguments.json, &findings)?;
    let problems = findings.iter().filter(|finding| finding.is_problem()).count();
    match problems {
        0 => Ok(()),
        1 => Err(CliError::failure("1 problem was found")),
        problems => Err(CliError::failure(format!("{problems} problems were found"))),
    }
}

async fn connection(context: &Context, name: &str) -> Vec<Finding> {
    const CHECK: &str = "settings";
    let resolved = match client::resolve(context, name) {
        Ok(resolved) => resolved,
        Err(error) => {
            let remedy = error.hint().map_or_else(
                || format!("Correct the settings: `oneteg connection show {name}`"),
                str::to_owned,
            );
            return vec![Finding::problem(CHECK, error.message(), remedy)];
        }
    };
    let vendor = resolved.connector.vendor();
    let shown = resolved.endpoint_url.origin().ascii_serialization();
    let mut findings = vec![Finding::ok(CHECK, format!("{vendor} at {shown}"))];
    for url in servers(&resolved) {
        let found = network::examine(&url).await;
        let stop = found.iter().any(Finding::is_problem);
        findings.extend(found);
        if stop {
            return findings;
        }
    }
    if let Some(found) = store::examine(context, name, &resolved).await {
        let stop = found.is_problem();
        findings.push(found);
        if stop {
            return findings;
        }
    }
    match client::connect(context, name).await {
        Ok(connected) => findings.extend(access::examine(&connected).await),
        Err(error) => {
            let remedy = error.hint().unwrap_or("Check the settings of the connection");
            findings.push(Finding::problem("session", error.message(), remedy));
        }
    }
    findings
}

/// The servers of a connection, each once.
fn servers(connection: &ResolvedConnection) -> Vec<Url> {
    let mut servers = vec![connection.endpoint_url.clone()];
    if let ResolvedAuthentication::OAuth(settings) = &connection.authentication
        && settings.token_url.origin() != connection.endpoint_url.origin()
    {
        servers.push(settings.token_url.clone());
    }
    servers
}
