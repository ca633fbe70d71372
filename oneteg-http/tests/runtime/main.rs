//! The runtime as a vendor's crate uses it. One binary, because linking takes longer than testing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod append;
mod behaviour;
mod blocking;
mod call_options;
mod cancellation;
mod cassettes;
mod downloads;
mod envelope;
mod error_envelopes;
mod file_responses;
mod file_server;
mod http2;
mod http_settings;
mod interceptors;
mod item_server;
mod no_credential;
mod observability;
mod odd_responses;
mod origin;
mod outage;
mod pager;
mod pager_cycles;
mod partial_files;
mod prepared_parts;
mod redirects;
mod retry_decisions;
mod secrets;
mod shared_limits;
mod slow_readers;
#[cfg(unix)]
mod source_changes;
mod sources;
mod state_files;
mod support;
mod tolerant;
mod transfers;
