//! How the stand-in is set up, and the constants that a client of it needs.

/// The token in the path of the health check, `/health/{token}`.
pub const HEALTH_TOKEN: &str = "sandbox-health";

/// The settings of one NetX stand-in.
#[derive(Debug, Clone)]
pub(crate) struct NetxSettings {
    pub(crate) seeded: bool,
    /// The largest file that an import accepts, in bytes.
    pub(crate) import_limit: usize,
}

impl Default for NetxSettings {
    fn default() -> Self {
        Self { seeded: true, import_limit: 64 << 20 }
    }
}
