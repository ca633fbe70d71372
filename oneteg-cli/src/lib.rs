//! The `oneteg` command: connections, every known operation, transfers, and an MCP server.
//!
//! | Module | Holds |
//! |---|---|
//! | `arguments` | the command line, one file per command |
//! | `commands` | what each command does, one file or folder per command |
//! | `catalog` | the operations of the vendors, read from embedded specifications |
//! | `client` | a client of any vendor from the name of a connection |
//! | `context` | what every command needs: profiles, settings, terminal, verbosity |
//! | `operations` | calls of operations: arguments, requests, pages, help |
//! | `output` | results as table, JSON, NDJSON or CSV, and queries on them |
//! | `transfer` | uploads, downloads and syncs of folders, with their states on disk |
//! | `verify` | compares what an account shows with the specification |
//! | `settings` | the settings file: where sessions are kept |
//! | `terminal`, `prompt` | what the terminal can show; questions to the person at it |
//! | `interrupt` | Ctrl-C |
//! | `persist` | giving temporary files their name |
//! | `error` | the error of every command, and exit codes |
//!
//! Imports run from left to right: commands → operations → client, output → context → settings, terminal, interrupt,
//! persist, arguments, catalog → error.

mod arguments;
mod catalog;
mod client;
mod commands;
mod context;
mod error;
mod interrupt;
mod operations;
mod output;
mod persist;
mod prompt;
mod settings;
mod terminal;
mod transfer;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

/// Parses the command line, runs the command, prints its error, and returns the exit code.
pub fn main() -> ExitCode {
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return error::print_usage(&error),
    };
    commands::run(arguments)
}

/// The command line without the operations of a connection, which are added at run time.
pub fn command() -> clap::Command {
    arguments::Arguments::command()
}
