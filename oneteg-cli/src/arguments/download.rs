//! `oneteg download`.

use std::path::PathBuf;

use clap::Args;

use super::transfer::TransferArguments;

/// Downloads files
///
/// A file gets its name when it is complete, of one version, and has the checksum that the vendor gives. A download that
/// was interrupted continues when the same command runs again. The exit code is 5 if a part of the files was downloaded.
#[derive(Debug, Clone, Args)]
pub(crate) struct DownloadArguments {
    /// The connection
    pub(crate) connection: String,
    /// The files: paths such as `Press/Images/harbour.jpg`, or `id:7012`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// The folder to save them in, or the path of a single file
    #[arg(long, value_name = "PATH", default_value = ".", hide_default_value = true)]
    pub(crate) to: PathBuf,
    /// Replaces files on disk that differ
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) transfer: TransferArguments,
}
