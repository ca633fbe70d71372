//! `oneteg doctor`.

use clap::Args;

/// Finds out what is wrong, and what to do about it
///
/// Examines the files of `oneteg`, the proxy, the path to each server, TLS, the clock, the store of sessions, the session,
/// its scopes and the credential.
///
/// Sends a request without a credential to each server of a connection, then calls an operation that changes nothing.
/// Exits with 1 if there is a problem.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArguments {
    /// The connections to examine; all if none is given
    #[arg(value_name = "CONNECTION")]
    pub(crate) connections: Vec<String>,
    /// Prints the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
}
