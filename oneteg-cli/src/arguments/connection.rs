//! `oneteg connection`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::OutputArguments;

/// Adds, lists, tests and removes connections
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    Add(AddArguments),
    List(ListArguments),
    Show(ShowArguments),
    Test(TestArguments),
    Remove(RemoveArguments),
    Import(ImportArguments),
}

/// A vendor, as it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VendorName {
    Netx,
    Mediavalet,
    Netexplorer,
}

/// Adds a connection; asks for what is not given
#[derive(Debug, Clone, Args)]
pub(crate) struct AddArguments {
    /// The name of the connection, such as `acme`
    pub(crate) name: String,
    /// The vendor
    #[arg(long, value_enum)]
    pub(crate) vendor: Option<VendorName>,
}

/// Lists the connections
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Shows the settings of a connection, without secrets
#[derive(Debug, Clone, Args)]
pub(crate) struct ShowArguments {
    /// The connection
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Calls the vendor once to see whether a connection works
#[derive(Debug, Clone, Args)]
pub(crate) struct TestArguments {
    /// The connection
    pub(crate) name: String,
}

/// Signs out of a connection and removes it
#[derive(Debug, Clone, Args)]
pub(crate) struct RemoveArguments {
    /// The connection
    pub(crate) name: String,
}

/// Adds the connections of settings files
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArguments {
    /// TOML files, each with the settings of one connection
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
}
