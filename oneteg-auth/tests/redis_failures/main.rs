//! Sessions in a Redis that fails: every outcome is a declared state, and no session is lost silently. Without Redis
//! these tests print `SKIPPED` and pass.
//!
//! | Module | Tests |
//! |---|---|
//! | `server` | one server that is down, restarted, slow, full, or restored from a copy |
//! | `fail_over` | a primary that is replaced by its replica |
//! | `sentinel` | a Sentinel whose view of the primary is late, for `fail_over` |

#![cfg(all(feature = "redis", unix))]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod fail_over;
#[path = "../common/redis.rs"]
mod redis;
mod sentinel;
mod server;
mod world;
