//! In-memory stand-ins for the vendors' APIs, listening on loopback.
//!
//! A [`Sandbox`] lets anyone try an SDK without an account at the vendor. In tests it is a stateful server
//! inside the process: what a client writes, it reads back, over real HTTP.
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
//! There is a module for each vendor: [`netx`], [`mediavalet`] and [`netexplorer`]. All of them are laid out
//! in the same way (see the README), and share the listener, the [recording](Recording) of requests, the
//! [scripted faults](Fault) and the [planted differences](Difference).
//!
//! The stand-ins follow what is publicly known of the vendors' APIs. Where nothing is known, the sandbox
//! does the simplest thing. These decisions are one table: [`choices`]. Do not rely on them.

mod builder;
pub mod choices;
mod common;
mod error;
pub mod mediavalet;
pub mod netexplorer;
pub mod netx;

pub use builder::{Sandbox, SandboxBuilder};
pub use common::contract::{Violation, ViolationPolicy};
pub use common::difference::{Change, DateForm, Difference, JsonKind, Place, Planted, Spelling};
pub use common::fault::{Fault, FaultTiming};
pub use common::recording::{Counters, RecordedRequest, Recording};
pub use error::SandboxError;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
