//! `oneteg upload`.

use crate::{
    arguments::upload::UploadArguments, context::Context, error::CliError, interrupt::Interrupt,
};

pub(crate) async fn run(
    _context: &Context,
    _arguments: UploadArguments,
    _interrupt: &Interrupt,
) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg upload` is not implemented yet"))
}
