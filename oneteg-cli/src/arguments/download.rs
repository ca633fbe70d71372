//! `oneteg download`.

use clap::Args;

/// Downloads files
#[derive(Debug, Clone, Args)]
pub(crate) struct DownloadArguments {}
