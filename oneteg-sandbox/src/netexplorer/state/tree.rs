//! The tree of folders and files: who is where, and who may see it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::names;
use super::objects::Lock;
use super::versions::Version;
use crate::common::table::IdTable;
use crate::netexplorer::call::Caller;
use crate::netexplorer::errors::Failure;

#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) name: String,
    /// None for a root.
    pub(crate) parent: Option<u64>,
    pub(crate) owner: u64,
    pub(crate) creation: DateTime<Utc>,
    pub(crate) modification: DateTime<Utc>,
    /// Bytes; 0 is unlimited, -1 inherits. Not enforced.
    pub(crate) quota: i64,
    /// The users who may see it and what is below, if not everybody.
    pub(crate) only_for: Option<BTreeSet<u64>>,
    pub(crate) tags: BTreeSet<u64>,
}

/// A file: what its versions share.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) parent: u64,
    pub(crate) guid: String,
    /// Ids, oldest first; never empty.
    pub(crate) versions: Vec<u64>,
    pub(crate) lock: Option<Lock>,
    pub(crate) tags: BTreeSet<u64>,
}

/// What stands in a folder. A file is named by its key, which no client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Folder(u64),
    File(u64),
}

#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) folders: IdTable<Folder>,
    pub(crate) files: IdTable<File>,
    pub(crate) versions: IdTable<Version>,
    roots: BTreeSet<u64>,
    /// By folder and name: what makes names unique and lists sorted.
    entries: BTreeMap<(u64, String), Node>,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            folders: IdTable::from_id(1),
            files: IdTable::from_id(1),
            versions: IdTable::from_id(1001),
            roots: BTreeSet::new(),
            entries: BTreeMap::new(),
        }
    }
}

impl Tree {
    pub(crate) fn add_root(&mut self, name: &str, owner: u64, now: DateTime<Utc>) -> u64 {
        let id = self.folders.add(|_| new_folder(name, None, owner, now));
        self.roots.insert(id);
        id
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = u64> {
        self.roots.iter().copied()
    }

    /// The folder with this id, if the caller may see it.
    pub(crate) fn folder(&self, id: u64, caller: Caller) -> Result<&Folder, Failure> {
        let folder = self.folders.get(id).ok_or_else(Failure::missing)?;
        if self.visible(id, caller) { Ok(folder) } else { Err(Failure::forbidden()) }
    }

    pub(crate) fn folder_mut(&mut self, id: u64, caller: Caller) -> Result<&mut Folder, Failure> {
        self.folder(id, caller)?;
        self.folders.get_mut(id).ok_or_else(Failure::missing)
    }

    /// Whether nothing above the folder, nor itself, is kept from the caller.
    pub(crate) fn visible(&self, folder: u64, caller: Caller) -> bool {
        caller.admin
            || self.lineage(folder).into_iter().filter_map(|id| self.folders.get(id)).all(|above| {
                above.only_for.as_ref().is_none_or(|users| users.contains(&caller.user))
            })
    }

    /// The ids from the root down to the folder itself.
    pub(crate) fn lineage(&self, folder: u64) -> Vec<u64> {
        let mut ids = Vec::new();
        let mut next = Some(folder);
        while let Some(id) = next {
            ids.push(id);
            next = self.folders.get(id).and_then(|folder| folder.parent);
        }
        ids.reverse();
        ids
    }

    /// What stands in a folder, by name.
    pub(crate) fn children(&self, parent: u64) -> impl Iterator<Item = Node> {
        let from = (parent, String::new());
        self.entries
            .range(from..)
            .take_while(move |((id, _), _)| *id == parent)
            .map(|(_, node)| *node)
    }

    pub(crate) fn child(&self, parent: u64, name: &str) -> Option<Node> {
        self.entries.get(&(parent, name.to_owned())).copied()
    }

    /// The nodes below a folder, down to the last one; what the caller may not see is left out.
    pub(crate) fn below(&self, folder: u64, caller: Caller) -> Vec<Node> {
        let mut found = Vec::new();
        let mut waiting = vec![folder];
        while let Some(folder) = waiting.pop() {
            for node in self.children(folder) {
                if let Node::Folder(id) = node {
                    if !self.visible(id, caller) {
                        continue;
                    }
                    waiting.push(id);
                }
                found.push(node);
            }
        }
        found
    }

    /// Refuses a name that cannot be, or that is taken.
    pub(crate) fn check_free(&self, parent: u64, name: &str) -> Result<(), Failure> {
        names::check(name)?;
        if self.child(parent, name).is_some() { Err(Failure::duplicate()) } else { Ok(()) }
    }

    pub(crate) fn add_folder(
        &mut self,
        parent: u64,
        name: &str,
        owner: u64,
        now: DateTime<Utc>,
    ) -> Result<u64, Failure> {
        self.check_free(parent, name)?;
        let id = self.folders.add(|_| new_folder(name, Some(parent), owner, now));
        self.enter(parent, name, Node::Folder(id));
        Ok(id)
    }

    /// Writes down what stands in a folder under a name.
    pub(super) fn enter(&mut self, parent: u64, name: &str, node: Node) {
        self.entries.insert((parent, name.to_owned()), node);
    }

    pub(super) fn leave(&mut self, parent: u64, name: &str) {
        self.entries.remove(&(parent, name.to_owned()));
    }

    pub(super) fn forget_root(&mut self, id: u64) {
        self.roots.remove(&id);
    }

    pub(super) fn enter_root(&mut self, id: u64) {
        self.roots.insert(id);
    }

    /// The folder and the name of a node; none for a root.
    fn place_of(&self, node: Node) -> Option<(u64, String)> {
        match node {
            Node::Folder(id) => {
                let folder = self.folders.get(id)?;
                Some((folder.parent?, folder.name.clone()))
            }
            Node::File(key) => {
                let file = self.files.get(key)?;
                Some((file.parent, file.name.clone()))
            }
        }
    }

    /// Renames and moves a node, each if wanted.
    pub(crate) fn relocate(
        &mut self,
        node: Node,
        parent: Option<u64>,
        name: Option<&str>,
        caller: Caller,
    ) -> Result<(), Failure> {
        let Some((old_parent, old_name)) = self.place_of(node) else {
            return self.rename_root(node, parent, name);
        };
        let parent = parent.unwrap_or(old_parent);
        let name = name.unwrap_or(&old_name).to_owned();
        if (parent, &name) == (old_parent, &old_name) {
            return Ok(());
        }
        self.folder(parent, caller)?;
        if let Node::Folder(id) = node
            && self.lineage(parent).contains(&id)
        {
            return Err(Failure::invalid("un dossier ne peut pas être déplacé dans lui-même"));
        }
        self.check_free(parent, &name)?;
        self.leave(old_parent, &old_name);
        self.enter(parent, &name, node);
        match node {
            Node::Folder(id) => {
                if let Some(folder) = self.folders.get_mut(id) {
                    folder.parent = Some(parent);
                    folder.name = name;
                }
            }
            Node::File(key) => {
                if let Some(file) = self.files.get_mut(key) {
                    file.parent = parent;
                    file.name = name;
                }
            }
        }
        Ok(())
    }

    /// A root keeps its place.
    fn rename_root(
        &mut self,
        node: Node,
        parent: Option<u64>,
        name: Option<&str>,
    ) -> Result<(), Failure> {
        let Node::Folder(id) = node else { return Err(Failure::missing()) };
        if parent.is_some() {
            return Err(Failure::forbidden());
        }
        if let Some(name) = name {
            names::check(name)?;
            self.folders.get_mut(id).ok_or_else(Failure::missing)?.name = name.to_owned();
        }
        Ok(())
    }

    /// The node at a path below a folder.
    pub(crate) fn at<'a>(
        &self,
        root: u64,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Option<Node> {
        segments.into_iter().try_fold(Node::Folder(root), |node, name| match node {
            Node::Folder(id) => self.child(id, name),
            Node::File(_) => None,
        })
    }
}

fn new_folder(name: &str, parent: Option<u64>, owner: u64, now: DateTime<Utc>) -> Folder {
    Folder {
        name: name.to_owned(),
        parent,
        owner,
        creation: now,
        modification: now,
        quota: -1,
        only_for: None,
        tags: BTreeSet::new(),
    }
}
