//! `oneteg api`.

use crate::{arguments::api::ApiArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: ApiArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg api` is not implemented yet"))
}
