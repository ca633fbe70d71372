//! The stand-in's memory.
//!
//! [`ServerState`] is what the router and its handlers share: the request monitor, the settings, and the
//! [`Store`] behind a lock. An operation holds the lock from its first read to its last write, so it happens
//! completely or not at all.

mod file;
mod generated;
mod oauth;
mod objects;
mod server;
mod store;

pub(crate) use file::{Rendition, StoredFile};
pub(crate) use generated::{GeneratedAssets, GeneratedIds};
pub(crate) use oauth::{AuthorizationServer, IssuedTokens};
pub(crate) use objects::{Asset, Attribute, Collection, Folder, Group, Role, User, View};
pub(crate) use server::ServerState;
pub(crate) use store::{ROOT_FOLDER, Store};
