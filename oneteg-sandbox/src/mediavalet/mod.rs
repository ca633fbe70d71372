//! The MediaValet stand-in: sign-in, the API behind its gateway, and the blob storage that uploads and
//! downloads go to.
//!
//! # What follows the facts
//! Authorization code (60 s, PKCE `S256` and `plain`), refresh with rotation, password grant and
//! revocation; `Ocp-Apim-Subscription-Key` checked before the bearer token, with the gateway's own 401;
//! `x-mv-api-version` 1.0 (when absent) to 1.2 and what differs between them; the envelope; offset and
//! count with their defaults; the grammars of search, filters and container filters; PATCH that skips
//! what it cannot do and tells so in `errors`; the five steps of an upload and its checks, of which that of
//! the size is left out where no size was given; check-out and check-in; renditions; `sasExpiry` as a lifetime
//! in milliseconds; the largest offset of lists of assets, 100,000; users in `users`, user groups as a list
//! and one of them as an object; the members of a user in any letter case; the sizes, formats and states of
//! direct links; the download in two steps; an id of a category that the caller chooses; letter case of paths
//! and query names does not matter.
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
//! - Upload signatures may read, too. `sasRenewal` is 0, as in a recorded response. Access tokens live an
//!   hour.
//! - A page beyond the largest offset is refused with 400; so are sizes and formats of direct links that the
//!   asset's type does not have. Nothing is behind the address of a direct link.
//! - A user needs a name of its own, a group too (409). Passwords are passed over. A group's id, `roleId`,
//!   brings the group's name along.
//! - Only assets are listed in pages of 50 unless told; other lists are whole.
//! - Categories may have the same name; one with subcategories cannot be deleted.
//! - The expressions' precedence: `NOT`, `AND`, `OR`. Text is compared without letter case.
//!
//! There are no permissions but one asset's, no webhooks, no bulk requests, no video and no approval.
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

pub(crate) use answer::EnvelopeForm;
pub(crate) use room::MediavaletSettings;
pub use room::{Mediavalet, MediavaletAccount};
pub use seed::{RESTRICTED_ASSET, ROOT_CATEGORY};

/// The ids of the operations served, sorted: the very table that requests are matched with.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}
