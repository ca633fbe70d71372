//! The stand-in as a whole: what its parts share, and its test hooks.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::errors::RpcFailure;
use super::state::Store;
use super::{routes, seed};
use crate::common::middleware::RequestMonitor;
use crate::common::recording::{Counters, RecordedRequest, Recording};
use crate::{Fault, SandboxError};

/// The token in the path of the health check, `/health/{token}`.
pub const HEALTH_TOKEN: &str = "sandbox-health";

/// How the stand-in is to be set up.
#[derive(Debug, Clone)]
pub(crate) struct NetxSettings {
    pub(crate) seeded: bool,
    pub(crate) import_limit: usize,
}

impl Default for NetxSettings {
    fn default() -> Self {
        Self { seeded: true, import_limit: 64 << 20 }
    }
}

/// The running NetX stand-in: its recording and its test hooks.
pub struct Netx(Arc<Room>);

/// What the handlers share.
pub(crate) struct Room {
    pub(crate) monitor: RequestMonitor,
    pub(crate) import_limit: usize,
    store: Mutex<Store>,
    tokens: Mutex<BTreeSet<String>>,
}

impl Netx {
    pub(crate) fn new(token: &str, settings: &NetxSettings) -> Result<Self, SandboxError> {
        let store = if settings.seeded { seed::store()? } else { Store::empty() };
        let netx = Self(Arc::new(Room {
            monitor: RequestMonitor::default(),
            import_limit: settings.import_limit,
            store: Mutex::new(store),
            tokens: Mutex::default(),
        }));
        netx.accept_token(token)?;
        Ok(netx)
    }

    pub(crate) fn router(&self) -> Router {
        routes::router(&self.0)
    }

    /// The requests that reached the server, oldest first: the last 1,024.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.monitor.recording.requests()
    }

    /// How many requests have arrived, and how many operations have changed the state.
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

    /// Accepts one more API token.
    ///
    /// # Errors
    /// [`SandboxError::Token`] when it cannot travel in a header.
    pub fn accept_token(&self, token: impl Into<String>) -> Result<(), SandboxError> {
        let token = token.into();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SandboxError::Token);
        }
        self.0.tokens().insert(token);
        Ok(())
    }

    /// Accepts an API token no longer, as when it expires.
    pub fn revoke_token(&self, token: &str) {
        self.0.tokens().remove(token);
    }
}

impl fmt::Debug for Netx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The tokens stay out.
        f.debug_struct("Netx").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

impl Room {
    /// The state, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs an operation that changes the state, and counts it unless it was refused.
    pub(crate) fn write<T, E>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let changed = change(&mut self.store());
        if changed.is_ok() {
            self.monitor.recording.record_write(operation);
        }
        changed
    }

    fn tokens(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks `Authorization: apiToken <token>`.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), RpcFailure> {
        headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("apiToken "))
            .filter(|token| self.tokens().contains(*token))
            .map(|_| ())
            .ok_or_else(RpcFailure::credential)
    }
}
