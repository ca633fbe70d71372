//! `oneteg sandbox`.

use crate::{arguments::sandbox::SandboxArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: SandboxArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg sandbox` is not implemented yet"))
}
