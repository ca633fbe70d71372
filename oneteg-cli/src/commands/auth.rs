//! `oneteg auth`.

use crate::{arguments::auth::AuthCommand, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _command: AuthCommand) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg auth` is not implemented yet"))
}
