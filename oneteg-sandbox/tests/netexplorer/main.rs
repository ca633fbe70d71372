//! The NetExplorer stand-in over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod any_value;
mod caller;
mod chunks;
mod client;
#[cfg(feature = "cli")]
mod command;
mod downloads;
mod files;
mod folders;
mod links;
mod locks;
mod many_files;
mod messages;
mod oauth;
mod oauth_apps;
mod paths;
mod people;
mod permissions;
mod platform;
mod recipes;
mod rights;
mod served;
mod shares;
mod tags;
mod trash;
mod tus;
mod uploads;
mod users;
