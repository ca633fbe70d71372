//! `oneteg verify` against the sandbox and other servers.

#[path = "../common/mod.rs"]
mod common;
mod document;

mod sandbox;
