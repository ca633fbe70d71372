//! `oneteg download`.

use crate::{arguments::download::DownloadArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: DownloadArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg download` is not implemented yet"))
}
