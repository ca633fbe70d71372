//! Tools for testing the OneTeg crates, and programs and stores built on them. Not for production.
//!
//! - [`Provider`] rotates refresh tokens as strictly as a certified OAuth2 server; [`OidcProvider`] drives a
//!   real one.
//! - [`conformance`] is the token store contract as tests that any store runs.
//! - [`run_suite`] is the behaviour every vendor's client shows, through its [`VendorAdapter`].
//! - [`FaultProxy`] disrupts connections to a server; [`soak`] and [`vendor_soak`] make many calls through it.
//! - [`recorder`] records what a client sends; [`mutate`] and [`examples`] check that changed responses are
//!   read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod auth;
mod client;
pub mod conformance;

pub use auth::*;
pub use client::*;
