//! What the router and its handlers share.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use super::oauth::AuthorizationServer;
use super::store::Store;
use crate::common::middleware::RequestMonitor;
use crate::mediavalet::response::{ApiResponse, ApiResult};
use crate::mediavalet::settings::{MediavaletAccount, MediavaletSettings};
use crate::mediavalet::shared_access::Signer;
use crate::mediavalet::webhooks::Deliverer;

/// The state of the running stand-in.
pub(crate) struct ServerState {
    pub(crate) monitor: RequestMonitor,
    pub(crate) account: MediavaletAccount,
    pub(crate) settings: MediavaletSettings,
    pub(crate) clock: Clock,
    pub(crate) signer: Arc<Signer>,
    pub(crate) leaked_credentials: AtomicU64,
    pub(crate) webhooks: Deliverer,
    oauth: Mutex<AuthorizationServer>,
    store: Mutex<Store>,
}

impl ServerState {
    pub(crate) fn new(settings: MediavaletSettings, store: Store) -> Self {
        Self {
            monitor: RequestMonitor { denied: settings.denied.clone(), ..Default::default() },
            account: MediavaletAccount::default(),
            webhooks: Deliverer::new(settings.webhooks.clone()),
            settings,
            clock: Clock::default(),
            signer: Arc::new(Signer::new()),
            leaked_credentials: AtomicU64::new(0),
            oauth: Mutex::default(),
            store: Mutex::new(store),
        }
    }

    /// Locks the data, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the codes and tokens. Their own lock keeps the check of a token from waiting for an
    /// operation.
    pub(crate) fn oauth(&self) -> MutexGuard<'_, AuthorizationServer> {
        self.oauth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs an operation that changes the data, and counts it as a write unless it was refused or changed
    /// nothing.
    pub(crate) fn write(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut Store) -> ApiResult,
    ) -> ApiResult {
        let mut store = self.store();
        let result = change(&mut store);
        let outgoing = std::mem::take(&mut store.outbox);
        if result.is_ok() {
            // Queued under the lock, so that events are in the order of the operations.
            self.webhooks.accept(outgoing);
        }
        drop(store);
        if result.as_ref().is_ok_and(ApiResponse::is_changed) {
            self.monitor.recording.record_write(operation);
        }
        result
    }
}
