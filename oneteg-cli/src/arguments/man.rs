//! `oneteg man`.

use clap::Args;

/// Writes manual pages
#[derive(Debug, Clone, Args)]
pub(crate) struct ManArguments {}
