//! `oneteg connection list`.

use serde_json::{Value, json};

use super::show::{sign_in_kind, url};
use crate::{
    arguments::connection::ListArguments, context::Context, error::CliError, output::Printer,
};

pub(super) fn run(context: &Context, arguments: &ListArguments) -> Result<(), CliError> {
    let names = context.profiles.list()?;
    let mut printer = Printer::new(context, &arguments.output)?;
    if names.is_empty() {
        context.note("There is no connection yet. Add one: oneteg connection add NAME");
        context.note("Without an account: oneteg sandbox --connect");
    }
    let rows: Vec<Value> = names.iter().map(|name| row(context, name)).collect();
    printer.value(rows.into())?;
    printer.finish()
}

/// A connection; one that cannot be read is listed with the reason.
fn row(context: &Context, name: &str) -> Value {
    match context.profiles.load(name) {
        Ok(connection) => {
            let profile = connection.connector.vendor().profile();
            let endpoint = connection.endpoint_url.as_deref().or(profile.endpoint.fixed);
            json!({
                "name": name,
                "vendor": profile.name,
                "signIn": sign_in_kind(&connection).name(),
                "url": endpoint.map(url),
            })
        }
        Err(error) => json!({ "name": name, "problem": error.to_string() }),
    }
}
