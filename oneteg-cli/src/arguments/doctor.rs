//! `oneteg doctor`.

use clap::Args;

/// Checks what calls need: clock, proxy, TLS, reachability, scopes, store, file modes
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArguments {}
