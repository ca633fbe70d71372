//! The maintainer's tool. `main.rs` parses the command line; [`commands`] has a file for each command.
//!
//! `cargo xtask generate` is a pipeline, and each module is a step that knows only those before it:
//!
//! ```text
//! specs/*.yaml ─> spec ─> normalise ─> vet ─> lower ─> codegen ─> emit ─> <vendor>-sdk/src/generated
//!                 read    rewrite      check  rewrite  progenitor  write
//! ```
//!
//! | Module | Job |
//! |---|---|
//! | [`spec`] | Reads and merges the YAML files of a vendor; knows the location of every value |
//! | [`diagnostic`], [`grouped`] | An error of a specification: message, location, help; many of one kind together |
//! | [`names`], [`model`] | Names in Rust; what the later steps need to know of an operation |
//! | [`openapi`] | The typed objects of a document, and their keys |
//! | [`normalise`] | Rewrites what other authors write into the dialect that the later steps know |
//! | [`vet`] | Refuses what cannot be generated, or would be generated wrongly |
//! | [`lower`] | Rewrites the document into the subset that progenitor supports |
//! | [`codegen`] | Runs progenitor and takes types and signatures from its output |
//! | [`emit`] | Writes the files of the SDK |
//! | [`replay`] | Reads stored payloads with the types of two revisions |
//! | [`bundle`] | Describes the wire in one file for other tools |
//! | [`catalog`] | Describes the operations for `oneteg-cli` |
//! | [`connection`] | Reads what a vendor's connections need, and writes it for `oneteg-auth` |
//! | [`new_vendor`] | Writes the crate of a new vendor |
//! | [`overlay`] | Applies OpenAPI overlays |
//! | [`import`] | Turns a vendor's file of any format into a specification, and updates one |
//! | [`blocked`] | Leaves out operations that cannot be generated, each with the reasons |
//! | [`corpus`] | Runs all of this on a folder of files |
//! | [`revision`] | A git revision, a folder or a file, as files |
//! | [`change`] | What differs between two specifications, judged for users |
//! | [`api`] | The public interface of a crate, and how two differ |
//! | [`impact`] | Which Rust items a change of a specification changes |
//! | [`semver`], [`changelog`] | The version that a release needs; a file for each change |
//! | [`surface`] | Lists the public items of generated code |
//! | [`lints`] | House rules: import circles, layers of crates, the word list |
// A tool prints to the terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]
// Not a library: its items are public for `main.rs` and its own tests.
#![allow(missing_docs, unreachable_pub)]

pub mod api;
pub mod blocked;
pub mod bundle;
pub mod catalog;
pub mod change;
pub mod changelog;
pub mod codegen;
pub mod commands;
pub mod connection;
pub mod corpus;
pub mod diagnostic;
pub mod emit;
pub mod grouped;
pub mod impact;
pub mod import;
pub mod lints;
pub mod lower;
pub mod marked;
pub mod model;
pub mod names;
pub mod new_vendor;
pub mod normalise;
pub mod openapi;
pub mod overlay;
pub mod release;
pub mod replay;
pub mod revision;
pub mod semver;
pub mod spec;
mod stdout;
pub mod surface;
pub mod vet;
pub mod workspace;
