//! What each command does.

mod api;
mod auth;
mod completions;
mod connection;
mod doctor;
mod download;
mod man;
#[cfg(feature = "mcp")]
mod mcp;
mod operation;
#[cfg(feature = "sandbox")]
mod sandbox;
mod sync;
mod upload;

use std::process::ExitCode;

use crate::{
    arguments::{Arguments, Command},
    context::Context,
    error::{CliError, Exit},
};

/// Runs the command, prints its error, and returns the exit code.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let context = match Context::new(&arguments.global) {
        Ok(context) => context,
        Err(error) => return error.print(),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return CliError::from(error).print(),
    };
    let result = runtime.block_on(async {
        let result = dispatch(&context, arguments.command).await;
        // A refresh in the background stores its token before the program ends.
        let _ =
            tokio::time::timeout(BACKGROUND_LIMIT, oneteg_auth::wait_for_background_tasks()).await;
        result
    });
    // Blocking reads of standard input would hold up the end.
    runtime.shutdown_background();
    match result {
        Ok(()) => Exit::Ok.into(),
        Err(error) => error.print(),
    }
}

/// The longest wait for a refresh in the background at the end.
const BACKGROUND_LIMIT: std::time::Duration = std::time::Duration::from_secs(10);

async fn dispatch(context: &Context, command: Command) -> Result<(), CliError> {
    // Boxed: otherwise the future of the largest command is on the stack of every one.
    match command {
        Command::Connection(command) => Box::pin(connection::run(context, command)).await,
        Command::Auth(command) => Box::pin(auth::run(context, command)).await,
        Command::Api(arguments) => Box::pin(api::run(context, arguments)).await,
        Command::Upload(arguments) => Box::pin(upload::run(context, arguments)).await,
        Command::Download(arguments) => Box::pin(download::run(context, arguments)).await,
        Command::Sync(arguments) => Box::pin(sync::run(context, arguments)).await,
        #[cfg(feature = "mcp")]
        Command::Mcp(arguments) => Box::pin(mcp::run(context, arguments)).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => Box::pin(sandbox::run(context, arguments)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(context, arguments)).await,
        Command::Completions(arguments) => Box::pin(completions::run(context, arguments)).await,
        Command::Man(arguments) => Box::pin(man::run(context, arguments)).await,
        Command::Operation(words) => Box::pin(operation::run(context, words)).await,
    }
}
