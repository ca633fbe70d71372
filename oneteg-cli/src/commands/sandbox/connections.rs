//! The connections to a sandbox: as profiles, and as commands that add them.

use oneteg_auth::{
    ApplicationType, Authentication, Connection, Connector, OAuthFlow, OAuthSettings, Profiles,
    Vendor,
};
use oneteg_sandbox::{Sandbox, netexplorer};
use url::Url;

use super::fault::SandboxVendor;
use crate::error::CliError;

/// A connection to a stand-in.
pub(super) struct SandboxConnection {
    pub(super) vendor: SandboxVendor,
    pub(super) url: String,
    pub(super) connection: Connection,
}

impl SandboxConnection {
    /// The name of the profile.
    pub(super) fn name(&self) -> String {
        format!("sandbox-{}", self.vendor.name())
    }
}

/// The connections to all stand-ins. Their credentials are the same at each start, and published.
pub(super) fn of(sandbox: &Sandbox) -> [SandboxConnection; 3] {
    let netx = sandbox.netx_url().to_owned();
    let mediavalet = sandbox.mediavalet_url().to_owned();
    let netexplorer = sandbox.netexplorer_url();
    let account = sandbox.mediavalet().account();

    let key = Authentication::api_key(sandbox.netx_api_key());
    let netx_connection = at(&netx, Connection::new("NetX sandbox", Connector::NETX_V1_0, key));

    let mut oauth = OAuthSettings::new(OAuthFlow::AuthorizationCode, &account.client_id);
    oauth.client_secret = Some(account.client_secret.as_str().into());
    oauth.token_url = Some(format!("{mediavalet}/connect/token"));
    oauth.authorization_url = Some(format!("{mediavalet}/connect/authorize"));
    oauth.revocation_url = Some(format!("{mediavalet}/connect/revocation"));
    let connection = Connection::new("MediaValet sandbox", Connector::MEDIAVALET_V1_0, oauth);
    let mut mediavalet_connection = at(&mediavalet, connection);
    mediavalet_connection.subscription_key = Some(account.subscription_key.as_str().into());

    let mut oauth =
        OAuthSettings::new(OAuthFlow::ClientCredentials, netexplorer::SERVER_APPLICATION);
    oauth.application_type = Some(ApplicationType::Server);
    oauth.client_secret = Some(netexplorer::SERVER_SECRET.into());
    let connection = Connection::new("NetExplorer sandbox", Connector::NETEXPLORER_V1_0, oauth);
    let netexplorer_connection = at(&netexplorer, connection);

    [
        SandboxConnection { vendor: SandboxVendor::NetX, url: netx, connection: netx_connection },
        SandboxConnection {
            vendor: SandboxVendor::MediaValet,
            url: mediavalet,
            connection: mediavalet_connection,
        },
        SandboxConnection {
            vendor: SandboxVendor::NetExplorer,
            url: netexplorer,
            connection: netexplorer_connection,
        },
    ]
}

fn at(url: &str, mut connection: Connection) -> Connection {
    connection.endpoint_url = Some(url.to_owned());
    connection
}

/// Adds the connections as profiles; those that an earlier sandbox left are replaced.
pub(super) fn add(profiles: &Profiles, connections: &[SandboxConnection]) -> Result<(), CliError> {
    for connection in connections {
        let name = connection.name();
        if let Ok(existing) = profiles.load(&name)
            && !is_here(&existing)
        {
            let message = format!("the connection `{name}` exists and is not one of a sandbox");
            let hint = format!("Rename it, or remove it with `oneteg connection remove {name}`");
            return Err(CliError::usage(message).with_hint(hint));
        }
    }
    for connection in connections {
        profiles.replace(&connection.name(), &connection.connection)?;
    }
    Ok(())
}

/// Removes the connections that this sandbox added and no other one has replaced since.
pub(super) fn remove(profiles: &Profiles, connections: &[SandboxConnection]) {
    for connection in connections {
        let name = connection.name();
        let is_own = profiles
            .load(&name)
            .is_ok_and(|existing| existing.endpoint_url == connection.connection.endpoint_url);
        if is_own {
            // What cannot be removed is replaced by the next sandbox.
            let _ = profiles.remove(&name);
        }
    }
}

fn is_here(connection: &Connection) -> bool {
    let url = connection.endpoint_url.as_deref().and_then(|url| Url::parse(url).ok());
    url.is_some_and(|url| oneteg_auth::is_loopback(&url))
        && matches!(
            connection.connector.vendor(),
            Vendor::NetX | Vendor::MediaValet | Vendor::NetExplorer
        )
}
