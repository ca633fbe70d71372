//! `oneteg <connection> <operation>`: the operations of a vendor, with a command line made from the catalog.

use std::ffi::OsString;

use crate::{context::Context, error::CliError};

/// `words` is the name of the connection and what follows it.
pub(crate) async fn run(_context: &Context, _words: Vec<OsString>) -> Result<(), CliError> {
    Err(CliError::failure("calls of operations are not implemented yet"))
}
