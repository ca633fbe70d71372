//! `oneteg mcp`: a Model Context Protocol server on standard input and output.
//!
//! | Module | Holds |
//! |---|---|
//! | `access` | which connections and operations an assistant may use |
//! | `tools` | the tools and their arguments |
//! | `server` | the protocol: a call of a tool becomes a result or an error that states what to do |
//! | `search`, `describe`, `call` | what the tools do |
//! | `bound` | results that fit a limit |
//! | `secrets` | results without secrets |
//!
//! Standard output belongs to the protocol; nothing else may be written to it.

mod access;
mod bound;
mod call;
mod describe;
mod search;
mod secrets;
mod server;
mod tools;

use rmcp::{ServiceExt as _, service::ServerInitializeError, transport::io::stdio_pipes};

use self::{access::Access, server::Server};
use crate::{arguments::mcp::McpArguments, context::Context, error::CliError};

pub(crate) async fn run(context: &Context, arguments: McpArguments) -> Result<(), CliError> {
    let McpArguments { connections, allow_writes, tags, max_result } = arguments;
    let access = Access::new(context, &connections, allow_writes, &tags)?;
    if context.terminal.stdin {
        context.note(
            "waiting for an assistant that speaks the Model Context Protocol; Ctrl-C ends this",
        );
    }
    let limit = usize::try_from(max_result).unwrap_or(usize::MAX);
    let server = Server::new(context.clone(), access, limit);
    let running = match server.serve(stdio_pipes()).await {
        Ok(running) => running,
        // An assistant that ends before it has begun.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        // Not quoted: it has what was received.
        Err(_) => {
            return Err(CliError::failure("the assistant does not begin with the protocol"));
        }
    };
    match running.waiting().await {
        Ok(_) => Ok(()),
        Err(error) => Err(CliError::failure(format!("the server ended: {error}"))),
    }
}
