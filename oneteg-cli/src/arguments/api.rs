//! `oneteg api`.

use clap::Args;

use super::{CallArguments, FileArguments, OutputArguments};

/// Calls any endpoint of a connection, also one that no operation is known for
#[derive(Debug, Clone, Args)]
pub(crate) struct ApiArguments {
    /// The connection
    pub(crate) connection: String,
    /// The HTTP method; `rpc` calls a remote procedure of NetX
    pub(crate) method: String,
    /// The path below the base URL of the connection, with its query, or a URL of the same server; the name of the
    /// procedure for `rpc`
    pub(crate) path: String,
    /// Adds a parameter to the query; repeatable
    #[arg(long, short, value_name = "NAME=VALUE")]
    pub(crate) param: Vec<String>,
    /// The body, or the list of parameters of a procedure: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", conflicts_with = "file", allow_negative_numbers = true)]
    pub(crate) json: Option<String>,
    /// A file to send as the body, or - for standard input; `;type=image/png` may follow
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<String>,
    #[command(flatten)]
    pub(crate) call: CallArguments,
    #[command(flatten)]
    pub(crate) to: FileArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}
