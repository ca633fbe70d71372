//! The NetX stand-in: JSON-RPC at `/api/rpc`, file retrieval, import and the health check.
//!
//! # What follows the facts
//! - JSON-RPC takes positional parameters only, and no batches.
//! - The credential is `Authorization: apiToken <token>`. The RPC endpoint refuses another one with code 10000
//!   in an HTTP 200 response.
//! - Pages are `{results, size}`, where `size` is the total.
//! - Data selectors, the five search criteria, and at most 100 OR-ed exact criteria in one list.
//! - Error codes 1000 and 3004.
//! - OAuth's authorization code grant: the consent page `/app`, the token endpoint `/a/t` with the client's credential in
//!   its form, and refresh tokens. The access token is sent like an API token; an expired one gets code 10000.
//! - File and import responses have no envelope.
//!
//! # The sandbox's own choices
//! - An authentication scheme other than exactly `apiToken` is refused. File and import endpoints refuse a
//!   credential with HTTP 401, an object without access with 403 and an unknown object with 404; the body is
//!   `{"code", "message"}`.
//! - Unknown objects are code 1000. Missing, mistyped or surplus parameters are -32602, and so are unknown
//!   selectors, sort fields, search fields and attribute labels.
//! - Ids may be sent as numbers or as strings of digits. `id` is required and must be a string or a number.
//! - Without `data`, a response has the id and the base part.
//! - Lists omit assets that the caller may not see.
//! - The shapes of attributes, permissions, views, related assets and users, about which little is known.
//!
//! - OAuth's consent page approves at once, on behalf of the caller that API tokens belong to, and redirects to addresses
//!   of this machine only. Refresh tokens are used once. PKCE, which no source mentions, is ignored.
//!
//! There is no older session-key API and no processing delay.

mod files;
mod handlers;
mod listing;
mod oauth;
mod operations;
mod options;
mod query;
mod render;
mod request;
mod response;
mod router;
mod rpc;
mod seed;
mod settings;
mod state;

use std::fmt;
use std::sync::Arc;

use axum::Router;

pub use seed::RESTRICTED_ASSET;
pub(crate) use settings::NetxSettings;
pub use settings::{HEALTH_TOKEN, OAUTH_CLIENT, OAUTH_SECRET};
use state::{ServerState, Store};

use crate::common::recording::{Counters, RecordedRequest, Recording};
use crate::{Difference, Fault, Planted, SandboxError};

/// The names of the served operations, sorted. They come from the tables that the router is built from.
#[must_use]
pub fn served() -> Vec<&'static str> {
    operations::names()
}

/// The running NetX stand-in: its recording and its test hooks.
pub struct Netx(Arc<ServerState>);

impl Netx {
    pub(crate) fn new(token: &str, settings: &NetxSettings) -> Result<Self, SandboxError> {
        let mut store = Store::empty();
        if settings.seeded {
            seed::fill(&mut store)?;
        }
        if settings.generated_assets > 0 {
            seed::add_generated(&mut store, settings.generated_assets)?;
        }
        let netx = Self(Arc::new(ServerState::new(settings.clone(), store)));
        netx.accept_token(token)?;
        Ok(netx)
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

    /// Accepts another API token, in addition to those accepted already.
    ///
    /// # Errors
    /// [`SandboxError::Token`] if the token cannot be sent in a header.
    pub fn accept_token(&self, token: impl Into<String>) -> Result<(), SandboxError> {
        let token = token.into();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SandboxError::Token);
        }
        self.0.tokens().insert(token);
        Ok(())
    }

    /// Expires all access tokens that OAuth has issued so far. Refresh tokens stay valid.
    pub fn expire_access_tokens(&self) {
        self.0.oauth().expire_access_tokens();
    }

    /// Stops accepting an API token, as if it had expired.
    pub fn revoke_token(&self, token: &str) {
        self.0.tokens().remove(token);
    }
}

impl fmt::Debug for Netx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The tokens are secrets and stay out.
        f.debug_struct("Netx").field("counters", &self.counters()).finish_non_exhaustive()
    }
}
