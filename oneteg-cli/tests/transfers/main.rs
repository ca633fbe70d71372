//! `oneteg upload`, `download` and `sync` against the sandbox, as processes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod bad_input;
#[path = "../common/browser.rs"]
#[allow(dead_code, unreachable_pub)]
mod browser;
mod kills;
mod large;
mod single;
mod sync;
mod world;
