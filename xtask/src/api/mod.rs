//! The public interface of a crate, read from its source, and how two of them differ by the rules of semantic
//! versioning.
//!
//! Nothing is compiled, so a comparison takes milliseconds. `read` builds the tree of modules and follows `mod` and
//! `pub use` to the path under which users find each item; [`compare`] judges the differences by the rules of RFC 1105
//! and Cargo's reference. Types are compared as they are written, without the path before their name.

mod compare;
mod exports;
mod features;
mod finding;
mod functions;
mod gate;
mod items;
mod modules;
mod written;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

pub use compare::compare;
pub use features::Manifest;
pub use finding::{Finding, Step};
pub use gate::Gate;

/// Source files by path, relative to the folder of `lib.rs`.
pub type Files = BTreeMap<PathBuf, String>;

/// The public interface of a crate.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Api {
    /// Everything that users can name, by path: `types::Asset`, `types::Asset::new`, `impl Clone for types::Asset`.
    pub entries: BTreeMap<String, Entry>,
    /// The features, and the oldest compiler.
    pub manifest: Manifest,
}

/// One thing that users can name.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it is.
    pub shape: Shape,
    /// The features that it needs.
    pub gate: Gate,
    /// Whether the compiler warns about its use.
    pub is_deprecated: bool,
    /// Whether the compiler warns if its value is dropped.
    pub is_must_use: bool,
}

/// The part of an item that users depend on.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A module.
    Module,
    /// A struct or union.
    Struct(Struct),
    /// An enum.
    Enum(Enum),
    /// A function or method.
    Function(Signature),
    /// A constant or static: its type.
    Value(String),
    /// A type alias: what it stands for.
    Alias(String),
    /// A trait.
    Trait(Trait),
    /// An implementation of a trait: its associated types.
    Implementation(String),
    /// A name of another crate.
    Reexport(String),
    /// A macro; what it accepts is not compared.
    Rules,
    /// A helper that a macro defines: what was given to the macro.
    Macro(String),
}

/// A struct.
#[derive(Debug, Clone, PartialEq)]
pub struct Struct {
    /// Named, tuple, or unit.
    pub form: &'static str,
    /// Its generic parameters.
    pub generics: String,
    /// Its public fields by name or number.
    pub fields: BTreeMap<String, (String, Gate)>,
    /// Whether it has private fields.
    pub has_private_fields: bool,
    /// Whether it is `#[non_exhaustive]`.
    pub is_non_exhaustive: bool,
}

impl Struct {
    /// Whether users can write a struct literal.
    pub fn is_constructible(&self) -> bool {
        !self.has_private_fields && !self.is_non_exhaustive
    }
}

/// An enum.
#[derive(Debug, Clone, PartialEq)]
pub struct Enum {
    /// Its generic parameters.
    pub generics: String,
    /// The fields of each variant.
    pub variants: BTreeMap<String, Struct>,
    /// Whether it is `#[non_exhaustive]`.
    pub is_non_exhaustive: bool,
}

/// A signature.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signature {
    /// `async`, `const`, `unsafe`.
    pub qualifiers: BTreeSet<&'static str>,
    /// Its generic parameters and bounds.
    pub generics: String,
    /// `self`, as written.
    pub receiver: Option<String>,
    /// Names and types of the other arguments.
    pub arguments: Vec<(String, String)>,
    /// The type of the result.
    pub output: String,
}

/// A trait.
#[derive(Debug, Clone, PartialEq)]
pub struct Trait {
    /// Its generic parameters and supertraits.
    pub header: String,
    /// Its items, and whether each has a default.
    pub items: BTreeMap<String, (String, bool)>,
}

impl Api {
    /// Reads the interface of a crate from its source files.
    ///
    /// # Errors
    /// If a file is not Rust; the message names it.
    pub fn read(files: &Files, manifest: &str) -> anyhow::Result<Self> {
        let manifest = Manifest::parse(manifest)?;
        let tree = modules::Tree::read(files)?;
        Ok(Self { entries: exports::entries(&tree), manifest })
    }
}
