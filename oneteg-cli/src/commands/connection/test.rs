//! `oneteg connection test`.

use std::{
    io::{self, Write as _},
    time::Instant,
};

use crate::{
    arguments::connection::TestArguments,
    client::{self, probe},
    context::Context,
    error::{CliError, Exit},
    output::printable,
};

pub(super) async fn run(context: &Context, arguments: &TestArguments) -> Result<(), CliError> {
    let name = &arguments.name;
    let connected = client::connect(context, name).await?;
    let start = Instant::now();
    let caller = probe::call(&connected).await.map_err(|error| advised(error, name))?;
    let took = start.elapsed().as_millis();
    let vendor = connected.connection.connector.vendor();
    let origin = connected.connection.endpoint_url.origin().ascii_serialization();
    let line = format!(
        "{name} works: {vendor} at {origin} responds to {} in {took} ms\n",
        printable(&caller)
    );
    io::stdout().lock().write_all(line.as_bytes()).map_err(CliError::output)
}

/// The error with the command that finds the cause.
fn advised(error: CliError, name: &str) -> CliError {
    if error.hint().is_some() {
        return error;
    }
    match error.exit() {
        Exit::Failure => error.with_hint(format!("oneteg doctor {name} finds out where it fails")),
        _ => error,
    }
}
