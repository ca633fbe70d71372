//! How the stand-in is set up, and the constants that a client of it needs.

use std::time::Duration;

use crate::choices::netx as choices;
use crate::common::contract::ViolationPolicy;
use crate::common::permissions::DeniedOperations;

/// The token in the path of the health check, `/health/{token}`.
pub const HEALTH_TOKEN: &str = "sandbox-health";

/// The client id of the OAuth client.
pub const OAUTH_CLIENT: &str = "sandbox-client";

/// The secret of [`OAUTH_CLIENT`].
pub const OAUTH_SECRET: &str = "sandbox-secret";

/// The settings of one NetX stand-in.
#[derive(Debug, Clone)]
pub(crate) struct NetxSettings {
    pub(crate) seeded: bool,
    /// What happens to requests that differ from the specification.
    pub(crate) violations: ViolationPolicy,
    /// Number of assets that are computed when they are read.
    pub(crate) generated_assets: u64,
    /// The operations that the caller has no permission for.
    pub(crate) denied: DeniedOperations,
    /// Lifetime of the access tokens of OAuth.
    pub(crate) access_token_lifetime: Duration,
    /// The largest file that an import accepts, in bytes.
    pub(crate) import_limit: usize,
}

impl Default for NetxSettings {
    fn default() -> Self {
        Self {
            seeded: true,
            violations: ViolationPolicy::default(),
            generated_assets: 0,
            denied: DeniedOperations::default(),
            access_token_lifetime: Duration::from_secs(choices::ACCESS_TOKEN_LIFETIME.get()),
            import_limit: 64 << 20,
        }
    }
}
