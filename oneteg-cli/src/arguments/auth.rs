//! `oneteg auth`.

use clap::{Args, Subcommand};

/// Signs in and out, and shows sessions
#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    Login(LoginArguments),
    Status(StatusArguments),
    Logout(LogoutArguments),
    Token(TokenArguments),
}

/// Signs in to a connection
#[derive(Debug, Clone, Args)]
pub(crate) struct LoginArguments {
    /// The connection
    pub(crate) connection: String,
}

/// Shows who is signed in
#[derive(Debug, Clone, Args)]
pub(crate) struct StatusArguments {
    /// The connection; all if it is not given
    pub(crate) connection: Option<String>,
}

/// Signs out of a connection
#[derive(Debug, Clone, Args)]
pub(crate) struct LogoutArguments {
    /// The connection
    pub(crate) connection: String,
}

/// Prints the access token of a connection
#[derive(Debug, Clone, Args)]
pub(crate) struct TokenArguments {
    /// The connection
    pub(crate) connection: String,
}
