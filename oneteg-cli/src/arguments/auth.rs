//! `oneteg auth`.

use clap::{Args, Subcommand};

use super::OutputArguments;

/// Signs in and out, and shows sessions
#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    Login(LoginArguments),
    Status(StatusArguments),
    Logout(LogoutArguments),
    Token(TokenArguments),
    Migrate(MigrateArguments),
}

/// Signs in to a connection
///
/// Opens the system's browser and waits until the sign-in is finished there. Without a browser, it shows the URL to
/// open. Does nothing if somebody is signed in already.
#[derive(Debug, Clone, Args)]
pub(crate) struct LoginArguments {
    /// The connection
    pub(crate) connection: String,
    /// Shows the URL instead of opening a browser. The browser has to run on this machine
    #[arg(long, conflicts_with = "paste")]
    pub(crate) no_browser: bool,
    /// Shows the URL, for a browser on any machine, and asks for the address at which that browser ends
    #[arg(long)]
    pub(crate) paste: bool,
    /// Signs in again, also if somebody is signed in
    #[arg(long)]
    pub(crate) again: bool,
    /// How long to wait for the browser, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) timeout: u64,
}

/// Shows who is signed in
///
/// Reads the stored sessions, without asking the vendor. With the name of a connection, the exit code is 3 if nobody is
/// signed in to it.
#[derive(Debug, Clone, Args)]
pub(crate) struct StatusArguments {
    /// The connection; all if it is not given
    pub(crate) connection: Option<String>,
    /// Renews expired sessions, which shows whether the vendor has ended them
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Signs out of a connection, here and at the vendor
#[derive(Debug, Clone, Args)]
pub(crate) struct LogoutArguments {
    /// The connection
    pub(crate) connection: String,
}

/// Prints the access token of a connection, for other programs
///
/// The token is renewed first if it is due. It is not printed on a terminal.
#[derive(Debug, Clone, Args)]
pub(crate) struct TokenArguments {
    /// The connection
    pub(crate) connection: String,
    /// Prints the header of requests, such as `authorization: Bearer TOKEN`, as `curl --header @-` reads it
    #[arg(long)]
    pub(crate) header: bool,
}

/// Creates or updates the tables of sessions in PostgreSQL
///
/// Run it once for each database, and after an update of `oneteg`, as a user who may create tables.
#[derive(Debug, Clone, Args)]
pub(crate) struct MigrateArguments {
    /// The URL of the database, as `env:NAME` or `file:PATH`; by default, that of the settings file
    #[arg(long, value_name = "SECRET")]
    pub(crate) url: Option<String>,
    /// The role that sessions are used as, which gets the rights it needs
    #[arg(long, value_name = "ROLE")]
    pub(crate) grant_to: Option<String>,
    /// Prints the statements instead of running them
    #[arg(long)]
    pub(crate) print: bool,
}
