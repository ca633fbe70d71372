//! OpenAPI Overlay 1.0 and 1.1: a file of changes that are applied to a document, such as a vendor's file before it is
//! imported.
//!
//! | Module | Job |
//! |---|---|
//! | [`read`] | Reads an overlay; refuses what the specification of its version does not allow |
//! | [`apply()`] | Applies the actions in order |
//! | `merge` | Merges a value into a node |

mod apply;
mod merge;
mod read;

use serde_json_path::JsonPath;

pub use apply::{Applied, apply};
pub use read::read;

use crate::diagnostic::Location;

/// The versions of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    V1_0,
    V1_1,
}

/// An overlay.
#[derive(Debug, Clone)]
pub struct Overlay {
    pub version: Version,
    /// The document that it is for.
    pub extends: Option<String>,
    /// Never empty.
    pub actions: Vec<Action>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Action {
    pub target: JsonPath,
    pub change: Change,
    pub location: Option<Location>,
}

/// What happens to the nodes that an action selects.
#[derive(Debug, Clone)]
pub enum Change {
    /// The action has a description only.
    Nothing,
    Update(serde_json::Value),
    Copy(JsonPath),
    Remove,
}
