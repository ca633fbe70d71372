//! Transfers to and from a platform: forms, chunks, TUS against a real server, downloads, walks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod files;
mod forms;
mod multi_step;
mod peer;
mod platform;
mod resume;
#[cfg(unix)]
mod sources;
mod tree;
mod tus;

use bytes::Bytes;

/// Bytes that differ at every position, so that swapped pieces are noticed.
fn content(length: usize) -> Bytes {
    (0..length as u64)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect::<Vec<_>>()
        .into()
}
