//! What the tree consists of: folders, files and the versions of files; and the rules for their names.
//!
//! Clients know a file by the ids of its versions: what they call a file's id names one version, and the
//! file's `guid` stays the same for all of them. The key of a [`File`] is internal.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::content::StoredContent;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::ApiError;

#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) name: String,
    /// `None` for a root.
    pub(crate) parent: Option<u64>,
    pub(crate) owner: u64,
    pub(crate) creation: DateTime<Utc>,
    pub(crate) modification: DateTime<Utc>,
    /// Bytes; 0 is unlimited, -1 is inherited. Not enforced.
    pub(crate) quota: i64,
    /// The only users who may see the folder and its descendants; `None` if everyone may.
    pub(crate) only_for: Option<BTreeSet<u64>>,
    /// Users whom a right excludes from the folder and its descendants.
    pub(super) excluded: BTreeSet<u64>,
    pub(crate) tags: BTreeSet<u64>,
}

impl Folder {
    pub(super) fn new(name: &str, parent: Option<u64>, owner: u64, now: DateTime<Utc>) -> Self {
        Self {
            name: name.to_owned(),
            parent,
            owner,
            creation: now,
            modification: now,
            quota: -1,
            only_for: None,
            excluded: BTreeSet::new(),
            tags: BTreeSet::new(),
        }
    }
}

/// A file: what all its versions share.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) parent: u64,
    pub(crate) guid: String,
    /// The ids of its versions, oldest first; never empty.
    pub(crate) versions: Vec<u64>,
    pub(crate) lock: Option<Lock>,
    pub(crate) tags: BTreeSet<u64>,
}

impl File {
    pub(super) fn new(key: u64, parent: u64, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            parent,
            guid: format!("00000000-0000-4000-8000-{key:012x}"),
            versions: Vec::new(),
            lock: None,
            tags: BTreeSet::new(),
        }
    }
}

/// The user who keeps others from writing to a file.
#[derive(Debug, Clone)]
pub(crate) struct Lock {
    pub(crate) owner: u64,
    pub(crate) date: DateTime<Utc>,
}

#[derive(Debug)]
pub(crate) struct Version {
    /// The key of the file.
    pub(crate) file: u64,
    pub(crate) content: StoredContent,
    pub(crate) creation: DateTime<Utc>,
    pub(crate) modification: DateTime<Utc>,
    pub(crate) owner: u64,
    /// The announced MD5 of content that has not been uploaded yet.
    pub(crate) announced_hash: Option<String>,
}

/// A version together with its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VersionRef<'a> {
    pub(crate) id: u64,
    pub(crate) version: &'a Version,
    pub(crate) key: u64,
    pub(crate) file: &'a File,
}

impl VersionRef<'_> {
    /// Refuses changes while another user holds the lock.
    pub(crate) fn check_writable(&self, caller: Caller) -> Result<(), ApiError> {
        match &self.file.lock {
            Some(lock) if lock.owner != caller.user => Err(ApiError::locked()),
            _ => Ok(()),
        }
    }
}

/// The dates that a client sets on a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FileDates {
    pub(crate) creation: Option<DateTime<Utc>>,
    pub(crate) modification: Option<DateTime<Utc>>,
}

/// An entry of a folder: a folder by its id, or a file by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Folder(u64),
    File(u64),
}

/// The longest name, in characters. Clients keep to this limit; that the server enforces it is the sandbox's
/// own choice.
const MAX_NAME_LENGTH: usize = 200;

/// Refuses a name that the vendor does not allow for a file or folder.
pub(super) fn check_name(name: &str) -> Result<(), ApiError> {
    let forbidden = |c: char| {
        matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|') || c.is_control()
    };
    if name.is_empty()
        || name.trim() != name
        || name.chars().count() > MAX_NAME_LENGTH
        || name.contains(forbidden)
    {
        return Err(ApiError::invalid_name());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_that_the_vendor_forbids_are_refused() {
        for name in
            ["", " a", "a ", "a/b", "a\\b", "a:b", "a*", "a?", "a\"", "<a", "a>", "a|b", "a\nb"]
        {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name(&"a".repeat(201)).is_err());
        for name in ["a", "é à.zip", "a.b.c", ".hidden", "名前"] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }
}
