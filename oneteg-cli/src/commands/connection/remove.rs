//! `oneteg connection remove`.

use oneteg_auth::{Connection, SignedOut};

use crate::{
    arguments::connection::RemoveArguments, client, context::Context, error::CliError, prompt,
};

pub(super) async fn run(context: &Context, arguments: &RemoveArguments) -> Result<(), CliError> {
    let name = &arguments.name;
    // A profile that cannot be read can be removed all the same.
    let connection = match client::load(context, name) {
        Err(error) if !context.profiles.list()?.contains(name) => return Err(error),
        read => read.ok(),
    };
    if !arguments.yes {
        prompt::confirm(context, &format!("Remove the connection {name} with its settings?"))
            .await?;
    }
    if !arguments.keep_session {
        sign_out(context, name, connection.as_ref()).await?;
    }
    context.profiles.remove(name)?;
    context.note(format_args!("Removed the connection {name}."));
    Ok(())
}

async fn sign_out(
    context: &Context,
    name: &str,
    connection: Option<&Connection>,
) -> Result<(), CliError> {
    let session = match client::session(context, name).await {
        Ok(Some(session)) => session,
        Ok(None) => return Ok(()),
        Err(error) => {
            if connection.is_none_or(|connection| connection.resolve().is_err()) {
                // Without its settings, nobody knows which session it is.
                context.warn(format_args!("a session of {name} is not signed out: {error}"));
                return Ok(());
            }
            return Err(keep(&error));
        }
    };
    let signed_out = session.sign_out().await.map_err(|error| keep(&error.into()))?;
    report_sign_out(context, name, &signed_out);
    Ok(())
}

fn keep(error: &CliError) -> CliError {
    CliError::new(error.exit(), format!("the session is not signed out: {}", error.message()))
        .with_hint(
            "nothing was removed; --keep-session removes the connection and leaves the session",
        )
}

/// Reports what the vendor did not revoke.
pub(crate) fn report_sign_out(context: &Context, name: &str, signed_out: &SignedOut) {
    if let Some(error) = &signed_out.not_revoked {
        context.warn(format_args!("the tokens of {name} work until they expire: {error}"));
    }
    if let Some(error) = &signed_out.not_read {
        context.warn(format_args!(
            "the stored session was damaged, so its tokens are not revoked: {error}"
        ));
    }
}
