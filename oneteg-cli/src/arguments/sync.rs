//! `oneteg sync`.

use clap::Args;

/// Makes a folder equal to another, up or down
#[derive(Debug, Clone, Args)]
pub(crate) struct SyncArguments {}
