//! `oneteg mcp`.

use clap::Args;

/// Lets an assistant use connections, over the Model Context Protocol
///
/// Serves on standard input and output. An assistant can search operations, read their descriptions, and call those that
/// only read. Register the command `oneteg mcp` with the assistant, with the names of the connections that it may use.
#[derive(Debug, Clone, Args)]
pub(crate) struct McpArguments {
    /// The connections that the assistant may use; all if none is given
    #[arg(value_name = "CONNECTION")]
    pub(crate) connections: Vec<String>,
    /// Also allows operations that change something at the vendor
    #[arg(long)]
    pub(crate) allow_writes: bool,
    /// Allows only the operations of these tags, separated by commas
    ///
    /// `oneteg <CONNECTION>` lists the tags of a connection.
    #[arg(long, value_delimiter = ',', value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// The largest result in bytes; what does not fit is left out, with a note on how to get it
    #[arg(long, default_value_t = 40_000, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub(crate) max_result: u32,
}
