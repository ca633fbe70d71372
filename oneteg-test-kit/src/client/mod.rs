//! Tools for testing clients built on this runtime .
//!
//! - [`answer`] builds a response for a [`Transport`](oneteg_http::Transport), which needs no socket: for
//!   tests on a paused clock.
//! - [`FaultProxy`] ill-treats the connections to a real one.
//! - [`soak`] makes many calls and sorts their ends.
//! - [`vendor_soak`] does so with a vendor's client through such a proxy, and judges its server.
//! - [`recorder`] keeps what a client sends, and shows it for a snapshot.
//! - [`mutate`] changes answers in every way that a tolerant client must bear.
//! - [`examples`] reads samples and the vendor's examples, unchanged and changed.
//! - [`samples`] are the values of a vendor's types that the generator writes.
//! - [`run_suite`] is the behaviour that every vendor's client shows, through its [`VendorAdapter`].

pub mod examples;
pub mod mutate;
mod proxy;
pub mod recorder;
pub mod samples;
mod script;
mod soak;
mod suite;
pub mod vendor_soak;

pub use proxy::{FaultProxy, ProxyFault};
pub use script::answer;
pub use soak::{SoakOutcome, SoakReport, soak, soak_calls};
pub use suite::{Access, Capability, Item, SuiteReport, Trouble, VendorAdapter, run_suite};
