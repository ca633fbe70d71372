//! The Redis store on real servers. Without Redis these tests print `SKIPPED` and pass.
//!
//! | Module | Tests |
//! |---|---|
//! | `contract` | the conformance suite on one server, with Sentinels and on a cluster |
//! | `tls` | TLS, and who trusts whom |
//! | `connection` | the connection that steps share, and the subscription to changes |
//! | `refusals` | URLs, settings, users and servers that cannot be used |
//! | `records` | what the server holds, and records that were changed |

#![cfg(all(feature = "redis", unix))]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod connection;
mod contract;
mod records;
#[path = "../common/redis.rs"]
mod redis;
mod refusals;
mod tls;
