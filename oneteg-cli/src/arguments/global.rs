//! Options of every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// When output is coloured. The values have plain comments: help pages that explain them grow on every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    // On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    #[default]
    Auto,
    // Also in files and pipes.
    Always,
    // Nowhere.
    Never,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArguments {
    /// Prints no notes and no progress; results and errors only
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Writes each request and response to standard error, without secrets; twice: with bodies
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to colour output
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    /// The folder of connections and sessions, instead of `$ONETEG_CONFIG_DIR` or the platform's
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) config_dir: Option<PathBuf>,
}
