//! The trash: what was deleted and can come back.

use chrono::{DateTime, Utc};

use super::tree::{File, Folder, Node, Tree};
use crate::netexplorer::errors::Failure;

#[derive(Debug)]
pub(crate) struct TrashItem {
    pub(crate) name: String,
    pub(crate) owner: u64,
    pub(crate) deletion: DateTime<Utc>,
    pub(crate) modification: DateTime<Utc>,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) what: Trashed,
}

#[derive(Debug)]
pub(crate) enum Trashed {
    /// A node with all below it, itself first.
    Nodes { top: Node, folders: Vec<(u64, Folder)>, files: Vec<(u64, File)> },
    /// Some versions of a file that stays.
    Versions { key: u64, ids: Vec<u64> },
}

impl Trashed {
    /// The ids of the versions in it.
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
    /// Takes a node and all below it out of the tree.
    pub(crate) fn take(&mut self, top: Node) -> Option<Trashed> {
        let (mut folders, mut files) = (Vec::new(), Vec::new());
        let mut waiting = vec![top];
        while let Some(node) = waiting.pop() {
            match node {
                Node::Folder(id) => {
                    waiting.extend(self.children(id));
                    let folder = self.folders.remove(id)?;
                    match folder.parent {
                        Some(parent) => self.leave(parent, &folder.name),
                        None => self.forget_root(id),
                    }
                    folders.push((id, folder));
                }
                Node::File(key) => {
                    let file = self.files.remove(key)?;
                    self.leave(file.parent, &file.name);
                    files.push((key, file));
                }
            }
        }
        Some(Trashed::Nodes { top, folders, files })
    }

    /// Takes some versions out of a file that keeps others.
    pub(crate) fn take_versions(&mut self, key: u64, ids: Vec<u64>) -> Option<Trashed> {
        self.files.get_mut(key)?.versions.retain(|id| !ids.contains(id));
        Some(Trashed::Versions { key, ids })
    }

    /// Refuses to restore what has no place any more.
    pub(crate) fn check_restorable(&self, what: &Trashed) -> Result<(), Failure> {
        match what {
            Trashed::Versions { key, .. } if self.files.get(*key).is_none() => {
                Err(Failure::conflict("le fichier de ces versions n'existe plus"))
            }
            Trashed::Versions { .. } => Ok(()),
            Trashed::Nodes { folders, files, .. } => {
                let (parent, name) = match (folders.first(), files.first()) {
                    (Some((_, folder)), _) => (folder.parent, &folder.name),
                    (None, Some((_, file))) => (Some(file.parent), &file.name),
                    (None, None) => return Err(Failure::missing()),
                };
                match parent {
                    None => Ok(()),
                    Some(parent) if self.folders.get(parent).is_none() => {
                        Err(Failure::conflict("le dossier d'origine n'existe plus"))
                    }
                    Some(parent) => self.check_free(parent, name),
                }
            }
        }
    }

    /// Puts back what was taken, and answers which node that is. [`Tree::check_restorable`] comes first.
    pub(crate) fn put_back(&mut self, what: Trashed) -> Node {
        match what {
            Trashed::Versions { key, ids } => {
                if let Some(file) = self.files.get_mut(key) {
                    file.versions.extend(ids);
                    file.versions.sort_unstable();
                }
                Node::File(key)
            }
            Trashed::Nodes { top, folders, files } => {
                for (id, folder) in folders {
                    match folder.parent {
                        Some(parent) => self.enter(parent, &folder.name, Node::Folder(id)),
                        None => self.enter_root(id),
                    }
                    self.folders.insert(id, folder);
                }
                for (key, file) in files {
                    self.enter(file.parent, &file.name, Node::File(key));
                    self.files.insert(key, file);
                }
                top
            }
        }
    }

    /// Forgets the content of what was taken.
    pub(crate) fn purge(&mut self, what: &Trashed) {
        for id in what.versions() {
            self.versions.remove(id);
        }
    }
}
