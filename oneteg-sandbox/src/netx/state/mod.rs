//! What the stand-in remembers.

mod file;
mod objects;

use std::collections::BTreeSet;

pub(crate) use crate::common::table::IdTable;
pub(crate) use file::{Rendition, StoredFile};
pub(crate) use objects::{Asset, Attribute, Collection, Folder, Group, Role, User, View};

use super::errors::RpcFailure;

/// The root folder's id.
pub(crate) const ROOT: u64 = 1;

/// The first moment of the sandbox's clock: 14 November 2023, 22:13:20 UTC, in milliseconds.
const EPOCH: i64 = 1_700_000_000_000;

/// How far a write advances the clock, in milliseconds.
const TICK: i64 = 1_000;

/// Everything the stand-in remembers. Each request sees it under one lock, so each operation is whole.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) assets: IdTable<Asset>,
    pub(crate) folders: IdTable<Folder>,
    pub(crate) collections: IdTable<Collection>,
    pub(crate) attributes: IdTable<Attribute>,
    pub(crate) users: IdTable<User>,
    pub(crate) groups: IdTable<Group>,
    pub(crate) views: IdTable<View>,
    /// The user whose token is used.
    pub(crate) caller: u64,
    now: i64,
}

impl Store {
    /// A store with the root folder and the caller, and nothing else.
    pub(crate) fn empty() -> Self {
        let mut folders = IdTable::from_id(ROOT);
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

    /// Advances the logical clock by one write and answers the new time, in milliseconds.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now += TICK;
        self.now
    }

    /// The asset with this id, if the caller may see it.
    pub(crate) fn asset(&self, id: u64) -> Result<&Asset, RpcFailure> {
        match self.assets.get(id) {
            None => Err(RpcFailure::missing("asset", id)),
            Some(asset) if asset.restricted => Err(RpcFailure::restricted()),
            Some(asset) => Ok(asset),
        }
    }

    /// As [`Store::asset`], to be changed.
    pub(crate) fn asset_mut(&mut self, id: u64) -> Result<&mut Asset, RpcFailure> {
        self.asset(id)?;
        self.assets.get_mut(id).ok_or_else(|| RpcFailure::missing("asset", id))
    }

    /// Every asset that the caller may see, by id.
    pub(crate) fn visible_assets(&self) -> impl Iterator<Item = (u64, &Asset)> {
        self.assets.iter().filter(|(_, asset)| !asset.restricted)
    }

    pub(crate) fn folder(&self, id: u64) -> Result<&Folder, RpcFailure> {
        self.folders.get(id).ok_or_else(|| RpcFailure::missing("folder", id))
    }

    pub(crate) fn child_folders(&self, parent: u64) -> impl Iterator<Item = (u64, &Folder)> {
        self.folders.iter().filter(move |(_, folder)| folder.parent == Some(parent))
    }

    /// The folder and everything below it.
    pub(crate) fn folder_tree(&self, top: u64) -> BTreeSet<u64> {
        let mut tree = BTreeSet::from([top]);
        let mut waiting = vec![top];
        while let Some(folder) = waiting.pop() {
            for (child, _) in self.child_folders(folder) {
                if tree.insert(child) {
                    waiting.push(child);
                }
            }
        }
        tree
    }

    /// The folder at this path; the root for no segments at all.
    pub(crate) fn folder_at<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Option<u64> {
        segments.into_iter().try_fold(ROOT, |folder, name| self.child_named(folder, name))
    }

    pub(crate) fn child_named(&self, parent: u64, name: &str) -> Option<u64> {
        self.child_folders(parent).find(|(_, folder)| folder.name == name).map(|(id, _)| id)
    }

    /// Adds a folder below `parent`.
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

    pub(crate) fn attribute_labelled(&self, label: &str) -> Option<u64> {
        self.attributes.iter().find(|(_, attribute)| attribute.label == label).map(|(id, _)| id)
    }

    /// Removes an asset and what points at it.
    pub(crate) fn remove_asset(&mut self, id: u64) {
        let Some(removed) = self.assets.remove(id) else { return };
        for view in removed.views {
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
