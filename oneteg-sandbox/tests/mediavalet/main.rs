//! The MediaValet stand-in over real HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

mod asset_relations;
mod assets;
mod blobs;
mod bulk;
mod calls;
mod categories;
mod client;
mod direct_links;
mod downloads;
mod faults;
mod gateway;
mod generated_assets;
mod groupings;
mod lists;
mod mvsdk;
mod organization;
mod people;
mod permissions;
mod portals;
mod recipes;
mod served;
mod sign_in;
mod uploads;
mod users;
mod versions;
mod webhooks;
