//! `oneteg man`.

use std::path::PathBuf;

use clap::Args;

/// Prints a manual page, or writes all of them to a folder
///
/// `oneteg man | man -l -` reads the page of `oneteg` itself.
#[derive(Debug, Clone, Args)]
pub(crate) struct ManArguments {
    /// The command, such as `connection add`; `oneteg` itself if it is not given
    pub(crate) command: Vec<String>,
    /// Writes one page for each command to this folder, which is created
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    pub(crate) folder: Option<PathBuf>,
}
