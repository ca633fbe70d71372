//! The JSON-RPC methods, one module per tag of the vendor's description.

pub(super) mod assets;
pub(super) mod attributes;
pub(super) mod collections;
pub(super) mod folders;
pub(super) mod search;
pub(super) mod users;
pub(super) mod views;
