//! What the stand-in remembers.

mod content;
mod names;
mod objects;
mod trash;
mod tree;
mod versions;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use content::{Gathering, Stored};
pub(crate) use objects::{
    Element, FileToken, Group, Lock, Purpose, Share, ShareLink, Tag, TagCategory, User,
};
pub(crate) use trash::{TrashItem, Trashed};
pub(crate) use tree::{Folder, Node, Tree};
pub(crate) use versions::{Dates, Found, Placed};

use super::errors::Failure;
use super::oauth::Oauth;
use super::room::NetexplorerSettings;
use super::uploads::Uploads;
use crate::common::table::IdTable;

/// The administrator's id: a server application acts as this user.
pub const ADMINISTRATOR: u64 = 1;

/// The id of the user who approves what client applications ask for, and whose rights they then have.
pub const MEMBER: u64 = 2;

/// The id of the tag category that tags without one go to.
pub(crate) const DEFAULT_CATEGORY: u64 = 1;

/// The first moment of the sandbox's clock: 14 November 2023, 22:13:20 UTC, in seconds.
const EPOCH: i64 = 1_700_000_000;

/// Everything the stand-in remembers. Each request sees it under one lock, so each operation is whole.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) tree: Tree,
    pub(crate) trash: IdTable<TrashItem>,
    pub(crate) users: IdTable<User>,
    pub(crate) groups: IdTable<Group>,
    pub(crate) tags: IdTable<Tag>,
    pub(crate) categories: IdTable<TagCategory>,
    pub(crate) shares: IdTable<Share>,
    pub(crate) links: IdTable<ShareLink>,
    pub(crate) file_tokens: BTreeMap<String, FileToken>,
    pub(crate) uploads: Uploads,
    pub(crate) oauth: Oauth,
    /// Answer paths as the vendor documents it, inside `object`, rather than as it really does.
    pub(crate) wrap_paths: bool,
    now: DateTime<Utc>,
    serial: u64,
}

impl Store {
    /// A store with two users, one empty root folder, two applications, and nothing else.
    pub(crate) fn empty(settings: &NetexplorerSettings) -> Self {
        let mut users = IdTable::from_id(ADMINISTRATOR);
        users.add(|_| User::new("admin", "Sandbox", "Administrateur", true));
        users.add(|_| User::new("ada", "Ada", "Lindqvist", false));
        let mut categories = IdTable::from_id(DEFAULT_CATEGORY);
        categories.add(|_| TagCategory::named("Général"));
        let now = DateTime::from_timestamp(EPOCH, 0).unwrap_or_default();
        let mut tree = Tree::default();
        let root = tree.add_root("Commun", ADMINISTRATOR, now);
        for (_, user) in users.iter_mut() {
            user.roots = vec![root];
        }
        Self {
            tree,
            trash: IdTable::from_id(501),
            users,
            groups: IdTable::from_id(101),
            tags: IdTable::from_id(11),
            categories,
            shares: IdTable::from_id(71),
            links: IdTable::from_id(81),
            file_tokens: BTreeMap::new(),
            uploads: Uploads::new(settings),
            oauth: Oauth::new(settings.token_lifetime),
            wrap_paths: false,
            now,
            serial: 0,
        }
    }

    /// The moment of the last write.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Advances the logical clock by one write and answers the new moment.
    pub(crate) fn tick(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now
    }

    /// A name that nothing else has: for keys and tokens.
    pub(crate) fn fresh(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}-{:08}", self.serial)
    }

    pub(crate) fn user(&self, id: u64) -> Result<&User, Failure> {
        self.users.get(id).ok_or_else(Failure::missing)
    }

    /// A user's name as it is shown; of a user who was deleted, nothing.
    pub(crate) fn display_name(&self, id: u64) -> String {
        self.users.get(id).map(User::display_name).unwrap_or_default()
    }
}
