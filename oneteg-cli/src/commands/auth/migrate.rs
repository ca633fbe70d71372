//! `oneteg auth migrate`.

use std::io::{self, Write as _};

use oneteg_auth::SecretSource;

use crate::{
    arguments::auth::MigrateArguments,
    client::{database, postgres_builder},
    context::Context,
    error::CliError,
    settings::StoreKind,
};

pub(super) async fn run(context: &Context, arguments: &MigrateArguments) -> Result<(), CliError> {
    let mut all = context.settings.all_sessions();
    let chosen = all.find(|settings| settings.kind == StoreKind::Postgres);
    let settings = chosen.cloned().unwrap_or_default();
    let url = match &arguments.url {
        Some(url) => {
            let source = SecretSource::from(url.as_str());
            if !source.is_reference() {
                return Err(CliError::usage(
                    "--url has a value that other users of this machine could read",
                )
                .with_hint("use env:NAME for a variable or file:PATH for a file"));
            }
            database::resolve("url", &source)?
        }
        None => database::url(&settings)?,
    };
    let mut builder = postgres_builder(&settings, url)?;
    if let Some(role) = &arguments.grant_to {
        builder = builder.grant_to(role);
    }
    if arguments.print {
        let script = builder.migration_script()?;
        return io::stdout().lock().write_all(script.as_bytes()).map_err(CliError::output);
    }
    let migration = builder.migrate().await?;
    context.note(format_args!("The tables of sessions are up to date: {migration:?}"));
    Ok(())
}
