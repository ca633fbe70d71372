//! The maintainer's tool, a module a concern; `main.rs` has the commands.
// A tool talks to its user on the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]
// Not a library: its items are public for its own tests only.
#![allow(missing_docs, unreachable_pub)]

pub mod codegen;
pub mod commands;
pub mod diagnostic;
pub mod emit;
pub mod lints;
pub mod lower;
pub mod model;
pub mod names;
pub mod spec;
pub mod surface;
pub mod vet;
pub mod workspace;
