//! What the router and its handlers share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::store::Store;
use crate::common::middleware::RequestMonitor;
use crate::netexplorer::settings::NetexplorerSettings;

/// The state of the running stand-in.
pub(crate) struct ServerState {
    pub(crate) monitor: RequestMonitor,
    pub(crate) settings: NetexplorerSettings,
    store: Mutex<Store>,
}

impl ServerState {
    pub(crate) fn new(settings: NetexplorerSettings, store: Store) -> Self {
        Self { monitor: RequestMonitor::default(), settings, store: Mutex::new(store) }
    }

    /// Locks the data, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
