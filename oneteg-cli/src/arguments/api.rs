//! `oneteg api`.

use clap::Args;

/// Calls any endpoint of a connection
#[derive(Debug, Clone, Args)]
pub(crate) struct ApiArguments {
    /// The connection
    pub(crate) connection: String,
    /// The HTTP method
    pub(crate) method: String,
    /// The path below the base URL of the connection
    pub(crate) path: String,
    #[command(flatten)]
    pub(crate) output: super::OutputArguments,
}
