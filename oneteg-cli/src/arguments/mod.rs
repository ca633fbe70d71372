//! The command line.

pub(crate) mod api;
pub(crate) mod auth;
pub(crate) mod call;
pub(crate) mod completions;
pub(crate) mod connection;
pub(crate) mod doctor;
pub(crate) mod download;
pub(crate) mod global;
pub(crate) mod man;
#[cfg(feature = "mcp")]
pub(crate) mod mcp;
pub(crate) mod output;
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox;
pub(crate) mod sync;
pub(crate) mod transfer;
pub(crate) mod upload;
pub(crate) mod verify;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub(crate) use call::{CallArguments, FileArguments, ListArguments};
pub(crate) use global::GlobalArguments;
pub(crate) use output::OutputArguments;

const EXIT_CODES: &str = "\
Exit codes:
    0  everything was done
    1  the command failed
    2  the command line, a setting or an address is wrong; nothing was done
    3  nobody is signed in, or the vendor refused the credential or right
    4  there is no such connection, operation, object or file
    5  a part was done
  130  interrupted with Ctrl-C
  141  the reader of the output has gone";

/// Works with NetX, MediaValet and NetExplorer.
///
/// `oneteg <CONNECTION>` lists the operations of a connection; `oneteg <CONNECTION> <OPERATION>` calls one.
#[derive(Debug, Parser)]
#[command(
    name = "oneteg",
    version,
    allow_external_subcommands = true,
    after_long_help = EXIT_CODES
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(subcommand, arg_required_else_help = true)]
    Connection(connection::ConnectionCommand),
    #[command(subcommand, arg_required_else_help = true)]
    Auth(auth::AuthCommand),
    Api(api::ApiArguments),
    Upload(upload::UploadArguments),
    Download(download::DownloadArguments),
    #[command(subcommand)]
    Sync(sync::SyncCommand),
    #[cfg(feature = "mcp")]
    Mcp(mcp::McpArguments),
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::SandboxArguments),
    Doctor(doctor::DoctorArguments),
    Verify(verify::VerifyArguments),
    Completions(completions::CompletionsArguments),
    Man(man::ManArguments),
    /// The name of a connection, and what follows it.
    #[command(external_subcommand)]
    Operation(Vec<OsString>),
}
