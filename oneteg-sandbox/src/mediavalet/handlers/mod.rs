//! What the operations do.

pub(super) mod asset_categories;
pub(super) mod asset_words;
pub(super) mod assets;
pub(super) mod categories;
pub(super) mod direct_links;
pub(super) mod downloads;
pub(super) mod groups;
pub(super) mod lightboxes;
pub(super) mod renditions;
pub(super) mod saved_searches;
pub(super) mod uploads;
pub(super) mod users;
pub(super) mod versions;
pub(super) mod vocabulary;
pub(super) mod who;
