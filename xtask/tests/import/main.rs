//! Vendors' files that become specifications, and specifications that are updated from later files.
// The helpers of a test may fail it, like the test itself.
#![allow(clippy::panic, clippy::unwrap_used)]

mod conventions;
mod evidence;
mod evidence_bad;
mod evidence_random;
mod evidence_real;
mod files;
mod formats;
mod support;
mod update;
mod update_report;
