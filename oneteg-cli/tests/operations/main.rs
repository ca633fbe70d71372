//! `oneteg <connection> <operation>` and `oneteg api`, run as a program.

#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod requests;
mod server;
