//! The commands of `cargo xtask`, a file each.

pub mod lint;
