//! The stand-in's memory.
//!
//! [`ServerState`] is what the router and its handlers share: the request monitor, the settings, and the
//! [`Store`] behind a lock. An operation holds the lock from its first read to its last write, so it happens
//! completely or not at all. Everything below the store is plain data that knows neither HTTP nor JSON.

mod access;
mod content;
mod filling;
mod generated;
mod journal;
mod messages;
mod nodes;
mod oauth;
mod objects;
mod permissions;
mod server;
mod store;
mod trash;
mod tree;
mod uploads;
mod versions;

pub(crate) use access::{CLIENT_ADDRESS, Delegate, PERMISSIONS, Right, SignInRestriction, Target};
pub(crate) use content::StoredContent;
pub(crate) use journal::{ChangedObject, JournalEntry};
pub(crate) use messages::{Alert, Annotation, Email, FileTemplate, Invite, UploadLink};
pub(crate) use nodes::{FileDates, Folder, Lock, Node, VersionRef};
pub(crate) use oauth::{
    Application, ApplicationKind, AuthorizationRequest, AuthorizationServer, CodeRedemption, Grant,
    IssuedTokens,
};
pub(crate) use objects::{
    Element, FileToken, Group, Picture, Share, ShareLink, Tag, TagCategory, TokenPurpose, User,
};
pub(crate) use server::ServerState;
pub(crate) use store::{DEFAULT_CATEGORY, Store};
pub(crate) use trash::{TrashContents, TrashItem};
pub(crate) use uploads::{AssembledUpload, Chunk, ChunkKey, ChunkProgress, UploadTarget};
pub(crate) use versions::PlacedFile;
