//! `oneteg sync`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::transfer::TransferArguments;

/// Makes a folder equal to another, up or down
///
/// Only what differs is transferred. Files are compared by the checksum that the vendor gives, otherwise by size and
/// date. A file on the target that an earlier sync did not put there is not replaced without --overwrite, and nothing is
/// deleted without --delete. A sync that was interrupted at any moment continues when the same command runs again.
///
/// The exit code is 5 if some files could not be transferred.
#[derive(Debug, Clone, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum SyncCommand {
    /// From a folder on disk to one at the vendor, which is created if it does not exist
    Up(UpArguments),
    /// From a folder at the vendor to one on disk, which is created if it does not exist
    Down(DownArguments),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct UpArguments {
    /// The connection
    pub(crate) connection: String,
    /// The folder on disk
    #[arg(value_name = "FOLDER")]
    pub(crate) local: PathBuf,
    /// The folder at the vendor: a path such as `Press/Images`, or `id:341`
    #[arg(value_name = "TARGET")]
    pub(crate) remote: String,
    #[command(flatten)]
    pub(crate) options: SyncArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DownArguments {
    /// The connection
    pub(crate) connection: String,
    /// The folder at the vendor: a path such as `Press/Images`, or `id:341`
    #[arg(value_name = "FOLDER")]
    pub(crate) remote: String,
    /// The folder on disk
    #[arg(value_name = "TARGET")]
    pub(crate) local: PathBuf,
    #[command(flatten)]
    pub(crate) options: SyncArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SyncArguments {
    /// Prints what would be done, and changes nothing
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
    /// Deletes what only the target has, after asking; not if something failed
    #[arg(long)]
    pub(crate) delete: bool,
    /// Deletes without asking
    #[arg(long, requires = "delete")]
    pub(crate) yes: bool,
    /// Replaces files on the target that differ and are not from an earlier sync
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) transfer: TransferArguments,
}
