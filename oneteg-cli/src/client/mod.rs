//! A client of any vendor, from the name of a connection.

mod store;

use std::{io, sync::Arc};

use oneteg_auth::{MemoryStore, OAuth2, ResolvedConnection, TokenStore, Vendor};
use oneteg_http::{Interceptor, Runtime, WireLog};

use crate::{context::Context, error::CliError};

pub(crate) use store::token_store;

/// The beginning of bodies that the wire log shows, in bytes.
const LOGGED_BODY: usize = 4096;

/// A client with its connection.
#[derive(Debug, Clone)]
pub(crate) struct Connected {
    /// The name of the profile.
    pub(crate) name: String,
    pub(crate) connection: ResolvedConnection,
    pub(crate) client: Client,
}

/// The client of a vendor.
#[derive(Debug, Clone)]
pub(crate) enum Client {
    NetX(netx_sdk::Client),
    MediaValet(mediavalet_sdk::Client),
    NetExplorer(netexplorer_sdk::Client),
}

impl Client {
    pub(crate) fn vendor(&self) -> Vendor {
        match self {
            Self::NetX(_) => Vendor::NetX,
            Self::MediaValet(_) => Vendor::MediaValet,
            Self::NetExplorer(_) => Vendor::NetExplorer,
        }
    }

    /// What calls without a method in the SDK run on.
    pub(crate) fn runtime(&self) -> &Runtime {
        match self {
            Self::NetX(client) => client.runtime(),
            Self::MediaValet(client) => client.runtime(),
            Self::NetExplorer(client) => client.runtime(),
        }
    }

    /// The session, if the connection uses OAuth.
    pub(crate) fn session(&self) -> Option<&OAuth2> {
        match self {
            Self::NetX(client) => client.session(),
            Self::MediaValet(client) => client.session(),
            Self::NetExplorer(client) => client.session(),
        }
    }
}

/// Reads a connection, with its secrets.
pub(crate) fn resolve(context: &Context, name: &str) -> Result<ResolvedConnection, CliError> {
    let connection = context.profiles.load(name)?;
    let vendor = connection.connector.vendor();
    Ok(context.profiles.resolve(name, vendor)?)
}

/// Makes the client of a connection. Sends nothing; databases of sessions are opened.
pub(crate) async fn connect(context: &Context, name: &str) -> Result<Connected, CliError> {
    let connection = resolve(context, name)?;
    let store = token_store(context, name, &connection).await?;
    build(context, name, connection, store, None)
}

/// Makes a client whose calls end at `interceptor`: no session is opened, and no wire log written.
pub(crate) fn connect_dry(
    context: &Context,
    name: &str,
    interceptor: Arc<dyn Interceptor>,
) -> Result<Connected, CliError> {
    let connection = resolve(context, name)?;
    build(context, name, connection, Arc::new(MemoryStore::new()), Some(interceptor))
}

fn build(
    context: &Context,
    name: &str,
    connection: ResolvedConnection,
    store: Arc<dyn TokenStore>,
    interceptor: Option<Arc<dyn Interceptor>>,
) -> Result<Connected, CliError> {
    macro_rules! build {
        ($sdk:ident) => {{
            let builder = $sdk::Client::from_connection(&connection, store)?.user_agent(USER_AGENT);
            match (interceptor, wire_log(context)) {
                (Some(interceptor), _) => builder.interceptor(interceptor).build()?,
                (None, Some(log)) => builder.wire_log(log).build()?,
                (None, None) => builder.build()?,
            }
        }};
    }
    let client = match connection.connector.vendor() {
        Vendor::NetX => Client::NetX(build!(netx_sdk)),
        Vendor::MediaValet => Client::MediaValet(build!(mediavalet_sdk)),
        Vendor::NetExplorer => Client::NetExplorer(build!(netexplorer_sdk)),
        vendor => {
            let message = format!("`oneteg` has no operations of the vendor {vendor}");
            return Err(CliError::usage(message));
        }
    };
    Ok(Connected { name: name.to_owned(), connection, client })
}

const USER_AGENT: &str = concat!("oneteg/", env!("CARGO_PKG_VERSION"));

fn wire_log(context: &Context) -> Option<WireLog> {
    let log = || WireLog::to_writer(io::stderr());
    match context.verbose {
        0 => None,
        1 => Some(log()),
        _ => Some(log().bodies(LOGGED_BODY)),
    }
}
