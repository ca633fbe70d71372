//! `oneteg sync`.

use crate::{
    arguments::sync::SyncArguments, context::Context, error::CliError, interrupt::Interrupt,
};

pub(crate) async fn run(
    _context: &Context,
    _arguments: SyncArguments,
    _interrupt: &Interrupt,
) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg sync` is not implemented yet"))
}
