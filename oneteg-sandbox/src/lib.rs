//! In-memory stand-ins for the vendors' APIs, listening on loopback.
//!
//! A [`Sandbox`] lets anyone try an SDK without an account at the vendor, and gives tests a stateful
//! twin inside their own process: what is written is read back, over real HTTP.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), oneteg_sandbox::SandboxError> {
//! let sandbox = oneteg_sandbox::Sandbox::start().await?;
//! assert!(sandbox.netx_url().starts_with("http://127.0.0.1:"));
//! assert_eq!(sandbox.netx().requests().len(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! One module per vendor ([`netx`], [`mediavalet`], [`netexplorer`]); what every vendor's stand-in needs (the listener, the
//! [recording](Recording) of requests, the [scripted faults](Fault)) is beside them.
//!
//! The stand-ins follow what is publicly known of the vendors' APIs. Where nothing is known the sandbox
//! decides simply, and the documentation of the item calls that *the sandbox's own choice*: a program
//! must not rely on it.

mod builder;
mod content;
mod error;
mod fault;
mod front;
mod loopback;
pub mod mediavalet;
pub mod netexplorer;
pub mod netx;
mod recording;
mod server;
mod table;

pub use builder::{Sandbox, SandboxBuilder};
pub use error::SandboxError;
pub use fault::{Fault, Moment};
pub use recording::{Counters, RecordedRequest, Recording};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The workspace's README is compiled here, where all three SDKs are.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct WorkspaceReadme;
