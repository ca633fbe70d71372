//! The stand-in as a whole: what its parts share, and its test hooks.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;

use super::state::Store;
use super::{routes, seed};
use crate::common::middleware::RequestMonitor;
use crate::common::recording::{Counters, RecordedRequest, Recording};
use crate::{Fault, SandboxError};

/// How the stand-in is to be set up.
#[derive(Debug, Clone)]
pub(crate) struct NetexplorerSettings {
    pub(crate) seeded: bool,
    /// The largest file, in bytes.
    pub(crate) upload_limit: usize,
    /// How often an upload in parts answers 423 before its file is there.
    pub(crate) assembling_polls: u32,
    /// How long an access token is good.
    pub(crate) token_lifetime: Duration,
}

impl Default for NetexplorerSettings {
    fn default() -> Self {
        Self {
            seeded: true,
            upload_limit: 256 << 20,
            assembling_polls: 1,
            token_lifetime: Duration::from_secs(3600),
        }
    }
}

/// The running NetExplorer stand-in: its recording and its test hooks.
pub struct Netexplorer(Arc<Room>);

/// What the handlers share.
pub(crate) struct Room {
    pub(crate) monitor: RequestMonitor,
    pub(crate) upload_limit: usize,
    store: Mutex<Store>,
}

impl Netexplorer {
    pub(crate) fn new(settings: &NetexplorerSettings) -> Self {
        let mut store = Store::empty(settings);
        if settings.seeded {
            seed::fill(&mut store);
        }
        Self(Arc::new(Room {
            monitor: RequestMonitor::default(),
            upload_limit: settings.upload_limit,
            store: Mutex::new(store),
        }))
    }

    pub(crate) fn router(&self) -> Router {
        routes::router(&self.0)
    }

    /// The requests that reached the server, oldest first: the last 1,024.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.monitor.recording.requests()
    }

    /// How many requests have arrived, and how many operations have changed the state. An upload in parts
    /// counts once, when its file is there.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.monitor.recording.counters()
    }

    /// The recording, to count the writes of one operation.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.0.monitor.recording
    }

    /// Answers coming requests as the fault says, instead of properly. Several faults are used up in the
    /// order of scripting.
    ///
    /// # Errors
    /// [`SandboxError::Fault`] when the fault is no valid HTTP answer.
    pub fn script(&self, fault: Fault) -> Result<(), SandboxError> {
        self.0.monitor.faults.add(fault)
    }

    /// An access token of the server application, as signing in would give.
    #[must_use]
    pub fn issue_access_token(&self) -> String {
        self.0.store().oauth.server_token().access()
    }

    /// Ends every access token that is out, as time does. Refresh tokens stay good.
    pub fn expire_access_tokens(&self) {
        self.0.store().oauth.expire_access();
    }

    /// Ends every upload that is under way, as time does: TUS then answers 410.
    pub fn expire_uploads(&self) {
        self.0.store().uploads.expire();
    }

    /// Whether `GET /path` wraps its answer in `object`, as the vendor documents, instead of answering the
    /// object itself, as its platforms do.
    pub fn wrap_path_responses(&self, wrap: bool) {
        self.0.store().wrap_paths = wrap;
    }

    /// How many files the folders hold, versions and the trash not counted.
    #[must_use]
    pub fn file_count(&self) -> u64 {
        self.0.store().tree.files.len()
    }
}

impl fmt::Debug for Netexplorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The tokens stay out.
        f.debug_struct("Netexplorer").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

impl Room {
    /// The state, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
