//! Files in the tree: finding versions, and adding new ones.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::content::StoredContent;
use super::nodes::{File, FileDates, Node, Version, VersionRef, check_name};
use super::tree::Tree;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::ApiError;

/// The result of placing content in a folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedFile {
    /// The id of the new version.
    pub(crate) id: u64,
    /// Whether the file is new as well.
    pub(crate) new_file: bool,
}

impl Tree {
    /// The version with this id, if the caller may see it.
    pub(crate) fn visible_version(
        &self,
        id: u64,
        caller: Caller,
    ) -> Result<VersionRef<'_>, ApiError> {
        let found = self.version(id).ok_or_else(ApiError::not_found)?;
        if self.is_visible(found.file.parent, caller) {
            Ok(found)
        } else {
            Err(ApiError::forbidden())
        }
    }

    /// The version with this id, unless it is in the trash.
    pub(crate) fn version(&self, id: u64) -> Option<VersionRef<'_>> {
        let version = self.versions.get(id)?;
        let file = self.files.get(version.file)?;
        file.versions.contains(&id).then_some(VersionRef { id, version, key: version.file, file })
    }

    /// The newest version of a file.
    pub(crate) fn newest_version(&self, key: u64) -> Option<VersionRef<'_>> {
        self.version(*self.files.get(key)?.versions.last()?)
    }

    /// The key of the file with this `guid`.
    pub(crate) fn file_key(&self, guid: &str) -> Option<u64> {
        self.files.iter().find(|(_, file)| file.guid == guid).map(|(key, _)| key)
    }

    /// Refuses content that could not be placed. Uploads check this before they accept any bytes.
    pub(crate) fn check_placement(
        &self,
        parent: u64,
        name: &str,
        caller: Caller,
    ) -> Result<(), ApiError> {
        self.visible_folder(parent, caller)?;
        check_name(name)?;
        match self.child(parent, name) {
            None => Ok(()),
            // A file cannot replace the folder of that name.
            Some(Node::Folder(_)) => Err(ApiError::name_taken()),
            Some(Node::File(key)) => {
                self.newest_version(key).ok_or_else(ApiError::not_found)?.check_writable(caller)
            }
        }
    }

    /// Puts content in a folder: as a new file, or as a new version of the file with that name.
    pub(crate) fn place_content(
        &mut self,
        parent: u64,
        name: &str,
        content: StoredContent,
        dates: FileDates,
        (caller, now): (Caller, DateTime<Utc>),
    ) -> Result<PlacedFile, ApiError> {
        self.check_placement(parent, name, caller)?;
        let existing = match self.child(parent, name) {
            Some(Node::File(key)) => Some(key),
            _ => None,
        };
        let key = existing.unwrap_or_else(|| self.files.add(|key| File::new(key, parent, name)));
        let id = self.versions.add(|_| Version {
            file: key,
            content,
            creation: dates.creation.unwrap_or(now),
            modification: dates.modification.unwrap_or(now),
            owner: caller.user,
            announced_hash: None,
        });
        if let Some(file) = self.files.get_mut(key) {
            file.versions.push(id);
        }
        self.link(parent, name, Node::File(key));
        self.touch(parent, now);
        Ok(PlacedFile { id, new_file: existing.is_none() })
    }

    /// Adds an empty file whose content will be uploaded later.
    pub(crate) fn reserve_file(
        &mut self,
        parent: u64,
        name: &str,
        announced_hash: Option<String>,
        (caller, now): (Caller, DateTime<Utc>),
    ) -> Result<u64, ApiError> {
        self.visible_folder(parent, caller)?;
        self.check_name_free(parent, name)?;
        let empty = StoredContent::new(Bytes::new());
        let placed =
            self.place_content(parent, name, empty, FileDates::default(), (caller, now))?;
        if let Some(version) = self.versions.get_mut(placed.id) {
            version.announced_hash = announced_hash;
        }
        Ok(placed.id)
    }
}
