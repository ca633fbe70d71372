//! Real servers for tests: Redis and PostgreSQL from the Debian packages `redis-server` and `postgresql`, on
//! loopback, each with its data in a temporary folder. Not for production.
//!
//! A server starts with [`RedisServer::start`] or [`PostgresServer::start`], several Redis servers with
//! [`SentinelGroup::start`] or [`RedisCluster::start`]. They return `None` and print `SKIPPED` where the package is
//! missing. A test can kill a server (`kill -9`), start it again on the same port and data,
//! and stop it for a while (`SIGSTOP`). It ends when its value is dropped, and also when the test program dies in any
//! way: a shell process watches a pipe from the program, and ends the server when the pipe closes.
//!
//! Elsewhere than on Unix, the crate is empty.
//!
//! Only the standard library is used, so that tests of any crate can start servers without a cycle.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod certificates;
mod package;
mod port;
mod postgres;
mod process;
mod redis;
mod watchdog;

pub use postgres::PostgresServer;
pub use redis::{RedisCluster, RedisServer, SentinelGroup};
