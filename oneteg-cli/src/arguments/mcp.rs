//! `oneteg mcp`.

use clap::Args;

/// Serves connections to assistants (Model Context Protocol, on standard input and output)
#[derive(Debug, Clone, Args)]
pub(crate) struct McpArguments {}
