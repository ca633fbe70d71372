//! `oneteg connection`: connections are the profiles of the user's configuration folder.

mod add;
mod draft;
mod import;
mod list;
mod remove;
mod show;
mod test;

use clap::CommandFactory as _;
use oneteg_auth::ProfileError;

use crate::{
    arguments::{Arguments, connection::ConnectionCommand},
    context::Context,
    error::CliError,
};

pub(crate) use remove::report_sign_out;
pub(crate) use show::sign_in_kind;

pub(crate) async fn run(context: &Context, command: ConnectionCommand) -> Result<(), CliError> {
    match command {
        ConnectionCommand::Add(arguments) => add::run(context, *arguments).await,
        ConnectionCommand::List(arguments) => list::run(context, &arguments),
        ConnectionCommand::Show(arguments) => show::run(context, &arguments),
        ConnectionCommand::Test(arguments) => test::run(context, &arguments).await,
        ConnectionCommand::Remove(arguments) => remove::run(context, &arguments).await,
        ConnectionCommand::Import(arguments) => import::run(context, &arguments).await,
    }
}

/// Refuses names that cannot be those of files, and names that `oneteg <CONNECTION>` cannot reach, because a command has
/// them.
fn check_name(context: &Context, name: &str) -> Result<(), CliError> {
    if let Err(error @ ProfileError::InvalidName { .. }) = context.profiles.load(name) {
        return Err(error.into());
    }
    let command = Arguments::command();
    let is_command = command.get_subcommands().any(|command| command.get_name() == name);
    if is_command || name == "help" {
        let message =
            format!("`{name}` is a command of oneteg, so a connection cannot have this name");
        return Err(
            CliError::usage(message).with_hint("choose another name, such as that of the customer")
        );
    }
    Ok(())
}
