//! `oneteg doctor`.

use clap::Args;

/// Finds out why something does not work: files, clock, proxy, TLS, reachability, session, scopes
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
