//! The tree of folders and files: where each one is, and who may see it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::generated::GeneratedFiles;
use super::nodes::{File, Folder, Node, Version, check_name};
use crate::common::table::IdTable;
use crate::netexplorer::request::Caller;
use crate::netexplorer::response::ApiError;

#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) folders: IdTable<Folder>,
    pub(crate) files: IdTable<File>,
    pub(crate) versions: IdTable<Version>,
    roots: BTreeSet<u64>,
    /// Entries by folder and name. The key makes names unique within a folder and lists sorted.
    entries: BTreeMap<(u64, String), Node>,
    pub(super) generated: GeneratedFiles,
}

impl Default for Tree {
    fn default() -> Self {
        Self {
            folders: IdTable::from_id(1),
            files: IdTable::from_id(1),
            versions: IdTable::from_id(1001),
            roots: BTreeSet::new(),
            entries: BTreeMap::new(),
            generated: GeneratedFiles::default(),
        }
    }
}

/// Reading.
impl Tree {
    pub(crate) fn roots(&self) -> impl Iterator<Item = u64> {
        self.roots.iter().copied()
    }

    /// The folder with this id, if the caller may see it.
    pub(crate) fn visible_folder(&self, id: u64, caller: Caller) -> Result<&Folder, ApiError> {
        let folder = self.folders.get(id).ok_or_else(ApiError::not_found)?;
        if self.is_visible(id, caller) { Ok(folder) } else { Err(ApiError::forbidden()) }
    }

    pub(crate) fn visible_folder_mut(
        &mut self,
        id: u64,
        caller: Caller,
    ) -> Result<&mut Folder, ApiError> {
        self.visible_folder(id, caller)?;
        self.folders.get_mut(id).ok_or_else(ApiError::not_found)
    }

    /// Whether the caller may see the folder: neither it nor a folder above it excludes the caller.
    pub(crate) fn is_visible(&self, folder: u64, caller: Caller) -> bool {
        caller.admin
            || self.lineage(folder).into_iter().filter_map(|id| self.folders.get(id)).all(|above| {
                above.only_for.as_ref().is_none_or(|users| users.contains(&caller.user))
                    && !above.excluded.contains(&caller.user)
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

    /// The entries of a folder, by name.
    pub(crate) fn children(&self, parent: u64) -> impl Iterator<Item = Node> {
        let first = (parent, String::new());
        self.entries
            .range(first..)
            .take_while(move |((id, _), _)| *id == parent)
            .map(|(_, node)| *node)
    }

    pub(crate) fn child(&self, parent: u64, name: &str) -> Option<Node> {
        self.entries.get(&(parent, name.to_owned())).copied()
    }

    /// All nodes below a folder, except those the caller may not see.
    pub(crate) fn descendants(&self, folder: u64, caller: Caller) -> Vec<Node> {
        let mut found = Vec::new();
        let mut pending = vec![folder];
        while let Some(folder) = pending.pop() {
            for node in self.children(folder) {
                if let Node::Folder(id) = node {
                    if !self.is_visible(id, caller) {
                        continue;
                    }
                    pending.push(id);
                }
                found.push(node);
            }
        }
        found
    }

    /// The node at a path below a folder.
    pub(crate) fn resolve_path<'a>(
        &self,
        root: u64,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Option<Node> {
        segments.into_iter().try_fold(Node::Folder(root), |node, name| match node {
            Node::Folder(id) => self.child(id, name),
            Node::File(_) => None,
        })
    }

    /// Refuses a name that is not allowed, or that is taken in this folder.
    pub(crate) fn check_name_free(&self, parent: u64, name: &str) -> Result<(), ApiError> {
        check_name(name)?;
        if self.child(parent, name).is_some() { Err(ApiError::name_taken()) } else { Ok(()) }
    }

    /// The folder and the name of a node; `None` for a root.
    fn location(&self, node: Node) -> Option<(u64, String)> {
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
}

/// Writing.
impl Tree {
    pub(crate) fn add_root(&mut self, name: &str, owner: u64, now: DateTime<Utc>) -> u64 {
        let id = self.folders.add(|_| Folder::new(name, None, owner, now));
        self.roots.insert(id);
        id
    }

    pub(crate) fn add_folder(
        &mut self,
        parent: u64,
        name: &str,
        owner: u64,
        now: DateTime<Utc>,
    ) -> Result<u64, ApiError> {
        self.check_name_free(parent, name)?;
        let id = self.folders.add(|_| Folder::new(name, Some(parent), owner, now));
        self.link(parent, name, Node::Folder(id));
        Ok(id)
    }

    /// Makes a node an entry of a folder.
    pub(super) fn link(&mut self, parent: u64, name: &str, node: Node) {
        self.entries.insert((parent, name.to_owned()), node);
    }

    pub(super) fn unlink(&mut self, parent: u64, name: &str) {
        self.entries.remove(&(parent, name.to_owned()));
    }

    pub(super) fn link_root(&mut self, id: u64) {
        self.roots.insert(id);
    }

    pub(super) fn unlink_root(&mut self, id: u64) {
        self.roots.remove(&id);
    }

    /// Renames a node, moves it, or both.
    pub(crate) fn relocate(
        &mut self,
        node: Node,
        parent: Option<u64>,
        name: Option<&str>,
        caller: Caller,
    ) -> Result<(), ApiError> {
        let Some((old_parent, old_name)) = self.location(node) else {
            return self.rename_root(node, parent, name);
        };
        let parent = parent.unwrap_or(old_parent);
        let name = name.unwrap_or(&old_name).to_owned();
        if (parent, &name) == (old_parent, &old_name) {
            return Ok(());
        }
        self.visible_folder(parent, caller)?;
        if let Node::Folder(id) = node
            && self.lineage(parent).contains(&id)
        {
            return Err(ApiError::bad_request("un dossier ne peut pas être déplacé dans lui-même"));
        }
        self.check_name_free(parent, &name)?;
        self.unlink(old_parent, &old_name);
        self.link(parent, &name, node);
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

    /// A root can be renamed, but not moved.
    fn rename_root(
        &mut self,
        node: Node,
        parent: Option<u64>,
        name: Option<&str>,
    ) -> Result<(), ApiError> {
        let Node::Folder(id) = node else { return Err(ApiError::not_found()) };
        if parent.is_some() {
            return Err(ApiError::forbidden());
        }
        if let Some(name) = name {
            check_name(name)?;
            self.folders.get_mut(id).ok_or_else(ApiError::not_found)?.name = name.to_owned();
        }
        Ok(())
    }

    /// Sets the users who are excluded from folders, instead of all that were excluded before.
    pub(super) fn exclude(&mut self, excluded: Vec<(u64, BTreeSet<u64>)>) {
        for (_, folder) in self.folders.iter_mut() {
            folder.excluded.clear();
        }
        for (id, users) in excluded {
            if let Some(folder) = self.folders.get_mut(id) {
                folder.excluded.extend(users);
            }
        }
    }

    /// Updates the modification date of a folder whose entries have changed.
    pub(crate) fn touch(&mut self, folder: u64, now: DateTime<Utc>) {
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.modification = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netexplorer::settings::{ADMINISTRATOR, MEMBER};

    const ADMIN: Caller = Caller { user: ADMINISTRATOR, admin: true };
    const OTHER: Caller = Caller { user: MEMBER, admin: false };

    /// A root with `a/b` in it; returns the three ids.
    fn tree() -> (Tree, [u64; 3]) {
        let now = DateTime::default();
        let mut tree = Tree::default();
        let root = tree.add_root("root", ADMINISTRATOR, now);
        let a = tree.add_folder(root, "a", ADMINISTRATOR, now).unwrap();
        let b = tree.add_folder(a, "b", ADMINISTRATOR, now).unwrap();
        (tree, [root, a, b])
    }

    #[test]
    fn a_folder_cannot_be_moved_into_itself_or_below() {
        let (mut tree, [root, a, b]) = tree();
        for target in [a, b] {
            assert!(tree.relocate(Node::Folder(a), Some(target), None, ADMIN).is_err());
        }
        tree.relocate(Node::Folder(b), Some(root), Some("c"), ADMIN).unwrap();
        assert_eq!(tree.resolve_path(root, ["c"]), Some(Node::Folder(b)));
        assert_eq!(tree.resolve_path(root, ["a", "b"]), None);
    }

    #[test]
    fn what_is_below_a_restricted_folder_is_restricted_too() {
        let (mut tree, [root, a, b]) = tree();
        tree.visible_folder_mut(a, ADMIN).unwrap().only_for = Some(BTreeSet::from([ADMINISTRATOR]));
        assert_eq!(tree.visible_folder(b, OTHER).unwrap_err(), ApiError::forbidden());
        assert!(tree.visible_folder(b, ADMIN).is_ok());
        assert_eq!(tree.descendants(root, OTHER), []);
        assert_eq!(tree.descendants(root, ADMIN), [Node::Folder(a), Node::Folder(b)]);
    }
}
