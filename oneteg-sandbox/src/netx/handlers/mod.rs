//! The handlers of the operations, by resource.

pub(super) mod assets;
pub(super) mod collections;
pub(super) mod folders;
pub(super) mod health;
pub(super) mod users;
