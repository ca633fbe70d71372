//! `oneteg mcp`.

use crate::{arguments::mcp::McpArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: McpArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg mcp` is not implemented yet"))
}
