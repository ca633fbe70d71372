//! `oneteg` alone: what it can do, and the first steps for a person without a connection.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::{arguments::Arguments, client::FIRST_STEPS, context::Context, error::CliError};

pub(crate) fn run(context: &Context) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    let mut print = |text: &str| out.write_all(text.as_bytes()).map_err(CliError::output);
    print(&Arguments::command().render_help().ansi().to_string())?;
    let names = context.profiles.list()?;
    if names.is_empty() {
        print(&format!("\nThere is no connection yet.\n{FIRST_STEPS}\n"))?;
    } else {
        print(&format!("\nConnections: {}\n", names.join(", ")))?;
    }
    io::stdout().flush().map_err(CliError::output)
}
