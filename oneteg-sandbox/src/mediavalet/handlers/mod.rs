//! The handlers of the operations, by resource.

pub(super) mod asset_metadata;
pub(super) mod assets;
pub(super) mod categories;
pub(super) mod direct_links;
pub(super) mod downloads;
pub(super) mod groups;
pub(super) mod lightboxes;
pub(super) mod saved_searches;
pub(super) mod uploads;
pub(super) mod users;
pub(super) mod versions;
pub(super) mod vocabulary;
