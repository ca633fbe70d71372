//! The trash: what was deleted and can be restored.

use chrono::{DateTime, Utc};

use super::nodes::{File, Folder, Node};
use super::tree::Tree;
use crate::netexplorer::response::ApiError;

#[derive(Debug)]
pub(crate) struct TrashItem {
    pub(crate) name: String,
    pub(crate) owner: u64,
    pub(crate) deletion: DateTime<Utc>,
    pub(crate) modification: DateTime<Utc>,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) contents: TrashContents,
}

#[derive(Debug)]
pub(crate) enum TrashContents {
    /// A node and everything below it. The node itself comes first in its list.
    Nodes { top: Node, folders: Vec<(u64, Folder)>, files: Vec<(u64, File)> },
    /// Some versions of a file that still exists.
    Versions { key: u64, ids: Vec<u64> },
}

impl TrashContents {
    /// The ids of all versions in it.
    pub(crate) fn versions(&self) -> Vec<u64> {
        match self {
            Self::Nodes { files, .. } => {
                files.iter().flat_map(|(_, file)| file.versions.iter().copied()).collect()
            }
            Self::Versions { ids, .. } => ids.clone(),
        }
    }
}

impl Tree {
    /// Takes a node and everything below it out of the tree.
    pub(crate) fn detach(&mut self, top: Node) -> Option<TrashContents> {
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        let mut pending = vec![top];
        while let Some(node) = pending.pop() {
            match node {
                Node::Folder(id) => {
                    pending.extend(self.children(id));
                    let folder = self.folders.remove(id)?;
                    match folder.parent {
                        Some(parent) => self.unlink(parent, &folder.name),
                        None => self.unlink_root(id),
                    }
                    folders.push((id, folder));
                }
                Node::File(key) => {
                    let file = self.files.remove(key)?;
                    self.unlink(file.parent, &file.name);
                    files.push((key, file));
                }
            }
        }
        Some(TrashContents::Nodes { top, folders, files })
    }

    /// Takes some versions out of a file that keeps others.
    pub(crate) fn detach_versions(&mut self, key: u64, ids: Vec<u64>) -> Option<TrashContents> {
        self.files.get_mut(key)?.versions.retain(|id| !ids.contains(id));
        Some(TrashContents::Versions { key, ids })
    }

    /// Refuses to restore what has no place any more.
    pub(crate) fn check_restorable(&self, contents: &TrashContents) -> Result<(), ApiError> {
        match contents {
            TrashContents::Versions { key, .. } if self.files.get(*key).is_none() => {
                Err(ApiError::conflict("le fichier de ces versions n'existe plus"))
            }
            TrashContents::Versions { .. } => Ok(()),
            TrashContents::Nodes { folders, files, .. } => {
                let (parent, name) = match (folders.first(), files.first()) {
                    (Some((_, folder)), _) => (folder.parent, &folder.name),
                    (None, Some((_, file))) => (Some(file.parent), &file.name),
                    (None, None) => return Err(ApiError::not_found()),
                };
                match parent {
                    None => Ok(()),
                    Some(parent) if self.folders.get(parent).is_none() => {
                        Err(ApiError::conflict("le dossier d'origine n'existe plus"))
                    }
                    Some(parent) => self.check_name_free(parent, name),
                }
            }
        }
    }

    /// Puts detached contents back where they were, and returns the restored node. Call
    /// [`Tree::check_restorable`] first.
    pub(crate) fn reattach(&mut self, contents: TrashContents) -> Node {
        match contents {
            TrashContents::Versions { key, ids } => {
                if let Some(file) = self.files.get_mut(key) {
                    file.versions.extend(ids);
                    // Ids grow with time, so their order is the age of the versions.
                    file.versions.sort_unstable();
                }
                Node::File(key)
            }
            TrashContents::Nodes { top, folders, files } => {
                for (id, folder) in folders {
                    match folder.parent {
                        Some(parent) => self.link(parent, &folder.name, Node::Folder(id)),
                        None => self.link_root(id),
                    }
                    self.folders.insert(id, folder);
                }
                for (key, file) in files {
                    self.link(file.parent, &file.name, Node::File(key));
                    self.files.insert(key, file);
                }
                top
            }
        }
    }

    /// Deletes the content of detached versions for good.
    pub(crate) fn purge(&mut self, contents: &TrashContents) {
        for id in contents.versions() {
            self.versions.remove(id);
        }
    }
}
