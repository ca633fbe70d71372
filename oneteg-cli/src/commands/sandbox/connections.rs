//! The connections to a sandbox: as profiles, and as commands that add them.

use std::{net::TcpStream, time::Duration};

use oneteg_auth::{
    ApplicationType, Authentication, Connection, Connector, OAuthFlow, OAuthSettings, Profiles,
    Secret,
};
use oneteg_sandbox::{Sandbox, netexplorer};
use url::Url;

use super::vendor::SandboxVendor;
use crate::error::CliError;

/// A connection to a stand-in.
pub(super) struct SandboxConnection {
    pub(super) vendor: SandboxVendor,
    pub(super) url: String,
    pub(super) connection: Connection,
    /// The options of `oneteg connection add`, a line each.
    options: Vec<String>,
}

impl SandboxConnection {
    /// The name of the profile.
    pub(super) fn name(&self) -> String {
        format!("sandbox-{}", self.vendor.name())
    }

    /// The command that adds the connection, in several lines. The credentials are published, so they may be shown.
    pub(super) fn command(&self) -> String {
        let mut command =
            format!("  oneteg connection add {} --vendor {}", self.name(), self.vendor.name());
        for option in &self.options {
            command.push_str(" \\\n    ");
            command.push_str(option);
        }
        command
    }
}

/// The connections to all stand-ins. Their credentials are the same at each start.
pub(super) fn of(sandbox: &Sandbox) -> [SandboxConnection; 3] {
    [netx(sandbox), mediavalet(sandbox), netexplorer(sandbox)]
}

fn netx(sandbox: &Sandbox) -> SandboxConnection {
    let (url, key) = (sandbox.netx_url(), sandbox.netx_api_key());
    let authentication = Authentication::api_key(key);
    SandboxConnection {
        vendor: SandboxVendor::NetX,
        url: url.to_owned(),
        connection: at(url, Connection::new("NetX sandbox", Connector::NETX_V1_0, authentication)),
        options: vec![format!("--url {url} --api-key inline:{key}")],
    }
}

fn mediavalet(sandbox: &Sandbox) -> SandboxConnection {
    let (url, account) = (sandbox.mediavalet_url(), sandbox.mediavalet().account());
    let (token_url, authorization_url) =
        (format!("{url}/connect/token"), format!("{url}/connect/authorize"));
    let (id, secret, key) = (&account.client_id, &account.client_secret, &account.subscription_key);
    let mut oauth = OAuthSettings::new(OAuthFlow::AuthorizationCode, id);
    oauth.client_secret = Some(secret.as_str().into());
    oauth.token_url = Some(token_url.clone());
    oauth.authorization_url = Some(authorization_url.clone());
    let connection = Connection::new("MediaValet sandbox", Connector::MEDIAVALET_V1_0, oauth);
    let mut connection = at(url, connection);
    connection.subscription_key = Some(key.as_str().into());
    SandboxConnection {
        vendor: SandboxVendor::MediaValet,
        url: url.to_owned(),
        connection,
        options: vec![
            format!("--url {url} --sign-in browser"),
            format!("--client-id {id} --client-secret inline:{secret}"),
            format!("--subscription-key inline:{key}"),
            format!("--token-url {token_url}"),
            format!("--authorization-url {authorization_url}"),
        ],
    }
}

fn netexplorer(sandbox: &Sandbox) -> SandboxConnection {
    let url = sandbox.netexplorer_url();
    let (id, secret) = (netexplorer::SERVER_APPLICATION, netexplorer::SERVER_SECRET);
    let mut oauth = OAuthSettings::new(OAuthFlow::ClientCredentials, id);
    oauth.application_type = Some(ApplicationType::Server);
    oauth.client_secret = Some(secret.into());
    let connection = Connection::new("NetExplorer sandbox", Connector::NETEXPLORER_V1_0, oauth);
    SandboxConnection {
        vendor: SandboxVendor::NetExplorer,
        connection: at(&url, connection),
        options: vec![
            format!("--url {url} --sign-in client-credentials"),
            format!("--client-id {id} --client-secret inline:{secret}"),
        ],
        url,
    }
}

fn at(url: &str, mut connection: Connection) -> Connection {
    connection.endpoint_url = Some(url.to_owned());
    connection
}

/// How long a sandbox that runs may take to accept a connection.
const LIMIT: Duration = Duration::from_secs(1);

/// Adds the connections as profiles. Those that a sandbox left which no longer runs are replaced.
pub(super) fn add(profiles: &Profiles, connections: &[SandboxConnection]) -> Result<(), CliError> {
    let names = profiles.list()?;
    for connection in connections.iter().filter(|connection| names.contains(&connection.name())) {
        let name = connection.name();
        let existing = profiles.load(&name).ok();
        let remove = format!("emove it with `oneteg connection remove {name}`");
        let left = existing.as_ref().and_then(|existing| address(existing, connection));
        let Some(left) = left else {
            let message = format!("the connection `{name}` exists and is not one of a sandbox");
            return Err(CliError::usage(message).with_hint(format!("R{remove}")));
        };
        // What listens at an address of this sandbox is this sandbox.
        if left != connection.url && responds(&left) {
            let message = format!("the connection `{name}` leads to another sandbox, which runs");
            return Err(CliError::usage(message)
                .with_hint(format!("Stop that sandbox and r{remove} if it is still there")));
        }
    }
    for connection in connections {
        profiles.replace(&connection.name(), &connection.connection)?;
    }
    Ok(())
}

/// Removes the connections that this sandbox added and nobody has changed since.
pub(super) fn remove(profiles: &Profiles, connections: &[SandboxConnection]) {
    for connection in connections {
        let name = connection.name();
        let is_own = profiles.load(&name).is_ok_and(|existing| {
            address(&existing, connection).is_some_and(|url| url == connection.url)
        });
        if is_own {
            // What cannot be removed is replaced by the next sandbox.
            let _ = profiles.remove(&name);
        }
    }
}

/// The address of a connection, if a sandbox wrote it: then nothing but the address differs from one of this sandbox.
fn address(existing: &Connection, own: &SandboxConnection) -> Option<String> {
    let url = existing.endpoint_url.clone()?;
    let written = |connection: &Connection| connection.to_toml_with_secrets().ok();
    let (existing, own_text) = (written(existing)?, written(&own.connection)?);
    let expected = Secret::new(own_text.expose().replace(&own.url, &url));
    (existing.expose() == expected.expose()).then_some(url)
}

/// Whether something listens at an address of this machine.
fn responds(url: &str) -> bool {
    let url = Url::parse(url).ok().filter(oneteg_auth::is_loopback);
    let addresses = url.and_then(|url| url.socket_addrs(|| None).ok()).unwrap_or_default();
    addresses.iter().any(|address| TcpStream::connect_timeout(address, LIMIT).is_ok())
}
