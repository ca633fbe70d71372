//! `oneteg verify`.

use std::path::PathBuf;

use clap::Args;

/// Compares what an account shows with what is known of the vendor's API
///
/// Reads lists, then single objects that they contain, and compares each response with the specification: members, types,
/// values of enums, statuses, media types, envelopes and pages. Writes a report for people (`report.md`) and one for the
/// maintainers of the specification (`evidence.json`). Neither contains data of the account: values are fakes of the same
/// type. Read them before you share them.
///
/// Nothing is changed at the vendor, unless --writes is given. States the most requests that it may send, and asks before it begins.
#[derive(Debug, Clone, Args)]
pub(crate) struct VerifyArguments {
    /// The connection
    #[arg(value_name = "CONNECTION")]
    pub(crate) connection: String,
    /// The folder of the report; a new one below the current folder by default
    #[arg(long, value_name = "FOLDER")]
    pub(crate) to: Option<PathBuf>,
    /// The most requests to send, with retries
    #[arg(long, value_name = "REQUESTS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) budget: u64,
    /// Also makes, changes and removes separate objects at the vendor, with a small picture; asks first
    #[arg(long)]
    pub(crate) writes: bool,
    /// Continues the run of this connection that ended early
    #[arg(long)]
    pub(crate) resume: bool,
    /// Begins without a question, also with --writes
    #[arg(long)]
    pub(crate) yes: bool,
}
