//! `oneteg sync`.

use crate::{arguments::sync::SyncArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: SyncArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg sync` is not implemented yet"))
}
