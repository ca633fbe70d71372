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
mod overview;
#[cfg(feature = "sandbox")]
mod sandbox;
mod sync;
mod upload;
mod verify;

use std::{process::ExitCode, time::Duration};

use tokio::time::timeout;

use crate::{
    arguments::{Arguments, Command},
    context::Context,
    error::{CliError, Exit},
    interrupt::Interrupt,
};

/// The longest wait at the end for a refresh in the background.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(10);

/// Runs the command, prints its error, and returns the exit code.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let context = match Context::new(&arguments.global) {
        Ok(context) => context,
        Err(error) => return error.print(),
    };
    // The workers handle Ctrl-C and the connections while a command computes on the main thread.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return CliError::from(error).print(),
    };
    let result = runtime.block_on(async {
        let interrupt = Interrupt::listen();
        let result = match arguments.command {
            Some(command) => execute(&context, command, &interrupt).await,
            None => overview::run(&context),
        };
        // A refresh in the background stores its token before the program ends.
        let _ = timeout(BACKGROUND_LIMIT, oneteg_auth::wait_for_background_tasks()).await;
        result
    });
    // A read of standard input that nobody finishes would hold up the end.
    runtime.shutdown_background();
    match result {
        Ok(()) => Exit::Ok.into(),
        Err(error) => context.advise(error).print(),
    }
}

/// Runs the command until it ends or Ctrl-C is pressed.
async fn execute(
    context: &Context,
    command: Command,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    let stops_itself = stops_itself(&command);
    let work = dispatch(context, command, interrupt);
    if stops_itself {
        return work.await;
    }
    tokio::select! {
        result = work => result,
        () = interrupt.pressed() => Err(CliError::interrupted()),
    }
}

/// Whether a command has to clean up after Ctrl-C, and so waits for [`Interrupt::pressed`] itself.
fn stops_itself(command: &Command) -> bool {
    match command {
        Command::Upload(_) | Command::Download(_) | Command::Sync(_) | Command::Verify(_) => true,
        // It removes its connections.
        #[cfg(feature = "sandbox")]
        Command::Sandbox(_) => true,
        _ => false,
    }
}

async fn dispatch(
    context: &Context,
    command: Command,
    interrupt: &Interrupt,
) -> Result<(), CliError> {
    // Boxed: otherwise the future of the largest command is on the stack of every one.
    match command {
        Command::Connection(command) => Box::pin(connection::run(context, command)).await,
        Command::Auth(command) => Box::pin(auth::run(context, command)).await,
        Command::Api(arguments) => Box::pin(api::run(context, arguments)).await,
        Command::Upload(arguments) => Box::pin(upload::run(context, arguments, interrupt)).await,
        Command::Download(arguments) => {
            Box::pin(download::run(context, arguments, interrupt)).await
        }
        Command::Sync(arguments) => Box::pin(sync::run(context, arguments, interrupt)).await,
        #[cfg(feature = "mcp")]
        Command::Mcp(arguments) => Box::pin(mcp::run(context, arguments)).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => Box::pin(sandbox::run(context, arguments, interrupt)).await,
        Command::Verify(arguments) => Box::pin(verify::run(context, arguments, interrupt)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(context, arguments)).await,
        Command::Completions(arguments) => Box::pin(completions::run(context, arguments)).await,
        Command::Man(arguments) => Box::pin(man::run(context, arguments)).await,
        Command::Operation(words) => Box::pin(operation::run(context, words)).await,
    }
}
