//! The MediaValet stand-in over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod assets;
mod blobs;
mod calls;
mod categories;
mod client;
mod direct_links;
mod downloads;
mod faults;
mod gateway;
mod lists;
mod permissions;
mod served;
mod sign_in;
mod uploads;
mod users;
mod versions;
