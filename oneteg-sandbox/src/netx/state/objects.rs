//! The objects of a NetX instance, as far as the stand-in needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::StoredFile;

/// A file with its metadata.
#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) name: String,
    pub(crate) file: Arc<StoredFile>,
    /// Files replaced by a new version, oldest first. No known operation lists them.
    pub(crate) earlier: Vec<Arc<StoredFile>>,
    /// Milliseconds since the epoch, as the two below.
    pub(crate) creation_date: i64,
    pub(crate) import_date: i64,
    pub(crate) mod_date: i64,
    /// Values by attribute id; an attribute without values is not kept.
    pub(crate) attributes: BTreeMap<u64, Vec<String>>,
    pub(crate) folders: BTreeSet<u64>,
    pub(crate) views: Vec<u64>,
    pub(crate) related: Vec<u64>,
    /// The caller may not see it.
    pub(crate) restricted: bool,
}

#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parent: Option<u64>,
    /// Names from below the root, joined by slashes; empty for the root.
    pub(crate) path: String,
}

#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) title: String,
    pub(crate) assets: Vec<u64>,
    pub(crate) permissions: BTreeMap<u64, Role>,
}

/// What a user may do with a collection. `viewer` is the only name that is known; the other is the
/// sandbox's own choice.
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
    /// The type's name in the vendor's user interface.
    pub(crate) kind: &'static str,
    /// The values offered for choice; empty for free text.
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
