//! The maintainer's tool, a module a concern; `main.rs` has the commands.
// A tool talks to its user on the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]
// Not a library: its items are public for its own tests only.
#![allow(missing_docs, unreachable_pub)]

pub mod commands;
pub mod coverage;
pub mod diagnostic;
pub mod emit;
pub mod generate;
pub mod lints;
pub mod lower;
pub mod model;
pub mod names;
pub mod progenitor_run;
pub mod spec;
pub mod suite;
pub mod surface;
pub mod vet;
pub mod workspace;
