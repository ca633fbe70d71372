//! The stand-in's memory.
//!
//! [`ServerState`] is what the router and its handlers share: the request monitor, the settings, and the
//! [`Store`] behind a lock. An operation holds the lock from its first read to its last write, so it happens
//! completely or not at all. Codes and tokens have a separate lock.

mod asset;
mod assets;
mod blobs;
mod clock;
mod file;
mod groupings;
mod numbers;
mod oauth;
mod objects;
mod org_unit;
mod people;
mod portal;
mod server;
mod store;
mod subscription;
mod uuid_table;

pub(crate) use asset::{Asset, Autotag, CheckOut, Comment, HistoryEntry};
pub(crate) use assets::{AssetRef, Assets};
pub(crate) use blobs::{Blob, BlockError, BlockReference, BlockSource};
pub(crate) use file::{MediaFile, Rendition};
pub(crate) use groupings::{AttributeGroup, KeywordGroup};
pub(crate) use numbers::Numbers;
pub(crate) use oauth::{AuthorizationCode, CodeChallenge, IssuedTokens};
pub(crate) use objects::{
    Attribute, Category, CropTemplate, DirectLink, Group, Keyword, Lightbox, SavedSearch, Upload,
    User,
};
pub(crate) use org_unit::{OrgUnit, PORTAL_HOST, SKIN_COLORS};
pub(crate) use people::{Notification, Person};
pub(crate) use portal::{Portal, PortalStatus};
pub(crate) use server::ServerState;
pub use store::ROOT_CATEGORY;
pub(crate) use store::{CategoryCounts, Store};
pub(crate) use subscription::{EVENT_TYPES, Subscription};
pub(crate) use uuid_table::{kinds, uuid};
