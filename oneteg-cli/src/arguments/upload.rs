//! `oneteg upload`.

use clap::Args;

/// Uploads files
#[derive(Debug, Clone, Args)]
pub(crate) struct UploadArguments {}
