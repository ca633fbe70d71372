//! What changed between two specifications, judged for the users of the Rust SDK.
//!
//! [`compare`] reads two documents and needs neither the generator nor a compiler. Operations are paired by path and
//! method, then by id; named schemas by name. A schema is judged by where it occurs: what a caller sends is judged
//! differently from what a caller receives.
//!
//! | Class | Meaning |
//! |---|---|
//! | [`Class::Breaking`] | a program that compiled does not compile with the new SDK |
//! | [`Class::Risky`] | it compiles, but may be refused by the server or find something else in a response |
//! | [`Class::Safe`] | it compiles and runs as before |

mod bodies;
mod constraints;
mod context;
mod enums;
mod members;
mod operations;
mod parameters;
pub mod rules;
mod schemas;
mod security;
mod usage;
mod view;

use std::{collections::BTreeSet, fmt};

use serde::Serialize;
use serde_json::Value;

use crate::{diagnostic::Location, spec::Spec};

/// What a change means for the users of the SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing that a program does is affected.
    Safe,
    /// Programs compile, but may behave differently.
    Risky,
    /// Some program does not compile any more.
    Breaking,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Safe => "safe",
            Self::Risky => "risky",
            Self::Breaking => "breaking",
        })
    }
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Subject {
    /// The whole API.
    Api,
    /// An operation, by its id in the older specification that has it.
    Operation(String),
    /// A named schema.
    Schema(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api => f.write_str("the API"),
            Self::Operation(id) => write!(f, "operation `{id}`"),
            Self::Schema(name) => write!(f, "schema `{name}`"),
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it means for users.
    pub class: Class,
    /// The rule that found it; [`rules::RULES`] explains it.
    pub rule: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// The parameter or member, with members in members separated by dots; empty if it is about the whole subject.
    pub member: String,
    /// What changed, in a sentence.
    pub message: String,
    /// The JSON pointer of the changed value: in the new specification, or in the old one if it is removed.
    pub pointer: String,
    /// Where the changed value is: in the new specification, or in the old one if it is removed.
    pub location: Option<Location>,
    /// The other operations that share the changed component.
    pub also: Vec<Subject>,
}

/// The named schemas that occur in what callers send.
pub fn sent_schemas(document: &Value) -> BTreeSet<String> {
    usage::of(document).into_iter().filter(|(_, usage)| usage.sent).map(|(name, _)| name).collect()
}

/// The changes between two specifications: the worst first, then by subject.
pub fn compare(old: &Spec, new: &Spec) -> Vec<Change> {
    let mut differ = context::Differ::new(old, new);
    security::root(&mut differ);
    operations::compare(&mut differ);
    schemas::components(&mut differ);
    differ.finish()
}
