//! The data behind the lock, and the lookups that every operation needs.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::generated::GeneratedAssets;
use super::objects::{Asset, Attribute, Collection, Folder, Group, User, View};
use crate::common::table::IdTable;
use crate::netx::response::RpcError;

/// The root folder's id.
pub(crate) const ROOT_FOLDER: u64 = 1;

/// Where the logical clock starts: 14 November 2023, 22:13:20 UTC, in milliseconds since the epoch.
const EPOCH: i64 = 1_700_000_000_000;

/// How far each write advances the logical clock, in milliseconds.
const TICK: i64 = 1_000;

/// Everything the stand-in remembers. It is behind one lock, so each operation is atomic.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) assets: IdTable<Asset>,
    /// Further assets, which are not stored.
    pub(crate) generated: Option<GeneratedAssets>,
    pub(crate) folders: IdTable<Folder>,
    pub(crate) collections: IdTable<Collection>,
    pub(crate) attributes: IdTable<Attribute>,
    pub(crate) users: IdTable<User>,
    pub(crate) groups: IdTable<Group>,
    pub(crate) views: IdTable<View>,
    /// The id of the user that every API token belongs to.
    pub(crate) caller: u64,
    now: i64,
}

impl Store {
    /// A store that has only the root folder and the caller.
    pub(crate) fn empty() -> Self {
        let mut folders = IdTable::from_id(ROOT_FOLDER);
        folders.add(|_| Folder {
            name: "Home".into(),
            description: String::new(),
            parent: None,
            path: String::new(),
        });
        let mut users = IdTable::from_id(1);
        let caller = users.add(|_| User { name: "Sandbox User".into(), level: 9 });
        Self {
            assets: IdTable::from_id(201),
            generated: None,
            folders,
            collections: IdTable::from_id(51),
            attributes: IdTable::from_id(11),
            users,
            groups: IdTable::from_id(1),
            views: IdTable::from_id(901),
            caller,
            now: EPOCH,
        }
    }

    /// Advances the logical clock by one write and returns the new time, in milliseconds since the epoch.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now += TICK;
        self.now
    }

    /// The asset with this id, if the caller may see it.
    pub(crate) fn asset(&self, id: u64) -> Result<Cow<'_, Asset>, RpcError> {
        match self.assets.get(id) {
            None => {
                let generated = self.generated.as_ref().and_then(|generated| generated.get(id));
                generated.map(Cow::Owned).ok_or_else(|| RpcError::not_found("asset", id))
            }
            Some(asset) if asset.restricted => Err(RpcError::no_access()),
            Some(asset) => Ok(Cow::Borrowed(asset)),
        }
    }

    /// As [`Store::asset`], for a change. A generated asset becomes a stored one.
    pub(crate) fn asset_mut(&mut self, id: u64) -> Result<&mut Asset, RpcError> {
        if let Cow::Owned(asset) = self.asset(id)? {
            self.assets.insert(id, asset);
            self.generated.as_mut().map(|generated| generated.replace(id));
        }
        self.assets.get_mut(id).ok_or_else(|| RpcError::not_found("asset", id))
    }

    /// The stored assets that the caller may see, in the order of their ids.
    pub(crate) fn visible_assets(&self) -> impl Iterator<Item = (u64, &Asset)> {
        self.assets.iter().filter(|(_, asset)| !asset.restricted)
    }

    pub(crate) fn folder(&self, id: u64) -> Result<&Folder, RpcError> {
        self.folders.get(id).ok_or_else(|| RpcError::not_found("folder", id))
    }

    pub(crate) fn child_folders(&self, parent: u64) -> impl Iterator<Item = (u64, &Folder)> {
        self.folders.iter().filter(move |(_, folder)| folder.parent == Some(parent))
    }

    /// The folder and everything below it.
    pub(crate) fn folder_tree(&self, top: u64) -> BTreeSet<u64> {
        let mut tree = BTreeSet::from([top]);
        let mut pending = vec![top];
        while let Some(folder) = pending.pop() {
            for (child, _) in self.child_folders(folder) {
                if tree.insert(child) {
                    pending.push(child);
                }
            }
        }
        tree
    }

    /// The folder at this path; the root folder if there are no segments.
    pub(crate) fn folder_at<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Option<u64> {
        segments
            .into_iter()
            .try_fold(ROOT_FOLDER, |folder, name| self.child_with_name(folder, name))
    }

    pub(crate) fn child_with_name(&self, parent: u64, name: &str) -> Option<u64> {
        self.child_folders(parent).find(|(_, folder)| folder.name == name).map(|(id, _)| id)
    }

    /// Adds a folder below `parent` and returns its id.
    pub(crate) fn add_folder(&mut self, parent: u64, name: &str, description: &str) -> u64 {
        let path = match self.folders.get(parent) {
            Some(above) if !above.path.is_empty() => format!("{}/{name}", above.path),
            _ => name.to_owned(),
        };
        self.folders.add(|_| Folder {
            name: name.to_owned(),
            description: description.to_owned(),
            parent: Some(parent),
            path,
        })
    }

    pub(crate) fn attribute_with_label(&self, label: &str) -> Option<u64> {
        self.attributes.iter().find(|(_, attribute)| attribute.label == label).map(|(id, _)| id)
    }

    /// Removes an asset, its views, and every reference to it.
    pub(crate) fn remove_asset(&mut self, id: u64) {
        let removed = self.assets.remove(id);
        let was_generated = self.generated.as_mut().is_some_and(|it| it.replace(id));
        if removed.is_none() && !was_generated {
            return;
        }
        for view in removed.into_iter().flat_map(|asset| asset.views) {
            self.views.remove(view);
        }
        for (_, asset) in self.assets.iter_mut() {
            asset.related.retain(|related| *related != id);
        }
        for (_, collection) in self.collections.iter_mut() {
            collection.assets.retain(|asset| *asset != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_form_a_tree_with_paths() {
        let mut store = Store::empty();
        let outer = store.add_folder(ROOT_FOLDER, "a", "");
        let inner = store.add_folder(outer, "b", "");
        let other = store.add_folder(ROOT_FOLDER, "b", "");
        assert_eq!(store.folder(inner).unwrap().path, "a/b");
        assert_eq!(store.folder_at(["a", "b"]), Some(inner));
        assert_eq!(store.folder_at(["b"]), Some(other));
        assert_eq!(store.folder_at(["b", "b"]), None);
        assert_eq!(store.folder_at([]), Some(ROOT_FOLDER));
        assert_eq!(store.folder_tree(outer), BTreeSet::from([outer, inner]));
        assert_eq!(store.folder_tree(ROOT_FOLDER).len(), 4);
    }
}
