//! `oneteg completions`.

use clap::Args;

/// Prints the completions of a shell
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArguments {}
