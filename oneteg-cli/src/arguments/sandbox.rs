//! `oneteg sandbox`.

use clap::Args;

/// Runs the three vendors in memory, for trying things without an account
#[derive(Debug, Clone, Args)]
pub(crate) struct SandboxArguments {}
