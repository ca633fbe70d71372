//! The blob storage: what Azure's does, as far as uploads and downloads need it.

mod blob;
mod block_list;
mod container;
mod endpoint;
mod errors;
mod read;
mod signature;
mod write;

pub(crate) use blob::Blob;
pub(crate) use container::Blobs;
pub(crate) use endpoint::{PATH_PREFIX, endpoint, operation_name};
pub(crate) use signature::{Links, Permissions, Signer};
