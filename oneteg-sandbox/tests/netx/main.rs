//! The NetX stand-in over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod assets;
mod client;
mod collections;
#[cfg(feature = "cli")]
mod command;
mod differences;
mod envelope;
mod faults;
mod files;
mod folders;
mod import;
mod lifetime;
mod many_assets;
mod oauth;
mod others;
mod permissions;
mod recipes;
mod search;
mod served;
