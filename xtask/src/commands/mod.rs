//! The commands of `cargo xtask`, a file each.

pub mod coverage;
pub mod demo;
pub mod generate;
pub mod lint;
mod steps;
pub mod test;
