//! Options of commands that print values.

use clap::{Args, ValueEnum};

/// The form in which values are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns for people
    Table,
    /// Indented JSON
    Json,
    /// One JSON value per line
    Ndjson,
    /// Comma-separated values with a header (RFC 4180)
    Csv,
}

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output options")]
pub(crate) struct OutputArguments {
    /// The form of the result; by default, a table on a terminal and JSON elsewhere
    #[arg(long, short, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,
    /// A jq filter for the result, such as `.[].name`
    #[arg(long, value_name = "JQ")]
    pub(crate) query: Option<String>,
}
