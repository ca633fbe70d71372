//! The data behind the lock, and the lookups that many operations need.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::asset::Asset;
use super::assets::{AssetRef, Assets};
use super::blobs::BlobStore;
use super::clock::EPOCH;
use super::file::{MediaFile, Rendition};
use super::groupings::{AttributeGroup, KeywordGroup};
use super::objects::{
    Attribute, Category, CropTemplate, DirectLink, Group, Keyword, Lightbox, SavedSearch, Upload,
    User,
};
use super::org_unit::OrgUnit;
use super::people::{Notification, Person};
use super::portal::Portal;
use super::subscription::Subscription;
use super::uuid_table::{UuidTable, kinds, uuid};
use crate::mediavalet::envelope::ApiVersion;
use crate::mediavalet::response::ApiError;
use crate::mediavalet::webhooks::Outgoing;

/// The id of the root category.
pub const ROOT_CATEGORY: &str = "ca7e6000-0000-4000-8000-000000000001";

/// The name of the user that every access token belongs to.
const CALLER_NAME: &str = "sandbox-user";

/// The number of assets and of subcategories directly in each category, by its id.
#[derive(Debug, Default)]
pub(crate) struct CategoryCounts<'a> {
    pub(crate) assets: BTreeMap<&'a str, usize>,
    pub(crate) subcategories: BTreeMap<&'a str, usize>,
}

/// Everything the stand-in remembers, except codes and tokens. It is behind one lock, so each operation is
/// atomic.
#[derive(Debug)]
pub(crate) struct Store {
    /// An asset has the id of the upload that it was made of.
    pub(crate) assets: Assets,
    pub(crate) uploads: UuidTable<Upload>,
    pub(crate) categories: UuidTable<Category>,
    pub(crate) attributes: UuidTable<Attribute>,
    pub(crate) keywords: UuidTable<Keyword>,
    pub(crate) lightboxes: UuidTable<Lightbox>,
    pub(crate) saved_searches: UuidTable<SavedSearch>,
    pub(crate) users: UuidTable<User>,
    pub(crate) groups: UuidTable<Group>,
    pub(crate) direct_links: UuidTable<DirectLink>,
    pub(crate) attribute_groups: UuidTable<AttributeGroup>,
    pub(crate) keyword_groups: UuidTable<KeywordGroup>,
    pub(crate) org_unit: OrgUnit,
    pub(crate) persons: UuidTable<Person>,
    pub(crate) notifications: UuidTable<Notification>,
    pub(crate) portals: UuidTable<Portal>,
    pub(crate) crop_templates: UuidTable<CropTemplate>,
    pub(crate) subscriptions: UuidTable<Subscription>,
    /// What the running operation leaves for the webhooks. It is sent if the operation succeeds.
    pub(crate) outbox: Vec<Outgoing>,
    /// The downloads that have been validated.
    pub(crate) downloads: UuidTable<()>,
    pub(crate) blobs: BlobStore,
    last_file: u64,
    last_comment: u64,
    last_event: u64,
    now: i64,
}

impl Store {
    /// A store that has only the root category, two user groups, the caller, an administrator, and a number of
    /// generated assets.
    pub(crate) fn empty(generated_assets: u64) -> Self {
        let mut categories = UuidTable::new(kinds::CATEGORY);
        categories.add(Category::new("Library", None));
        let mut groups = UuidTable::new(kinds::GROUP);
        let permissions = ["List", "View", "CMISRead", "CMISWrite"];
        let administrators = groups.add(Group::new("Administrator", &permissions, false));
        groups.add(Group::new("Member", &["List", "View", "CMISRead"], true));
        let mut users = UuidTable::new(kinds::USER);
        users.add(User::new(CALLER_NAME, "Sandbox", "Administrator", &administrators));
        Self {
            assets: Assets::new(generated_assets),
            uploads: UuidTable::new(kinds::ASSET),
            categories,
            attributes: UuidTable::new(kinds::ATTRIBUTE),
            keywords: UuidTable::new(kinds::KEYWORD),
            lightboxes: UuidTable::new(kinds::LIGHTBOX),
            saved_searches: UuidTable::new(kinds::SAVED_SEARCH),
            users,
            groups,
            direct_links: UuidTable::new(kinds::DIRECT_LINK),
            attribute_groups: UuidTable::new(kinds::ATTRIBUTE_GROUP),
            keyword_groups: UuidTable::new(kinds::KEYWORD_GROUP),
            org_unit: OrgUnit::new(),
            persons: UuidTable::new(kinds::PERSON),
            notifications: UuidTable::new(kinds::NOTIFICATION),
            portals: UuidTable::new(kinds::PORTAL),
            crop_templates: UuidTable::new(kinds::CROP_TEMPLATE),
            subscriptions: UuidTable::new(kinds::SUBSCRIPTION),
            outbox: Vec::new(),
            downloads: UuidTable::new(kinds::DOWNLOAD),
            blobs: BlobStore::default(),
            last_file: 0,
            last_comment: 0,
            last_event: 0,
            now: EPOCH,
        }
    }

    /// Advances the logical clock by one write and returns the new time, in seconds since the epoch.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now += 1;
        self.now
    }

    pub(crate) fn next_file_id(&mut self) -> String {
        self.last_file += 1;
        uuid(kinds::FILE, self.last_file)
    }

    pub(crate) fn next_comment_id(&mut self) -> String {
        self.last_comment += 1;
        uuid(kinds::COMMENT, self.last_comment)
    }

    /// The number of the next event.
    pub(crate) fn next_event(&mut self) -> u64 {
        self.last_event += 1;
        self.last_event
    }

    /// The time of the last write, in seconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    pub(crate) fn caller_id(&self) -> String {
        uuid(kinds::USER, 1)
    }

    pub(crate) fn caller_name(&self) -> &'static str {
        CALLER_NAME
    }

    /// The asset with this id, if it is ready and the caller may see it.
    pub(crate) fn asset(&self, id: &str, version: ApiVersion) -> Result<AssetRef<'_>, ApiError> {
        match self.assets.get(id) {
            Some(asset) if asset.restricted => Err(ApiError::no_access(version)),
            Some(asset) if asset.polls_until_ready == 0 && asset.soft_deleted.is_none() => {
                Ok(asset)
            }
            _ => Err(ApiError::not_found("asset", id)),
        }
    }

    /// As [`Store::asset`], for a change: sets the time of the last modification.
    pub(crate) fn change_asset(
        &mut self,
        id: &str,
        version: ApiVersion,
    ) -> Result<&mut Asset, ApiError> {
        self.asset(id, version)?;
        let now = self.tick();
        let asset = self.assets.get_mut(id).ok_or_else(|| ApiError::not_found("asset", id))?;
        asset.modified = now;
        Ok(asset)
    }

    /// The stored assets that lists contain.
    pub(crate) fn listed_assets(
        &self,
        include_deleted: bool,
    ) -> impl Iterator<Item = (&str, &Asset)> {
        self.assets.stored().filter(move |(_, asset)| asset.is_listed(include_deleted))
    }

    /// Counts a poll for every asset that is being processed.
    pub(crate) fn advance_processing(&mut self) {
        for (_, asset) in self.assets.stored_mut() {
            asset.polls_until_ready = asset.polls_until_ready.saturating_sub(1);
        }
    }

    pub(crate) fn category(&self, id: &str) -> Result<&Category, ApiError> {
        self.categories.get(id).ok_or_else(|| ApiError::not_found("category", id))
    }

    pub(crate) fn subcategories<'a>(
        &'a self,
        parent: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Category)> {
        self.categories
            .iter()
            .filter(move |(_, category)| category.parent.as_deref() == Some(parent))
    }

    /// A category and its ancestors, up to the root.
    pub(crate) fn ancestors(&self, id: &str) -> Vec<String> {
        let mut ancestors = Vec::new();
        let mut next = Some(id.to_owned());
        // A category cannot be moved below itself, so the loop ends.
        while let Some(id) = next {
            next = self.categories.get(&id).and_then(|category| category.parent.clone());
            ancestors.push(id);
        }
        ancestors
    }

    /// Counts the contents of all categories in one pass.
    pub(crate) fn category_counts(&self) -> CategoryCounts<'_> {
        let mut counts = CategoryCounts::default();
        for (_, asset) in self.listed_assets(false) {
            for category in &asset.categories {
                *counts.assets.entry(category).or_default() += 1;
            }
        }
        let generated = usize::try_from(self.assets.generated_numbers().len());
        *counts.assets.entry(ROOT_CATEGORY).or_default() += generated.unwrap_or(usize::MAX);
        for parent in self.categories.iter().filter_map(|(_, one)| one.parent.as_deref()) {
            *counts.subcategories.entry(parent).or_default() += 1;
        }
        counts
    }

    /// The id of an attribute, found by its id, its name or its name in searches.
    pub(crate) fn lookup_attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(id, attribute)| {
            id.eq_ignore_ascii_case(name)
                || attribute.name.eq_ignore_ascii_case(name)
                || attribute.search_name().eq_ignore_ascii_case(name)
        });
        found.map(|(id, _)| id)
    }

    pub(crate) fn lightboxes_with(&self, asset: &Asset) -> Vec<String> {
        let has = |lightbox: &Lightbox| lightbox.assets.contains(&asset.id);
        let found = self.lightboxes.iter().filter(|(_, lightbox)| has(lightbox));
        found.map(|(id, _)| id.to_owned()).collect()
    }

    /// The file and the kind of a rendition, found by its name in the blob storage.
    pub(crate) fn lookup_rendition(&self, blob_name: &str) -> Option<(Arc<MediaFile>, Rendition)> {
        let (file, kind) = blob_name.strip_prefix("renditions/")?.split_once('/')?;
        let kind = Rendition::ALL.into_iter().find(|rendition| rendition.file_name() == kind)?;
        let files = self.assets.stored().flat_map(|(_, asset)| &asset.files);
        files.into_iter().find(|known| known.id == file).map(|found| (found.clone(), kind))
    }

    /// Adds the keywords that the vocabulary does not have yet.
    pub(crate) fn extend_vocabulary(&mut self, keywords: &[String]) {
        for keyword in keywords {
            if self.lookup_keyword(keyword).is_none() {
                let at = self.now;
                self.keywords.add(Keyword { name: keyword.clone(), group: None, at });
            }
        }
    }

    /// The names of a keyword group and its ancestors, from the top, each after a backslash.
    pub(crate) fn keyword_group_path(&self, id: &str) -> String {
        let mut path = String::new();
        let mut next = self.keyword_groups.get(id);
        // A group cannot be moved below itself, so the loop ends.
        while let Some(group) = next {
            path.insert_str(0, &format!("\\{}", group.name));
            next = group.parent.as_deref().and_then(|parent| self.keyword_groups.get(parent));
        }
        path
    }

    pub(crate) fn lookup_keyword(&self, name: &str) -> Option<String> {
        let found =
            self.keywords.iter().find(|(_, keyword)| keyword.name.eq_ignore_ascii_case(name));
        found.map(|(id, _)| id.to_owned())
    }

    /// The ids in lower case, if there is a category for each.
    pub(crate) fn existing_categories(&self, ids: &[String]) -> Result<Vec<String>, ApiError> {
        let existing = |id: &String| {
            let id = id.to_lowercase();
            let found = self.categories.get(&id).is_some();
            let unknown = || ApiError::bad_request(format!("There is no category {id}"));
            found.then(|| id.clone()).ok_or_else(unknown)
        };
        ids.iter().map(existing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_category_has_the_published_id() {
        let store = Store::empty(0);
        assert_eq!(store.category(ROOT_CATEGORY).unwrap().parent, None);
        assert_eq!(store.ancestors(ROOT_CATEGORY), [ROOT_CATEGORY]);
    }

    #[test]
    fn ancestors_lead_to_the_root_and_subcategories_are_counted() {
        let mut store = Store::empty(0);
        let outer = store.categories.add(Category::new("a", Some(ROOT_CATEGORY.into())));
        let inner = store.categories.add(Category::new("b", Some(outer.clone())));
        assert_eq!(store.ancestors(&inner), [&inner, &outer, ROOT_CATEGORY]);
        let counts = store.category_counts();
        assert_eq!(counts.subcategories.get(ROOT_CATEGORY), Some(&1));
        assert_eq!(counts.subcategories.get(inner.as_str()), None);
    }

    #[test]
    fn names_are_found_in_any_letter_case() {
        let mut store = Store::empty(0);
        let attribute = Attribute { name: "Usage Rights".into(), ..Attribute::default() };
        let id = store.attributes.add(attribute);
        for name in [id.as_str(), "usage rights", "UsageRights"] {
            assert_eq!(store.lookup_attribute(name), Some(id.as_str()), "{name}");
        }
        assert_eq!(store.lookup_attribute("usage"), None);
        store.extend_vocabulary(&["Sea".into(), "sea".into(), "sky".into()]);
        assert_eq!(store.keywords.iter().count(), 2);
        assert!(store.lookup_keyword("SEA").is_some());
    }
}
