//! What the stand-in remembers: the server's state, and the data behind its locks.

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
