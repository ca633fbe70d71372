//! `oneteg auth migrate`.

use crate::{arguments::auth::MigrateArguments, context::Context, error::CliError};

#[cfg(not(feature = "postgres"))]
pub(super) async fn run(_: &Context, _: &MigrateArguments) -> Result<(), CliError> {
    Err(crate::client::not_built(crate::settings::StoreKind::Postgres))
}

#[cfg(feature = "postgres")]
pub(super) async fn run(context: &Context, arguments: &MigrateArguments) -> Result<(), CliError> {
    use std::io::{self, Write as _};

    use crate::{client::postgres_builder, settings::StoreKind};

    let mut all = context.settings.all_sessions();
    let chosen = all.find(|settings| settings.kind == StoreKind::Postgres);
    let settings = chosen.cloned().unwrap_or_default();
    let mut builder = postgres_builder(&settings, url(&settings, arguments)?)?;
    if let Some(role) = &arguments.grant_to {
        builder = builder.grant_to(role);
    }
    if arguments.print {
        let script = builder.migration_script()?;
        return io::stdout().lock().write_all(script.as_bytes()).map_err(CliError::output);
    }
    let migration = builder.migrate().await?;
    context.note(match migration.from {
        from if from == migration.to => {
            format!("The tables of sessions have version {from} already.")
        }
        0 => format!("Created the tables of sessions (version {}).", migration.to),
        from => format!("Updated the tables of sessions from version {from} to {}.", migration.to),
    });
    Ok(())
}

/// The URL of the arguments, or that of the settings file. For a script, none is needed.
#[cfg(feature = "postgres")]
fn url(
    settings: &crate::settings::SessionSettings,
    arguments: &MigrateArguments,
) -> Result<oneteg_auth::Secret, CliError> {
    use oneteg_auth::{Secret, SecretSource};

    use crate::client::database;

    let Some(url) = &arguments.url else {
        if arguments.print && settings.url.is_none() {
            return Ok(Secret::new("postgres://localhost/postgres"));
        }
        return database::url(settings);
    };
    let source = SecretSource::from(url.as_str());
    if !source.is_reference() {
        let message = "--url has a value that other users of this machine could read";
        return Err(CliError::usage(message)
            .with_hint("use env:NAME for a variable or file:PATH for a file"));
    }
    database::resolve("url", &source)
}
