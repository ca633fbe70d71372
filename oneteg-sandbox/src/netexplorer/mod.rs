//! The NetExplorer stand-in (a platform of NetExplorer, now Voltn): OAuth 2.0 at the root, the API below
//! `/api`.
//!
//! # What follows the facts
//! - OAuth grants: `client_credentials` for server applications, `authorization_code` with PKCE `S256` and
//!   `refresh_token` for client applications. The client's credential is in the body, which may be a form or
//!   JSON.
//! - `Authorization: Bearer`, and 401 without a valid token; the `As` header.
//! - 201 for a new folder or file, 204 for every response without a body, and 403 with a French message for a
//!   name that is taken.
//! - A file's id names one of its versions, and its `guid` the file. Content for an existing name becomes a
//!   new version.
//! - Uploads as one form, as a form for each chunk, as a stream, and by TUS; 423 while a file is being
//!   assembled, and 409 for a wrong offset. The response to `PATCH` is 200, where TUS specifies 204.
//! - Deleted objects go to the trash unless `trash=0`.
//! - `/path` returns the object without an envelope; `/ischildof` responds with a status only.
//!
//! # What the sandbox decides
//! The table of [choices](crate::choices) has what nothing is known of. Besides:
//! - The consent page approves at once, on behalf of [`MEMBER`]. Reusing a code or a refresh token ends all tokens of
//!   its grant, as RFC 6749 and RFC 9700 recommend.
//! - A server application has all rights; a client application has those of its user.
//! - Only the administrator may see [`RESTRICTED_FOLDER`]; everything else is open to every user.
//! - Names are case-sensitive. New content sent to `PUT /file/{fileId}/upload` keeps the id of the version.
//! - Chunks belong to the same upload if user, folder, name, size and number of chunks are the same.
//! - The request that finishes a TUS upload gets 423 until all bytes are there, and then for a configured number
//!   of polls. The same holds for the last chunk of an upload: a poll is any request that reads, or the last chunk
//!   again.
//! - Quotas are stored and shown, but not enforced. Rights on folders are, as far as the vendor describes them.
//! - Only administrators change rights, delegates, templates and settings. Restrictions of the sign-in apply to the
//!   password sign-in and the consent page.

mod contract;
mod handlers;
mod oauth;
mod operations;
mod render;
mod request;
mod response;
mod router;
mod seed;
mod settings;
mod state;
mod uploads;

use std::fmt;
use std::sync::Arc;

use axum::Router;

pub use seed::RESTRICTED_FOLDER;
pub(crate) use settings::NetexplorerSettings;
pub use settings::{
    ADMINISTRATOR, CLIENT_APPLICATION, CLIENT_SECRET, MEMBER, PASSWORD, SERVER_APPLICATION,
    SERVER_SECRET,
};
use state::{ServerState, Store};

use crate::common::recording::{Counters, RecordedRequest, Recording};
use crate::{Difference, Fault, Planted, SandboxError, Violation};

/// The names of the served operations, sorted. They come from the table that the router is built from.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}

/// The running NetExplorer stand-in: its recording and its test hooks.
pub struct Netexplorer(Arc<ServerState>);

impl Netexplorer {
    pub(crate) fn new(settings: &NetexplorerSettings) -> Self {
        let mut store = Store::empty(settings);
        if settings.seeded {
            seed::fill(&mut store);
        }
        let root = store.tree.roots().next();
        if let Some(root) = root.filter(|_| settings.generated_assets > 0) {
            store.tree.generate_files(settings.generated_assets, root);
        }
        Self(Arc::new(ServerState::new(settings.clone(), store)))
    }

    pub(crate) fn router(&self) -> Router {
        router::build(&self.0)
    }

    /// The last 1,024 requests that reached the server, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.monitor.recording.requests()
    }

    /// The number of requests that arrived, and of operations that changed the state. An upload in parts
    /// counts as one write, when its file exists.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.monitor.recording.counters()
    }

    /// The last 1,024 differences between requests and the specification, oldest first. Requests without a valid
    /// credential are not examined.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.0.contract.violations()
    }

    /// The recording, for the number of writes by a single operation.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.0.monitor.recording
    }

    /// Sends the fault instead of the proper response to requests that are still to come. Several faults are
    /// used in the order in which they were scripted.
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

    /// Issues an access token of the server application, as a sign-in would.
    #[must_use]
    pub fn issue_access_token(&self) -> String {
        self.0.store().oauth.issue_server_token()
    }

    /// Expires all access tokens issued so far. Refresh tokens stay valid.
    pub fn expire_access_tokens(&self) {
        self.0.store().oauth.expire_access_tokens();
    }

    /// Expires all uploads in progress: requests for them get 410.
    pub fn expire_uploads(&self) {
        self.0.store().uploads.expire();
    }

    /// Sets whether `GET /path` wraps the object in `object`, as the vendor documents, or returns it without
    /// an envelope, as the vendor's platforms do (the default).
    pub fn wrap_path_responses(&self, wrap: bool) {
        self.0.store().wrap_path_responses = wrap;
    }

    /// The number of files in all folders. Versions, and files in the trash, do not count.
    #[must_use]
    pub fn file_count(&self) -> u64 {
        let tree = &self.0.store().tree;
        tree.files.len() + tree.all_unfilled_totals().files
    }
}

impl fmt::Debug for Netexplorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the state, which holds tokens.
        f.debug_struct("Netexplorer").field("counters", &self.counters()).finish_non_exhaustive()
    }
}
