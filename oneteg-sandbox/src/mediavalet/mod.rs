//! The MediaValet stand-in: sign-in, the API behind its gateway, and the blob storage that uploads and
//! downloads go to.
//!
//! # What follows the facts
//! Authorization code (60 s, PKCE `S256` and `plain`), refresh with rotation, password grant and
//! revocation; `Ocp-Apim-Subscription-Key` checked before the bearer token, with the gateway's own 401;
//! `x-mv-api-version` 1.0 (when absent) to 1.2 and what differs between them; the envelope; offset and
//! count with their defaults; the grammars of search, filters and container filters; PATCH that skips
//! what it cannot do and tells so in `errors`; the five steps of an upload and its checks; check-out and
//! check-in; renditions; letter case of paths and query names does not matter.
//!
//! The blob storage follows Azure's: Put Blob, Put Block, Put Block List, Get Block List and Get Blob
//! with a shared access signature in the query. It is at the same port under the host name `localhost`
//! (the API is at `127.0.0.1`), so it is another origin. A request there that carries a credential of
//! MediaValet is refused and [counted](Mediavalet::leaked_credentials).
//!
//! # The sandbox's own choices
//! - Ids are made by counting. Dates advance by a second with each write, from 14 November 2023 on;
//!   tokens and signatures go by the computer's clock, which [`Mediavalet::advance`] can put forward.
//! - A new asset is ready after some looks at it ([processing polls]): at first it is unknown (404), then
//!   it is there without media, then complete. Lists show it from then on.
//! - Refusals have a line of text as their body; those of uploads and check-ins are JSON with `message`.
//! - `sasExpiry` and `sasRenewal` are seconds from now. Upload signatures may read, too.
//! - Only assets are listed in pages of 50 unless told; other lists are whole.
//! - Categories may have the same name; one with subcategories cannot be deleted.
//! - The expressions' precedence: `NOT`, `AND`, `OR`. Text is compared without letter case.
//!
//! There are no users but the caller, no webhooks, no bulk requests, no video and no approval.
//!
//! [processing polls]: crate::SandboxBuilder::mediavalet_processing_polls

mod answer;
mod blobs;
mod call;
mod clock;
mod gateway;
mod handlers;
mod operations;
mod patch;
mod query;
mod render;
mod room;
mod routes;
mod seed;
mod sign_in;
mod state;

pub(crate) use room::MediavaletSettings;
pub use room::{Mediavalet, MediavaletAccount};
pub use seed::{RESTRICTED_ASSET, ROOT_CATEGORY};

/// The ids of the operations served, sorted: the very table that requests are matched with.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}
