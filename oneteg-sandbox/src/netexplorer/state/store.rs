//! Everything the stand-in remembers.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::access::{Delegate, Right, SignInRestriction};
use super::journal::Journal;
use super::messages::{Alert, Annotation, Email, FileTemplate, Invite, UploadLink};
use super::oauth::AuthorizationServer;
use super::objects::{FileToken, Group, Share, ShareLink, Tag, TagCategory, User};
use super::trash::TrashItem;
use super::tree::Tree;
use super::uploads::Uploads;
use crate::common::table::IdTable;
use crate::netexplorer::response::ApiError;
use crate::netexplorer::settings::{ADMINISTRATOR, NetexplorerSettings};

/// The id of the tag category that holds tags created without one.
pub(crate) const DEFAULT_CATEGORY: u64 = 1;

/// When the sandbox's clock starts: 14 November 2023, 22:13:20 UTC, in seconds.
const EPOCH: i64 = 1_700_000_000;

/// The data of the stand-in.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) tree: Tree,
    pub(crate) trash: IdTable<TrashItem>,
    pub(crate) users: IdTable<User>,
    pub(crate) groups: IdTable<Group>,
    pub(crate) tags: IdTable<Tag>,
    pub(crate) tag_categories: IdTable<TagCategory>,
    pub(crate) shares: IdTable<Share>,
    pub(crate) share_links: IdTable<ShareLink>,
    pub(crate) rights: IdTable<Right>,
    pub(crate) alerts: IdTable<Alert>,
    pub(crate) annotations: IdTable<Annotation>,
    pub(crate) emails: IdTable<Email>,
    pub(crate) invites: IdTable<Invite>,
    pub(crate) upload_links: IdTable<UploadLink>,
    pub(crate) file_templates: IdTable<FileTemplate>,
    pub(crate) delegates: IdTable<Delegate>,
    /// By user.
    pub(crate) sign_in_restrictions: BTreeMap<u64, SignInRestriction>,
    /// The settings of the platform, as they were sent.
    pub(crate) config: Map<String, Value>,
    pub(crate) journal: Journal,
    pub(crate) file_tokens: BTreeMap<String, FileToken>,
    pub(crate) uploads: Uploads,
    pub(crate) oauth: AuthorizationServer,
    /// Whether `GET /path` wraps its response in `object`, as the vendor documents; its platforms do not.
    pub(crate) wrap_path_responses: bool,
    now: DateTime<Utc>,
    serial: u64,
}

impl Store {
    /// A store with two users, an empty root folder, two applications, and nothing else.
    pub(crate) fn empty(settings: &NetexplorerSettings) -> Self {
        let mut users = IdTable::from_id(ADMINISTRATOR);
        users.add(|_| User::new("admin", "Sandbox", "Administrateur", true));
        users.add(|_| User::new("ada", "Ada", "Lindqvist", false));
        let mut tag_categories = IdTable::from_id(DEFAULT_CATEGORY);
        tag_categories.add(|_| TagCategory::named("Général"));
        let now = DateTime::from_timestamp(EPOCH, 0).unwrap_or_default();
        let mut tree = Tree::default();
        let root = tree.add_root("Commun", ADMINISTRATOR, now);
        for (_, user) in users.iter_mut() {
            user.roots = vec![root];
        }
        // The first ids differ from table to table, so that an id of the wrong kind finds nothing.
        Self {
            tree,
            trash: IdTable::from_id(501),
            users,
            groups: IdTable::from_id(101),
            tags: IdTable::from_id(11),
            tag_categories,
            shares: IdTable::from_id(71),
            share_links: IdTable::from_id(81),
            rights: IdTable::from_id(201),
            alerts: IdTable::from_id(301),
            annotations: IdTable::from_id(401),
            emails: IdTable::from_id(601),
            invites: IdTable::from_id(701),
            upload_links: IdTable::from_id(91),
            file_templates: IdTable::from_id(801),
            delegates: IdTable::from_id(901),
            sign_in_restrictions: BTreeMap::new(),
            config: Map::new(),
            journal: Journal::from_id(5001),
            file_tokens: BTreeMap::new(),
            uploads: Uploads::new(settings.assembling_polls),
            oauth: AuthorizationServer::new(settings.token_lifetime),
            wrap_path_responses: false,
            now,
            serial: 0,
        }
    }

    /// The time of the last write.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Advances the clock by a second, for a write, and returns the new time.
    pub(crate) fn advance_clock(&mut self) -> DateTime<Utc> {
        self.now += TimeDelta::seconds(1);
        self.now
    }

    /// A name that is never used twice, for keys and tokens.
    pub(crate) fn unique_name(&mut self, kind: &str) -> String {
        self.serial += 1;
        format!("{kind}-{:08}", self.serial)
    }

    pub(crate) fn user(&self, id: u64) -> Result<&User, ApiError> {
        self.users.get(id).ok_or_else(ApiError::not_found)
    }

    /// A user's full name; empty for a user who was deleted.
    pub(crate) fn display_name(&self, id: u64) -> String {
        self.users.get(id).map(User::display_name).unwrap_or_default()
    }
}
