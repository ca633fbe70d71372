//! The handlers of the operations, by resource.

pub(super) mod asset_metadata;
pub(super) mod asset_relations;
pub(super) mod assets;
pub(super) mod attribute_groups;
pub(super) mod categories;
pub(super) mod crop_templates;
pub(super) mod direct_links;
pub(super) mod downloads;
pub(super) mod groups;
pub(super) mod keyword_groups;
pub(super) mod lightboxes;
pub(super) mod notifications;
pub(super) mod org_unit;
pub(super) mod persons;
pub(super) mod portals;
pub(super) mod saved_searches;
pub(super) mod uploads;
pub(super) mod users;
pub(super) mod versions;
pub(super) mod vocabulary;
pub(super) mod webhooks;
