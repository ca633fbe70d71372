//! The stand-in's memory.
//!
//! [`ServerState`] is what the router and its handlers share: the request monitor, the settings, and the
//! [`Store`] behind a lock. An operation holds the lock from its first read to its last write, so it happens
//! completely or not at all. Codes and tokens have a separate lock.

mod asset;
mod blobs;
mod clock;
mod file;
mod oauth;
mod objects;
mod server;
mod store;
mod uuid_table;

pub(crate) use asset::{Asset, CheckOut, Comment};
pub(crate) use blobs::{Blob, BlockError, BlockReference, BlockSource};
pub(crate) use file::{MediaFile, Rendition};
pub(crate) use oauth::{AuthorizationCode, CodeChallenge, IssuedTokens};
pub(crate) use objects::{
    Attribute, Category, DirectLink, Group, Keyword, Lightbox, SavedSearch, Upload, User,
};
pub(crate) use server::ServerState;
pub use store::ROOT_CATEGORY;
pub(crate) use store::{CategoryCounts, Store};
pub(crate) use uuid_table::{kinds, uuid};
