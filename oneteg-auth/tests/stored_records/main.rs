//! R14 for databases: somebody edits what a server holds of a session. Every step of the store then fails with a typed
//! error, or does what it does for the session's own tokens. No edit gives away or replaces tokens, and a sign-out and a
//! new sign-in are always possible.
//!
//! | Module | Holds |
//! |---|---|
//! | `edits` | the edits |
//! | `redis`, `postgres` | access to the stored values, past the store |
//! | `suite` | the checks |
//!
//! The file store has its own tests in `store.rs`.

#![cfg(any(feature = "redis", feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod edits;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod suite;
