//! The MediaValet stand-in: the identity server, the API behind its gateway, and the blob storage for uploads
//! and downloads.
//!
//! # What follows the facts
//! - OAuth: authorization code (valid for 60 s; PKCE `S256` and `plain`), refresh with rotation, password grant
//!   and revocation.
//! - `Ocp-Apim-Subscription-Key` is checked before the bearer token, with the gateway's own 401.
//! - `x-mv-api-version` from 1.0 (the default) to 1.2, and the differences between them.
//! - The envelope; `offset` and `count` with their defaults; the largest offset of lists of assets, 100,000.
//! - The grammars of searches, filters and container filters.
//! - PATCH skips the operations that it cannot apply and reports them in `errors`.
//! - The five steps of an upload and their checks; the size is not checked if the client gives none.
//! - Check-out and check-in; renditions; the download in two steps; `sasExpiry` as a lifetime in milliseconds.
//! - The list of users is an object with `users`; the list of user groups is an array. The members of a user
//!   are read in any letter case.
//! - The sizes, formats and states of direct links.
//! - A client may choose the id of a new category.
//! - Letter case does not matter in paths and in the names of query parameters.
//!
//! The blob storage follows Azure's: Put Blob, Put Block, Put Block List, Get Block List and Get Blob, with a
//! shared access signature in the query. It is at the same port under the host name `localhost` (the API is at
//! `127.0.0.1`), so it is a different origin. A request to it that carries a MediaValet credential is refused
//! and [counted](Mediavalet::leaked_credentials).
//!
//! # The sandbox's own choices
//! - Ids are numbered in order of creation. Dates start on 14 November 2023 and advance by a second with each
//!   write; tokens and signatures follow the system clock, which [`Mediavalet::advance`] can put forward.
//! - A new asset is ready after a number of [processing polls]: the first poll finds nothing (404), the next
//!   ones find the asset without media, and then it is complete. Lists contain it once it is ready.
//! - The body of a refusal is a line of plain text; for uploads and check-ins it is JSON with `message`.
//! - Upload signatures also permit reading. `sasRenewal` is 0, as in a recorded response. Access tokens live for
//!   an hour.
//! - A page beyond the largest offset is refused with 400, and so are sizes and formats of direct links that the
//!   asset's type does not have. The URL of a direct link leads nowhere.
//! - The names of users and of groups are unique (409). Passwords are ignored. A user who is given a group's id,
//!   `roleId`, also gets the group's name.
//! - Lists of assets have pages of 50 by default; other lists are whole.
//! - Categories may have the same name; a category with subcategories cannot be deleted.
//! - The precedence in expressions: `NOT`, `AND`, `OR`. Strings are compared without letter case.
//!
//! There are no permissions other than those of one asset, no webhooks, no bulk requests, no video and no
//! approval.
//!
//! [processing polls]: crate::SandboxBuilder::mediavalet_processing_polls

mod envelope;
mod events;
mod gateway;
mod handlers;
mod json_patch;
mod oauth;
mod operations;
mod pages;
mod query;
mod render;
mod request;
mod response;
mod router;
mod seed;
mod settings;
mod shared_access;
mod state;
mod storage;
mod webhooks;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;

pub use seed::RESTRICTED_ASSET;
pub use settings::MediavaletAccount;
pub(crate) use settings::{EnvelopeForm, MediavaletSettings};
pub use state::ROOT_CATEGORY;
use state::{ServerState, Store};
pub use webhooks::{WebhookDelivery, WebhookOutcome};

use crate::common::recording::{Counters, RecordedRequest, Recording};
use crate::{Difference, Fault, Planted, SandboxError};

/// The names of the served operations, sorted. They come from the table that requests are matched with.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}

/// The running MediaValet stand-in: its recording and its test hooks.
pub struct Mediavalet(Arc<ServerState>);

impl Mediavalet {
    pub(crate) fn new(settings: &MediavaletSettings) -> Result<Self, SandboxError> {
        let mut store = Store::empty(settings.generated_assets);
        if settings.seeded {
            seed::fill(&mut store)?;
        }
        Ok(Self(Arc::new(ServerState::new(settings.clone(), store))))
    }

    pub(crate) fn router(&self) -> Router {
        router::build(&self.0)
    }

    /// The last 1,024 requests that reached the server, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.monitor.recording.requests()
    }

    /// The number of requests that arrived, and of operations that changed the state.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.monitor.recording.counters()
    }

    /// The recording, for the number of writes by a single operation.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.0.monitor.recording
    }

    /// Sends the fault instead of the proper response to requests that are still to come. Several faults are
    /// used in the order in which they were scripted.
    ///
    /// Besides the [served] operations, a fault can be for `authorize`, `token` and `revoke`, and
    /// for `putBlob`, `putBlock`, `putBlockList`, `getBlockList` and `getBlob`.
    ///
    /// # Errors
    /// [`SandboxError::Fault`] if the fault is not a valid HTTP response.
    pub fn script(&self, fault: Fault) -> Result<(), SandboxError> {
        self.0.monitor.faults.add(fault)
    }

    /// Makes the responses of an operation differ from the specification, from now on. Several differences are applied
    /// in the order in which they were planted.
    ///
    /// # Errors
    /// [`SandboxError::Difference`] if the difference cannot be sent in a response.
    pub fn plant(&self, difference: Difference) -> Result<Planted, SandboxError> {
        self.0.monitor.differences.plant(difference)
    }

    /// The client, the user and the subscription key that are accepted.
    #[must_use]
    pub fn account(&self) -> &MediavaletAccount {
        &self.0.account
    }

    /// Issues an access token without a sign-in. It has the usual lifetime.
    #[must_use]
    pub fn issue_access_token(&self) -> String {
        let expires = self.0.clock.now() + self.0.settings.access_token_lifetime;
        self.0.oauth().issue_access_token(expires)
    }

    /// Expires all access tokens issued so far. Refresh tokens stay valid.
    pub fn expire_access_tokens(&self) {
        self.0.oauth().expire_access_tokens();
    }

    /// Puts the clock forward. Codes, tokens and the signatures of the blob storage follow it.
    pub fn advance(&self, by: Duration) {
        self.0.clock.advance(by);
    }

    /// The last 1,024 attempts to deliver webhooks, oldest first: handshakes and events.
    #[must_use]
    pub fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.0.webhooks.deliveries()
    }

    /// Waits until all webhooks of the operations so far are delivered or given up.
    pub async fn webhooks_delivered(&self) {
        self.0.webhooks.settled().await;
    }

    /// The number of requests to the blob storage that carried a credential, or another header that is meant for
    /// MediaValet's API. A correct client sends none.
    #[must_use]
    pub fn leaked_credentials(&self) -> u64 {
        self.0.leaked_credentials.load(Ordering::SeqCst)
    }

    /// The number of assets, including those being processed and excluding deleted ones.
    #[must_use]
    pub fn asset_count(&self) -> usize {
        usize::try_from(self.0.store().assets.count()).unwrap_or(usize::MAX)
    }
}

impl fmt::Debug for Mediavalet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The account and the tokens are secrets and stay out.
        f.debug_struct("Mediavalet").field("counters", &self.counters()).finish_non_exhaustive()
    }
}
