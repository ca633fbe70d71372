//! `oneteg completions`: what a shell needs to complete the commands and options.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::{
    arguments::{Arguments, completions::CompletionsArguments},
    context::Context,
    error::CliError,
};

pub(crate) async fn run(
    _context: &Context,
    arguments: CompletionsArguments,
) -> Result<(), CliError> {
    let mut command = Arguments::command();
    // `generate` panics if it cannot write, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "oneteg", &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script).and_then(|()| out.flush()).map_err(CliError::output)
}
