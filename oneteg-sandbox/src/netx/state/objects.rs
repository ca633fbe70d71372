//! The objects of a NetX instance, with the properties that the stand-in needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::file::StoredFile;

/// A file with its metadata.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub(crate) name: String,
    pub(crate) file: Arc<StoredFile>,
    /// Files that a new version replaced, oldest first. No known operation lists them.
    pub(crate) earlier: Vec<Arc<StoredFile>>,
    /// Milliseconds since the epoch, like the next two.
    pub(crate) creation_date: i64,
    pub(crate) import_date: i64,
    pub(crate) mod_date: i64,
    /// Values by attribute id; an attribute without values has no entry.
    pub(crate) attributes: BTreeMap<u64, Vec<String>>,
    pub(crate) folders: BTreeSet<u64>,
    pub(crate) views: Vec<u64>,
    pub(crate) related: Vec<u64>,
    /// Whether the caller may not see it.
    pub(crate) restricted: bool,
}

#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parent: Option<u64>,
    /// The names below the root folder, joined by slashes; empty for the root folder.
    pub(crate) path: String,
}

#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) title: String,
    pub(crate) assets: Vec<u64>,
    pub(crate) permissions: BTreeMap<u64, Role>,
}

/// What a user may do with a collection. `viewer` is the only known name; `owner` is the sandbox's own
/// choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Viewer,
    Owner,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Owner => "owner",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) label: String,
    /// The name of the type in the vendor's user interface.
    pub(crate) kind: &'static str,
    /// The values to choose from; empty for free text.
    pub(crate) vocabulary: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    /// 0 (no access) to 9 (administrator).
    pub(crate) level: u8,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) users: BTreeSet<u64>,
}

/// An alternative file of an asset.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) asset: u64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) file: Arc<StoredFile>,
}
