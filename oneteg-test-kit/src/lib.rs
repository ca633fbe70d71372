//! Test tools for the OneTeg crates, and for programs and token stores built on them. Not for production.
//!
//! For sessions:
//! - [`Provider`] rotates refresh tokens as strictly as a certified OAuth2 server; [`OidcProvider`] drives a
//!   real one.
//! - [`conformance`] is the contract of a token store, as tests that any store can run.
//!
//! For clients:
//! - [`http_response`] builds a response for a custom [`Transport`](oneteg_http::Transport): no socket, so it
//!   works on a paused clock.
//! - [`recorder`] is a loopback server that records requests and renders them for snapshots.
//! - [`UploadServer`] reads uploads byte by byte, and keeps incomplete ones.
//! - [`run_suite`] checks the behaviour that every vendor's client shares, through a [`VendorAdapter`].
//! - [`Prism`] is a validating proxy of others: it compares what a client and a server send with the specification.
//! - [`FaultProxy`] disrupts connections to a real server. [`run_soak`] makes many calls and counts their
//!   results; [`vendor_soak`] does so with a vendor's client through such a proxy, then checks the server.
//! - [`figure`] is what a benchmark prints for `cargo xtask bench`.
//! - [`mutation`] derives every single change that a tolerant client must accept from a JSON value;
//!   [`samples`] applies them to a vendor's types and examples. [`sample_set`] reads the values that the
//!   generator writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod auth;
pub mod conformance;
mod fault_proxy;
pub mod figure;
pub mod mutation;
mod prism;
pub mod recorder;
mod responses;
pub mod sample_set;
pub mod samples;
mod soak;
mod upload_server;
pub mod vendor_soak;
mod vendor_suite;

pub use auth::*;
pub use fault_proxy::{FaultProxy, ProxyFault};
pub use prism::Prism;
pub use responses::http_response;
pub use soak::{SoakOutcome, SoakReport, run_soak, soak_call_count};
pub use upload_server::{ReceivedRequest, UploadServer, test_content};
pub use vendor_suite::{
    Capability, ServerFault, StoredItem, SuiteReport, TestCredential, VendorAdapter, run_suite,
};
