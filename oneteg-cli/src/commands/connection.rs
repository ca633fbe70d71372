//! `oneteg connection`.

use crate::{arguments::connection::ConnectionCommand, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _command: ConnectionCommand) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg connection` is not implemented yet"))
}
