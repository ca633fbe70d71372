//! What the stand-in remembers.

mod asset;
mod file;
mod objects;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use asset::{Asset, CheckOut, Comment};
pub(crate) use file::{MediaFile, Rendition};
pub(crate) use objects::{
    Attribute, Category, DirectLink, Group, Keyword, Lightbox, SavedSearch, Upload, User,
};
pub(crate) use table::{Table, id};

use super::answer::Failure;
use super::blobs::Blobs;
use super::call::Version;
use super::seed;

/// What ids start with, by kind.
pub(crate) mod kinds {
    pub(crate) const ASSET: u32 = 0xa55e_7000;
    pub(crate) const CATEGORY: u32 = 0xca7e_6000;
    pub(crate) const ATTRIBUTE: u32 = 0xa771_0000;
    pub(crate) const KEYWORD: u32 = 0x4e79_0000;
    pub(crate) const LIGHTBOX: u32 = 0x11b0_0000;
    pub(crate) const SAVED_SEARCH: u32 = 0x5ea0_0000;
    pub(crate) const FILE: u32 = 0xf11e_0000;
    pub(crate) const RENDITION: u32 = 0x4e4d_0000;
    pub(crate) const USER: u32 = 0x05e7_0000;
    pub(crate) const LIBRARY: u32 = 0x11b4_0000;
    pub(crate) const COMMENT: u32 = 0xc033_0000;
    pub(crate) const GROUP: u32 = 0x6409_0000;
    pub(crate) const DIRECT_LINK: u32 = 0xd1ec_0000;
    pub(crate) const DOWNLOAD: u32 = 0xd09a_0000;
}

/// The first moment of the sandbox's calendar: 14 November 2023, 22:13:20 UTC, in seconds.
pub(crate) const EPOCH: i64 = 1_700_000_000;

/// How many assets and how many categories are in a category itself, by its id.
#[derive(Debug, Default)]
pub(crate) struct Counts<'a> {
    pub(crate) assets: BTreeMap<&'a str, usize>,
    pub(crate) below: BTreeMap<&'a str, usize>,
}

/// Everything the stand-in remembers. Each request sees it under one lock, so each operation is whole.
#[derive(Debug)]
pub(crate) struct Store {
    /// Assets by id; their ids are those of the uploads they came from.
    pub(crate) assets: Table<Asset>,
    pub(crate) uploads: Table<Upload>,
    pub(crate) categories: Table<Category>,
    pub(crate) attributes: Table<Attribute>,
    pub(crate) keywords: Table<Keyword>,
    pub(crate) lightboxes: Table<Lightbox>,
    pub(crate) saved_searches: Table<SavedSearch>,
    pub(crate) users: Table<User>,
    pub(crate) groups: Table<Group>,
    pub(crate) direct_links: Table<DirectLink>,
    /// The downloads that were checked.
    pub(crate) downloads: Table<()>,
    pub(crate) blobs: Blobs,
    files: u64,
    comments: u64,
    now: i64,
}

impl Store {
    /// A store with the root category, the caller and the groups, and nothing else.
    pub(crate) fn empty() -> Self {
        let mut categories = Table::new(kinds::CATEGORY);
        categories.add(Category::new("Library", None));
        let (users, groups) = seed::people();
        Self {
            assets: Table::new(kinds::ASSET),
            uploads: Table::new(kinds::ASSET),
            categories,
            attributes: Table::new(kinds::ATTRIBUTE),
            keywords: Table::new(kinds::KEYWORD),
            lightboxes: Table::new(kinds::LIGHTBOX),
            saved_searches: Table::new(kinds::SAVED_SEARCH),
            users,
            groups,
            direct_links: Table::new(kinds::DIRECT_LINK),
            downloads: Table::new(kinds::DOWNLOAD),
            blobs: Blobs::default(),
            files: 0,
            comments: 0,
            now: EPOCH,
        }
    }

    /// Advances the calendar by one write and answers the new time, in seconds.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    pub(crate) fn next_file_id(&mut self) -> String {
        self.files += 1;
        id(kinds::FILE, self.files)
    }

    pub(crate) fn next_comment_id(&mut self) -> String {
        self.comments += 1;
        id(kinds::COMMENT, self.comments)
    }

    /// The time of the last write, in seconds.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    pub(crate) fn caller_id(&self) -> String {
        id(kinds::USER, 1)
    }

    pub(crate) fn caller_name(&self) -> &'static str {
        "sandbox-user"
    }

    /// The asset with this id, if it is ready and the caller may see it.
    pub(crate) fn asset(&self, id: &str, version: Version) -> Result<&Asset, Failure> {
        match self.assets.get(id) {
            Some(asset) if asset.restricted => Err(Failure::restricted(version)),
            Some(asset) if asset.pending == 0 && asset.soft_deleted.is_none() => Ok(asset),
            _ => Err(Failure::missing("asset", id)),
        }
    }

    /// As [`Store::asset`], to be changed, with the time of the change.
    pub(crate) fn change_asset(
        &mut self,
        id: &str,
        version: Version,
    ) -> Result<&mut Asset, Failure> {
        self.asset(id, version)?;
        let now = self.tick();
        let asset = self.assets.get_mut(id).ok_or_else(|| Failure::missing("asset", id))?;
        asset.modified = now;
        Ok(asset)
    }

    /// The assets that lists have.
    pub(crate) fn listed(&self, deleted_too: bool) -> impl Iterator<Item = (&str, &Asset)> {
        self.assets.iter().filter(move |(_, asset)| {
            asset.pending == 0 && !asset.restricted && (deleted_too || asset.soft_deleted.is_none())
        })
    }

    /// One look at what is being processed.
    pub(crate) fn look(&mut self) {
        for (_, asset) in self.assets.iter_mut() {
            asset.pending = asset.pending.saturating_sub(1);
        }
    }

    pub(crate) fn category(&self, id: &str) -> Result<&Category, Failure> {
        self.categories.get(id).ok_or_else(|| Failure::missing("category", id))
    }

    pub(crate) fn subcategories<'a>(
        &'a self,
        parent: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Category)> {
        self.categories
            .iter()
            .filter(move |(_, category)| category.parent.as_deref() == Some(parent))
    }

    /// A category and those above it, from it to the root.
    pub(crate) fn ancestors(&self, id: &str) -> Vec<String> {
        let mut line = Vec::new();
        let mut next = Some(id.to_owned());
        // A category cannot be moved below itself, so this ends.
        while let Some(id) = next {
            next = self.categories.get(&id).and_then(|category| category.parent.clone());
            line.push(id);
        }
        line
    }

    /// How much there is in each category, counted in one go.
    pub(crate) fn counts(&self) -> Counts<'_> {
        let mut counts = Counts::default();
        for (_, asset) in self.listed(false) {
            for category in &asset.categories {
                *counts.assets.entry(category).or_default() += 1;
            }
        }
        for parent in self.categories.iter().filter_map(|(_, one)| one.parent.as_deref()) {
            *counts.below.entry(parent).or_default() += 1;
        }
        counts
    }

    /// The assets that lists have and that are in a category itself.
    pub(crate) fn assets_in(&self, category: &str) -> impl Iterator<Item = (&str, &Asset)> {
        self.listed(false)
            .filter(move |(_, asset)| asset.categories.iter().any(|id| id == category))
    }

    /// The id of an attribute, by its id, its name or its search field's name.
    pub(crate) fn attribute_named(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(id, attribute)| {
            id.eq_ignore_ascii_case(name)
                || attribute.name.eq_ignore_ascii_case(name)
                || attribute.search_name().eq_ignore_ascii_case(name)
        });
        found.map(|(id, _)| id)
    }

    pub(crate) fn lightboxes_of(&self, asset: &Asset) -> Vec<String> {
        let has = |lightbox: &Lightbox| lightbox.assets.contains(&asset.id);
        let found = self.lightboxes.iter().filter(|(_, lightbox)| has(lightbox));
        found.map(|(id, _)| id.to_owned()).collect()
    }

    /// The file and the kind that a rendition's name in the storage stands for.
    pub(crate) fn rendition_named(&self, name: &str) -> Option<(Arc<MediaFile>, Rendition)> {
        let (file, kind) = name.strip_prefix("renditions/")?.split_once('/')?;
        let kind = Rendition::ALL.into_iter().find(|rendition| rendition.file_name() == kind)?;
        let files = self.assets.iter().flat_map(|(_, asset)| &asset.files);
        files.into_iter().find(|known| known.id == file).map(|found| (found.clone(), kind))
    }

    /// Adds keywords to the vocabulary that it does not have.
    pub(crate) fn learn(&mut self, keywords: &[String]) {
        for keyword in keywords {
            if self.keyword_named(keyword).is_none() {
                let at = self.now;
                self.keywords.add(Keyword { name: keyword.clone(), at });
            }
        }
    }

    pub(crate) fn keyword_named(&self, name: &str) -> Option<String> {
        let found =
            self.keywords.iter().find(|(_, keyword)| keyword.name.eq_ignore_ascii_case(name));
        found.map(|(id, _)| id.to_owned())
    }

    /// The categories of these ids, if there are all.
    pub(crate) fn known_categories(&self, ids: &[String]) -> Result<Vec<String>, Failure> {
        let known = |id: &String| {
            let id = id.to_lowercase();
            let found = self.categories.get(&id).is_some();
            let unknown = || Failure::bad_request(format!("There is no category {id}"));
            found.then(|| id.clone()).ok_or_else(unknown)
        };
        ids.iter().map(known).collect()
    }
}
