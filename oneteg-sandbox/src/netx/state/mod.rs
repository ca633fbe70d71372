//! What the stand-in remembers: the server's state, and the data behind its lock.

mod file;
mod objects;
mod server;
mod store;

pub(crate) use file::{Rendition, StoredFile};
pub(crate) use objects::{Asset, Attribute, Collection, Folder, Group, Role, User, View};
pub(crate) use server::ServerState;
pub(crate) use store::{ROOT_FOLDER, Store};
