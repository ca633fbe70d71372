//! Several processes that share a store, and are killed or stopped. They are this test program, started again with a
//! role in its environment.
//!
//! | Module | Tests |
//! |---|---|
//! | `sharing` | R3: processes that share a session refresh it once |
//! | `kills` | R4: a process killed at any point of a refresh loses nothing silently |
//! | `lost_responses` | R6: a response that is lost with its process is recovered if the provider allows it |
//! | `stops` | R5: a holder stopped past its lease commits nothing stale |

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod engine;
mod kills;
mod lost_responses;
#[path = "../common/server.rs"]
mod server;
mod sharing;
#[cfg(target_os = "linux")]
mod stops;
mod worker;
mod world;
