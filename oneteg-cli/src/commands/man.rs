//! `oneteg man`.

use crate::{arguments::man::ManArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: ManArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg man` is not implemented yet"))
}
