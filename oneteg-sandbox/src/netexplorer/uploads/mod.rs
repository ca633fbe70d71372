//! The ways to upload a file: as one form, in chunks, as a stream, by TUS, and as a replacement of existing
//! content; and the form of a user's picture.
//!
//! Uploads in progress are in [`super::state`]; this folder reads requests and places finished content.

pub(super) mod form;
mod multipart;
pub(super) mod picture;
pub(super) mod placement;
pub(super) mod stream;
pub(super) mod tus;
