//! `oneteg connection add`.

use oneteg_auth::{Connection, ProfileError, SecretSource, Vendor};

use super::{
    check_name,
    draft::{Draft, with_scheme},
    show::{SignInKind, sign_in_kind},
};
use crate::{
    arguments::connection::{AddArguments, SignIn},
    context::Context,
    error::CliError,
    prompt,
};

pub(super) async fn run(context: &Context, arguments: AddArguments) -> Result<(), CliError> {
    check_name(context, &arguments.name)?;
    // Before anything is asked.
    if !arguments.replace && context.profiles.list()?.contains(&arguments.name) {
        return Err(ProfileError::Exists { name: arguments.name }.into());
    }
    let (name, replace) = (arguments.name.clone(), arguments.replace);
    let connection = if arguments.from_env {
        from_env(&arguments)?
    } else {
        from_arguments(context, arguments).await?
    };
    store(context, &name, &connection, replace)?;
    context.note(format_args!("Added the connection {name} ({}).", connection.connector.vendor()));
    context.note(next_step(&name, &connection));
    Ok(())
}

/// Writes a profile.
pub(super) fn store(
    context: &Context,
    name: &str,
    connection: &Connection,
    replace: bool,
) -> Result<(), CliError> {
    match replace {
        true => Ok(context.profiles.replace(name, connection)?),
        false => Ok(context.profiles.add(name, connection)?),
    }
}

/// What to do with a new connection.
pub(super) fn next_step(name: &str, connection: &Connection) -> String {
    match sign_in_kind(connection) {
        SignInKind::Browser => format!("Next, sign in: oneteg auth login {name}"),
        _ => format!("Next, see whether it works: oneteg connection test {name}"),
    }
}

fn from_env(arguments: &AddArguments) -> Result<Connection, CliError> {
    let Some(vendor) = arguments.vendor.map(Vendor::from) else {
        return Err(CliError::usage("--from-env needs --vendor"));
    };
    let mut connection = Connection::from_env(vendor)?;
    connection.connection_name.clone_from(&arguments.name);
    // A profile that cannot be used now would only fail later.
    connection.resolve()?;
    Ok(connection)
}

async fn from_arguments(
    context: &Context,
    arguments: AddArguments,
) -> Result<Connection, CliError> {
    let mut draft = Draft::new(context.terminal.stdin);
    let vendor = match arguments.vendor {
        Some(vendor) => vendor.into(),
        None => draft.vendor().await?,
    };
    let sign_in = match arguments.sign_in {
        Some(sign_in) => sign_in,
        None if arguments.api_key.is_some() => SignIn::ApiKey,
        None => draft.sign_in(vendor, &arguments).await?,
    };
    draft.url = arguments.url.map(|url| with_scheme(&url));
    draft.client_id = arguments.client_id;
    draft.scopes = arguments.scopes;
    draft.token_url = arguments.token_url;
    draft.authorization_url = arguments.authorization_url;
    draft.revocation_url = arguments.revocation_url;
    draft.redirect_uri = arguments.redirect_uri;
    draft.header_scheme = arguments.header_scheme;
    draft.client_auth = arguments.client_auth;
    // In the order in which lines of standard input are read.
    draft.api_key = secret("--api-key", arguments.api_key).await?;
    draft.client_secret = secret("--client-secret", arguments.client_secret).await?;
    draft.subscription_key = secret("--subscription-key", arguments.subscription_key).await?;
    draft.complete(vendor, sign_in).await?;
    draft.connection(&arguments.name, vendor, sign_in)
}

/// A secret of the command line: a reference, a line of standard input, or a value that everyone may know.
async fn secret(flag: &str, given: Option<String>) -> Result<Option<SecretSource>, CliError> {
    let Some(given) = given else { return Ok(None) };
    if given == "-" {
        return Ok(Some(prompt::secret_from_stdin().await?.into()));
    }
    if !["env:", "file:", "inline:"].iter().any(|prefix| given.starts_with(prefix)) {
        let message = format!("{flag} has a value that other users of this machine could read");
        return Err(CliError::usage(message).with_hint(
            "use env:NAME for a variable, file:PATH for a file, - for a line of standard input, or leave it out to \
             type it",
        ));
    }
    Ok(Some(anchored(given.into())?))
}

/// A reference to a file that means the same file wherever `oneteg` runs later.
pub(super) fn anchored(source: SecretSource) -> Result<SecretSource, CliError> {
    match source {
        SecretSource::File(path) => Ok(SecretSource::File(std::path::absolute(path)?)),
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_on_the_command_line_is_refused() {
        let error = secret("--api-key", Some("canary".into())).await.unwrap_err();
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        for given in ["env:KEY", "file:/run/key", "inline:k3y"] {
            assert!(secret("--api-key", Some(given.into())).await.unwrap().is_some(), "{given}");
        }
        let file = secret("--api-key", Some("file:key".into())).await.unwrap().unwrap();
        assert!(matches!(file, SecretSource::File(path) if path.is_absolute()));
    }
}
