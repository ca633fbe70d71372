//! Options of commands that call a vendor: `oneteg <connection> <operation>` and `oneteg api`.

use std::path::PathBuf;

use clap::Args;

/// Options of every call.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Call options")]
pub(crate) struct CallArguments {
    /// Prints the request, without secrets, and sends nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Adds a header to the request; repeatable
    #[arg(long, short = 'H', value_name = "NAME: VALUE")]
    pub(crate) header: Vec<String>,
    /// The time limit of the call, with its retries
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) timeout: Option<u64>,
}

/// Options of calls whose response is a file.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "File options")]
pub(crate) struct FileArguments {
    /// The file to write; `-` for standard output, also on a terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Replaces the file if it exists
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Options of lists.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "List options")]
pub(crate) struct ListArguments {
    /// Requests all pages, and prints the items of the list alone
    #[arg(long)]
    pub(crate) all: bool,
    /// Prints no more than this many items; requests as many pages as needed
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) limit: Option<u64>,
    /// The number of items to request per page
    #[arg(long, value_name = "ITEMS", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub(crate) page_size: Option<u64>,
}

impl ListArguments {
    /// Whether the pages are wanted, and not the response to one request.
    pub(crate) fn is_listing(&self) -> bool {
        self.all || self.limit.is_some()
    }
}
