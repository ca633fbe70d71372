//! The error of starting or scripting a sandbox.

use std::io;
use std::net::SocketAddr;

/// Why a sandbox could not be started, or did not accept an instruction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The address could not be bound.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for a free one")]
    Bind {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The API token cannot be sent in a header.
    #[error("an API token must be visible ASCII without spaces; choose another one")]
    Token,
    /// A picture of the seed could not be encoded.
    #[error("cannot draw the seed's pictures: {0}; start with `seeded(false)`")]
    Seed(String),
    /// The permission to deny is that of no known operation.
    #[error(
        "`{0}` is neither an operation nor `tag:` and a tag; both are those of the specification, after `netx:`, \
         `mediavalet:` or `netexplorer:` for a single vendor"
    )]
    Permission(String),
    /// The fault cannot be sent as an HTTP response.
    #[error("the scripted fault cannot be sent: {0}")]
    Fault(String),
    /// The difference cannot be sent as an HTTP response.
    #[error("the planted difference cannot be sent: {0}")]
    Difference(String),
}
