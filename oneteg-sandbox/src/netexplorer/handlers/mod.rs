//! The operations whose requests are JSON, by resource.

pub(crate) mod downloads;
pub(crate) mod files;
pub(crate) mod folders;
pub(crate) mod groups;
pub(crate) mod links;
pub(crate) mod paths;
pub(crate) mod shares;
pub(crate) mod tag_categories;
pub(crate) mod tags;
pub(crate) mod trash;
pub(crate) mod users;
