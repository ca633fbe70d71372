//! `oneteg auth`: the OAuth sessions of connections.

mod login;
mod migrate;
mod status;
mod token;

use crate::{
    arguments::auth::{AuthCommand, LogoutArguments},
    client,
    commands::connection::report_sign_out,
    context::Context,
    error::CliError,
};

pub(crate) async fn run(context: &Context, command: AuthCommand) -> Result<(), CliError> {
    match command {
        AuthCommand::Login(arguments) => login::run(context, &arguments).await,
        AuthCommand::Status(arguments) => status::run(context, &arguments).await,
        AuthCommand::Logout(arguments) => logout(context, &arguments).await,
        AuthCommand::Token(arguments) => token::run(context, &arguments).await,
        AuthCommand::Migrate(arguments) => migrate::run(context, &arguments).await,
    }
}

async fn logout(context: &Context, arguments: &LogoutArguments) -> Result<(), CliError> {
    let name = &arguments.connection;
    let Some(session) = client::session(context, name).await? else {
        return Err(no_session(name));
    };
    report_sign_out(context, name, &session.sign_out().await?);
    context.note(format_args!("Signed out of {name}."));
    Ok(())
}

/// The connection has no session, because it does not use OAuth.
fn no_session(name: &str) -> CliError {
    CliError::usage(format!(
        "{name} uses an API key, so there is no session to sign in to or out of"
    ))
    .with_hint(format!(
        "to end its access, revoke the key at the vendor and run: oneteg connection remove {name}"
    ))
}
