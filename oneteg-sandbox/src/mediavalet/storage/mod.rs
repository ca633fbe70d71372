//! The blob storage: Azure's protocol, as far as uploads and downloads need it.
//!
//! Every request carries a shared access signature in its URL, and no credential of MediaValet.

mod block_list;
mod endpoint;
mod errors;
mod read;
mod request;
mod write;

pub(crate) use endpoint::{endpoint, operation_name};
