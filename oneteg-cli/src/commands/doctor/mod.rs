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

use oneteg_auth::{FieldProblemKind, ProfileError, ResolvedAuthentication, ResolvedConnection};
use url::Url;

use self::finding::Finding;
use crate::{
    arguments::doctor::DoctorArguments,
    client,
    context::Context,
    error::{CliError, Exit},
};

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
    let mut unknown = None;
    for name in &names {
        let loaded = client::load(context, name).err();
        unknown = unknown.or(loaded.filter(|error| error.exit() == Exit::NotFound));
        let found = connection(context, name).await;
        findings.extend(found.into_iter().map(|finding| finding.of(name)));
    }
    report::print(context, arguments.json, &findings)?;
    // The report has it as well; programs see it by the exit code.
    if let Some(error) = unknown {
        return Err(error);
    }
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
            let hint = error.hint().unwrap_or_default();
            if error.exit() == Exit::NotFound {
                return vec![Finding::problem(CHECK, error.message(), hint)];
            }
            // Several problems are on separate lines.
            let lines = std::iter::once(error.message()).chain(hint.lines());
            let found = lines.collect::<Vec<_>>().join("; ");
            return vec![Finding::problem(CHECK, found, correction(context, name))];
        }
    };
    let vendor = resolved.connector.vendor();
    let shown = shown(&resolved.endpoint_url);
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

/// How to correct settings: by the variables that are missing, or in the file.
fn correction(context: &Context, name: &str) -> String {
    let file = context.profiles.folder().join("connections").join(format!("{name}.toml"));
    let error = match context.profiles.load(name) {
        Ok(connection) => connection.resolve().err(),
        Err(ProfileError::Settings { source, .. }) => Some(source),
        Err(_) => None,
    };
    let problems = error.iter().flat_map(|error| error.problems());
    let missing: Vec<&str> = problems
        .filter_map(|problem| match problem.kind() {
            FieldProblemKind::EnvMissing { name } | FieldProblemKind::EnvBlank { name } => {
                Some(name.as_str())
            }
            _ => None,
        })
        .collect();
    match missing.as_slice() {
        [] => format!("Correct {}", file.display()),
        names => format!("Set {}, or correct {}", names.join(" and "), file.display()),
    }
}

/// A URL without the parts in which people put secrets.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path().trim_end_matches('/'))
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
