//! The versions of files: each has an id of its own, which is what clients call a file's id.

use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::content::Stored;
use super::names;
use super::tree::{File, Node, Tree};
use crate::netexplorer::call::Caller;
use crate::netexplorer::errors::Failure;

#[derive(Debug)]
pub(crate) struct Version {
    /// The key of its file.
    pub(crate) file: u64,
    pub(crate) content: Stored,
    pub(crate) creation: DateTime<Utc>,
    pub(crate) modification: DateTime<Utc>,
    pub(crate) owner: u64,
    /// The MD5 that was announced for content still to come.
    pub(crate) announced: Option<String>,
}

/// A version with its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) id: u64,
    pub(crate) version: &'a Version,
    pub(crate) key: u64,
    pub(crate) file: &'a File,
}

/// The dates that a client gives a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dates {
    pub(crate) creation: Option<DateTime<Utc>>,
    pub(crate) modification: Option<DateTime<Utc>>,
}

/// What became of content that came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    /// The id of the new version.
    pub(crate) id: u64,
    /// Whether the file is new, too.
    pub(crate) new_file: bool,
}

impl Found<'_> {
    /// Refuses changes while somebody else holds the lock.
    pub(crate) fn must_be_writable(&self, caller: Caller) -> Result<(), Failure> {
        match &self.file.lock {
            Some(lock) if lock.owner != caller.user => Err(Failure::locked()),
            _ => Ok(()),
        }
    }
}

impl Tree {
    /// The version with this id, if the caller may see it.
    pub(crate) fn file(&self, id: u64, caller: Caller) -> Result<Found<'_>, Failure> {
        let found = self.live(id).ok_or_else(Failure::missing)?;
        if self.visible(found.file.parent, caller) { Ok(found) } else { Err(Failure::forbidden()) }
    }

    /// A version that is in no trash.
    pub(crate) fn live(&self, id: u64) -> Option<Found<'_>> {
        let version = self.versions.get(id)?;
        let file = self.files.get(version.file)?;
        file.versions.contains(&id).then_some(Found { id, version, key: version.file, file })
    }

    /// The newest version of a file.
    pub(crate) fn newest(&self, key: u64) -> Option<Found<'_>> {
        self.live(*self.files.get(key)?.versions.last()?)
    }

    /// The file that has this `guid`, by its key.
    pub(crate) fn with_guid(&self, guid: &str) -> Option<u64> {
        self.files.iter().find(|(_, file)| file.guid == guid).map(|(key, _)| key)
    }

    /// Refuses content that could not be placed: asked before anything is uploaded.
    pub(crate) fn check_place(
        &self,
        parent: u64,
        name: &str,
        caller: Caller,
    ) -> Result<(), Failure> {
        self.folder(parent, caller)?;
        names::check(name)?;
        match self.child(parent, name) {
            None => Ok(()),
            // A folder of that name.
            Some(Node::Folder(_)) => Err(Failure::duplicate()),
            Some(Node::File(key)) => {
                self.newest(key).ok_or_else(Failure::missing)?.must_be_writable(caller)
            }
        }
    }

    /// Puts content into a folder: a new file, or a new version of the one of that name.
    pub(crate) fn place(
        &mut self,
        parent: u64,
        name: &str,
        content: Stored,
        dates: Dates,
        (caller, now): (Caller, DateTime<Utc>),
    ) -> Result<Placed, Failure> {
        self.check_place(parent, name, caller)?;
        let existing = match self.child(parent, name) {
            Some(Node::File(key)) => Some(key),
            _ => None,
        };
        let key = existing.unwrap_or_else(|| self.files.add(|key| new_file(key, parent, name)));
        let id = self.versions.add(|_| Version {
            file: key,
            content,
            creation: dates.creation.unwrap_or(now),
            modification: dates.modification.unwrap_or(now),
            owner: caller.user,
            announced: None,
        });
        if let Some(file) = self.files.get_mut(key) {
            file.versions.push(id);
        }
        self.enter(parent, name, Node::File(key));
        self.touch(parent, now);
        Ok(Placed { id, new_file: existing.is_none() })
    }

    /// Adds a file without content, for content that follows.
    pub(crate) fn reserve(
        &mut self,
        parent: u64,
        name: &str,
        announced: Option<String>,
        (caller, now): (Caller, DateTime<Utc>),
    ) -> Result<u64, Failure> {
        self.folder(parent, caller)?;
        self.check_free(parent, name)?;
        let empty = Stored::new(Bytes::new());
        let placed = self.place(parent, name, empty, Dates::default(), (caller, now))?;
        if let Some(version) = self.versions.get_mut(placed.id) {
            version.announced = announced;
        }
        Ok(placed.id)
    }

    /// Notes that what stands in a folder has changed.
    pub(crate) fn touch(&mut self, folder: u64, now: DateTime<Utc>) {
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.modification = now;
        }
    }
}

fn new_file(key: u64, parent: u64, name: &str) -> File {
    File {
        name: name.to_owned(),
        parent,
        guid: format!("00000000-0000-4000-8000-{key:012x}"),
        versions: Vec::new(),
        lock: None,
        tags: BTreeSet::new(),
    }
}
