//! The operations whose requests are JSON, by resource.

pub(crate) mod activities;
pub(crate) mod alerts;
pub(crate) mod annotations;
pub(crate) mod delegates;
pub(crate) mod downloads;
pub(crate) mod emails;
pub(crate) mod files;
pub(crate) mod folders;
pub(crate) mod groups;
pub(crate) mod invites;
pub(crate) mod links;
pub(crate) mod paths;
pub(crate) mod pictures;
pub(crate) mod platform;
pub(crate) mod rights;
pub(crate) mod shares;
pub(crate) mod tag_categories;
pub(crate) mod tags;
mod targets;
pub(crate) mod templates;
pub(crate) mod trash;
pub(crate) mod upload_links;
pub(crate) mod users;
