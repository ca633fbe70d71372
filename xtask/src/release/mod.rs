//! What a release needs: manifests that a registry accepts, and interfaces that can grow.
//!
//! | Module | Checks |
//! |---|---|
//! | [`manifests`] | the manifests and files of published crates, and the order in which they are published |
//! | [`interface`] | public types that cannot grow, and types of other crates in public signatures |
//! | [`exceptions`] | which of these types are accepted, and why |
//! | [`workspace`] | applies both to this workspace |
//! | [`tools`] | nothing: it finds the cargo subcommands that check the rest |
//!
//! `cargo xtask release check` runs all of it.

pub mod exceptions;
pub mod interface;
pub mod manifests;
pub mod tools;
pub mod workspace;
