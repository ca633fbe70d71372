//! The store in PostgreSQL.

#![cfg(all(unix, feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "../common/mod.rs"]
mod common;
mod contract;
mod interruptions;
#[path = "../common/log.rs"]
mod log;
mod pgbouncer;
#[path = "../common/postgres.rs"]
mod postgres;
mod secrets;
mod settings;

use oneteg_auth::{ServerFault, StoreError};

fn fault(error: &StoreError) -> Option<&ServerFault> {
    match error {
        StoreError::Server { fault, .. } => Some(fault),
        _ => None,
    }
}

/// The message with its causes, as a program shows it.
fn chain(error: &StoreError) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        message = format!("{message}: {error}");
        source = error.source();
    }
    message
}
