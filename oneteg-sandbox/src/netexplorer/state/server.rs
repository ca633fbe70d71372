//! What the router and its handlers share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

use super::journal::{ChangedObject, JournalEntry};
use super::store::Store;
use crate::common::middleware::RequestMonitor;
use crate::netexplorer::request::Caller;
use crate::netexplorer::settings::NetexplorerSettings;

/// The state of the running stand-in.
pub(crate) struct ServerState {
    pub(crate) monitor: RequestMonitor,
    pub(crate) settings: NetexplorerSettings,
    store: Mutex<Store>,
}

impl ServerState {
    pub(crate) fn new(settings: NetexplorerSettings, store: Store) -> Self {
        let monitor = RequestMonitor { denied: settings.denied.clone(), ..Default::default() };
        Self { monitor, settings, store: Mutex::new(store) }
    }

    /// Locks the data, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation that changed the data, and enters it in the journal.
    pub(crate) fn record_change(
        &self,
        store: &mut Store,
        operation: &'static str,
        caller: Caller,
        headers: &HeaderMap,
        object: Option<ChangedObject>,
    ) {
        self.monitor.recording.record_write(operation);
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        store.journal.add(JournalEntry {
            id: 0,
            date: store.now(),
            user: caller.user,
            operation,
            object,
            user_agent: user_agent.unwrap_or_default().to_owned(),
        });
    }
}

impl ChangedObject {
    /// The file of the version with this id, if there is one.
    pub(crate) fn file(store: &Store, id: u64) -> Option<Self> {
        let found = store.tree.version(id)?;
        let (name, folder) = (found.file.name.clone(), found.file.parent);
        Some(Self { id, name, file: Some(found.key), folder })
    }

    /// The folder with this id, if there is one.
    pub(crate) fn folder(store: &Store, id: u64) -> Option<Self> {
        let folder = store.tree.folders.get(id)?;
        Some(Self { id, name: folder.name.clone(), file: None, folder: id })
    }
}
