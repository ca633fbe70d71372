//! `oneteg doctor`.

use crate::{arguments::doctor::DoctorArguments, context::Context, error::CliError};

pub(crate) async fn run(_context: &Context, _arguments: DoctorArguments) -> Result<(), CliError> {
    Err(CliError::failure("`oneteg doctor` is not implemented yet"))
}
