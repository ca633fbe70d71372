//! `oneteg upload`.

use crate::{arguments::upload::UploadArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: UploadArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg upload` is not implemented yet"))
}
