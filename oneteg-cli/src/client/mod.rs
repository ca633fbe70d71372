//! A client of any vendor, from the name of a connection.

pub(crate) mod probe;
mod store;

use std::{io, sync::Arc};

use oneteg_auth::{
    Connection, MemoryStore, OAuth2, ProfileError, ResolvedConnection, TokenStore, Vendor,
};
use oneteg_http::{Interceptor, RetryPolicy, Runtime, RuntimeBuilder, Transport, WireLog};

use crate::{
    context::Context,
    error::{CliError, nearest as nearest_name},
};

#[cfg(not(feature = "postgres"))]
pub(crate) use store::not_built;
pub(crate) use store::token_store;
#[cfg(feature = "postgres")]
pub(crate) use store::{database, postgres_builder};

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

/// Reads the settings of a connection. Variables and files that they name are not read yet.
///
/// # Errors
/// For an unknown name, with the most similar connection or command, or the first steps if there is no connection.
pub(crate) fn load(context: &Context, name: &str) -> Result<Connection, CliError> {
    context.profiles.load(name).map_err(|error| advised(name, error))
}

/// Reads a connection, with its secrets.
///
/// # Errors
/// As [`load`], and if a variable or file that the settings name is missing.
pub(crate) fn resolve(context: &Context, name: &str) -> Result<ResolvedConnection, CliError> {
    let vendor = load(context, name)?.connector.vendor();
    context.profiles.resolve(name, vendor).map_err(|error| advised(name, error))
}

fn advised(name: &str, error: ProfileError) -> CliError {
    let hint = match &error {
        ProfileError::Unknown { nearest, known, .. } => {
            let command = crate::command();
            let commands = command.get_subcommands().map(clap::Command::get_name);
            match nearest_name(name, commands).first() {
                Some(command) if nearest.is_none() => {
                    Some(format!("did you mean the command oneteg {command}?"))
                }
                _ if known.is_empty() => Some(FIRST_STEPS.to_owned()),
                _ => Some("oneteg connection list shows the connections".to_owned()),
            }
        }
        ProfileError::InvalidName { .. } => {
            Some("oneteg connection list shows the connections".to_owned())
        }
        _ => None,
    };
    match (CliError::from(error), hint) {
        (error, Some(hint)) => error.with_hint(hint),
        (error, None) => error,
    }
}

/// What a person does who has no connection yet.
pub(crate) const FIRST_STEPS: &str = "\
To add a connection:  oneteg connection add NAME
Without an account:   oneteg sandbox --connect";

/// The session of a connection; `None` if it does not use OAuth. Sends nothing.
///
/// # Errors
/// As [`resolve`]; if the store of sessions cannot be opened.
pub(crate) async fn session(context: &Context, name: &str) -> Result<Option<OAuth2>, CliError> {
    let connection = resolve(context, name)?;
    let store = token_store(context, name, &connection)?;
    context.set_current(name, connection.session_key().is_some());
    Ok(connection.credential(store)?.oauth)
}

/// Makes the client of a connection. Sends nothing; databases of sessions are opened.
pub(crate) async fn connect(context: &Context, name: &str) -> Result<Connected, CliError> {
    let connection = resolve(context, name)?;
    let store = token_store(context, name, &connection)?;
    context.set_current(name, connection.session_key().is_some());
    build(context, name, connection, store, Via::Http)
}

/// Makes a client whose calls end at `interceptor`: no session is opened, and no wire log written.
pub(crate) fn connect_dry(
    context: &Context,
    name: &str,
    interceptor: Arc<dyn Interceptor>,
) -> Result<Connected, CliError> {
    let connection = resolve(context, name)?;
    let store = Arc::new(MemoryStore::new());
    build(context, name, connection, store, Via::Interceptor(interceptor))
}

/// Makes a client whose requests go through `transport`, with the session of the connection and few retries.
pub(crate) fn connect_through(
    context: &Context,
    name: &str,
    transport: impl Transport,
) -> Result<Connected, CliError> {
    let connection = resolve(context, name)?;
    let store = token_store(context, name, &connection)?;
    context.set_current(name, connection.session_key().is_some());
    let retry = RetryPolicy::builder().max_attempts(2).build();
    let via = Via::Transport(Box::new(move |runtime: RuntimeBuilder| {
        runtime.transport(transport).retry(retry)
    }));
    build(context, name, connection, store, via)
}

/// What the calls of a client go through.
enum Via {
    /// The HTTP client, with a wire log if one is wanted.
    Http,
    /// An interceptor that ends them.
    Interceptor(Arc<dyn Interceptor>),
    /// Another transport, with a wire log if one is wanted.
    Transport(Box<dyn FnOnce(RuntimeBuilder) -> RuntimeBuilder + Send>),
}

fn build(
    context: &Context,
    name: &str,
    connection: ResolvedConnection,
    store: Arc<dyn TokenStore>,
    via: Via,
) -> Result<Connected, CliError> {
    let log = wire_log(context);
    macro_rules! build {
        ($sdk:ident) => {{
            let builder = $sdk::Client::from_connection(&connection, store)?.user_agent(USER_AGENT);
            let (builder, log) = match via {
                Via::Http => (builder, log),
                Via::Interceptor(interceptor) => (builder.interceptor(interceptor), None),
                Via::Transport(change) => (builder.runtime(change), log),
            };
            match log {
                Some(log) => builder.wire_log(log).build()?,
                None => builder.build()?,
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

/// How requests name this program.
pub(crate) const USER_AGENT: &str = concat!("oneteg/", env!("CARGO_PKG_VERSION"));

fn wire_log(context: &Context) -> Option<WireLog> {
    let log = || WireLog::to_writer(io::stderr());
    match context.verbose {
        0 => None,
        1 => Some(log()),
        _ => Some(log().bodies(LOGGED_BODY)),
    }
}
