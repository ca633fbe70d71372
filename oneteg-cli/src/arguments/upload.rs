//! `oneteg upload`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::transfer::TransferArguments;

/// What happens to a file whose name the folder already has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum IfExists {
    /// It gets a new version, unless its content is the same
    #[default]
    Version,
    /// Nothing is uploaded
    Skip,
    /// A second file of the name is added (NetX, MediaValet)
    Add,
}

/// Uploads files
///
/// An upload that was interrupted continues when the same command runs again: MediaValet and NetExplorer keep the parts
/// that arrived, NetX starts the file over. The exit code is 5 if a part of the files was uploaded.
#[derive(Debug, Clone, Args)]
pub(crate) struct UploadArguments {
    /// The connection
    pub(crate) connection: String,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The folder: a path such as `Press/Images`, or `id:341`
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: String,
    /// Creates the folder if it does not exist
    #[arg(long)]
    pub(crate) create: bool,
    /// The name at the vendor, of a single file
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// What happens if the folder has a file of the name
    ///
    /// MediaValet lists a new file once it has processed it. An upload of the same name before that makes a second file.
    #[arg(long, value_enum, default_value_t, value_name = "ACTION")]
    pub(crate) if_exists: IfExists,
    #[command(flatten)]
    pub(crate) transfer: TransferArguments,
}
