//! `oneteg verify` against the sandbox and other servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod choices;
#[path = "../common/mod.rs"]
mod common;
mod differences;
mod document;
mod doubts;
mod ends;
mod sandbox;
mod servers;
mod stranger;
mod uploads;
mod world;
