//! The examples of documents that belong to no crate, as tests: `cargo test --doc -p oneteg-docs`.
//!
//! A crate may not include files from outside its folder: its packed form does not have them. This crate is not published.

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/many-machines.md")]
struct ManyMachines;
