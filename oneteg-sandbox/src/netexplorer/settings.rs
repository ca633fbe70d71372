//! What a test configures, and the credentials and ids it can rely on.

use std::time::Duration;

use crate::common::permissions::DeniedOperations;

/// The client id of the server application that exists from the start.
pub const SERVER_APPLICATION: &str = "sandbox-server";

/// The secret of [`SERVER_APPLICATION`].
pub const SERVER_SECRET: &str = "sandbox-server-secret";

/// The client id of the client application that exists from the start.
pub const CLIENT_APPLICATION: &str = "sandbox-client";

/// The secret of [`CLIENT_APPLICATION`]. It may be omitted when PKCE is used.
pub const CLIENT_SECRET: &str = "sandbox-client-secret";

/// The password of every user, for the password sign-in. The logins are `admin` and `ada`.
pub const PASSWORD: &str = "sandbox-password";

/// The administrator's user id. Server applications act as this user.
pub const ADMINISTRATOR: u64 = 1;

/// The id of the user who approves the requests of client applications, and whose rights they get.
pub const MEMBER: u64 = 2;

/// Settings of the stand-in.
#[derive(Debug, Clone)]
pub(crate) struct NetexplorerSettings {
    pub(crate) seeded: bool,
    /// Number of files that are computed when they are read.
    pub(crate) generated_assets: u64,
    /// The operations that the caller has no permission for.
    pub(crate) denied: DeniedOperations,
    /// The largest file, in bytes.
    pub(crate) upload_limit: usize,
    /// Number of times the last request of an upload in parts gets 423 before the file exists.
    pub(crate) assembling_polls: u32,
    /// Lifetime of access tokens.
    pub(crate) token_lifetime: Duration,
}

impl Default for NetexplorerSettings {
    fn default() -> Self {
        Self {
            seeded: true,
            generated_assets: 0,
            denied: DeniedOperations::default(),
            upload_limit: 256 << 20,
            assembling_polls: 1,
            token_lifetime: Duration::from_secs(3600),
        }
    }
}
