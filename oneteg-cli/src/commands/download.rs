//! `oneteg download`.

use crate::{
    arguments::download::DownloadArguments, context::Context, error::CliError, interrupt::Interrupt,
};

pub(crate) async fn run(
    _context: &Context,
    _arguments: DownloadArguments,
    _interrupt: &Interrupt,
) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg download` is not implemented yet"))
}
