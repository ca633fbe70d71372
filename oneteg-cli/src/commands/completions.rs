//! `oneteg completions`.

use crate::{arguments::completions::CompletionsArguments, context::Context, error::CliError};

pub(crate) async fn run(
    _context: &Context,
    _arguments: CompletionsArguments,
) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg completions` is not implemented yet"))
}
