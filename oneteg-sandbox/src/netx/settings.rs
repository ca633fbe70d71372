//! How the stand-in is set up, and the constants that a client of it needs.

use crate::common::permissions::DeniedOperations;

/// The token in the path of the health check, `/health/{token}`.
pub const HEALTH_TOKEN: &str = "sandbox-health";

/// The settings of one NetX stand-in.
#[derive(Debug, Clone)]
pub(crate) struct NetxSettings {
    pub(crate) seeded: bool,
    /// Number of assets that are computed when they are read.
    pub(crate) generated_assets: u64,
    /// The operations that the caller has no permission for.
    pub(crate) denied: DeniedOperations,
    /// The largest file that an import accepts, in bytes.
    pub(crate) import_limit: usize,
}

impl Default for NetxSettings {
    fn default() -> Self {
        Self {
            seeded: true,
            generated_assets: 0,
            denied: DeniedOperations::default(),
            import_limit: 64 << 20,
        }
    }
}
