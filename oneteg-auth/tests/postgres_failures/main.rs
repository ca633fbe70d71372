//! What happens to a session when its PostgreSQL server fails: every outcome is a declared state, and no session is lost
//! silently.
//!
//! | Server | A call with a valid token | A call that needs a refresh |
//! |---|---|---|
//! | down, paused, without a free connection | works | an error; no token request is sent |
//! | down in the middle of a refresh | | `Unsaved`, stored when the server is back |
//! | restarted in the middle of a refresh | | works |
//! | read-only, full | works | an error, or `Unsaved` if it began before |
//! | fails over to a synchronous replica | works | works |
//! | fails over to a replica that lags, or is restored from a backup | works | works if the provider replays, otherwise `SessionEnded` |

#![cfg(all(unix, feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod full_disk;
mod outages;
#[path = "../common/postgres.rs"]
mod postgres;
mod recovery;
mod world;
