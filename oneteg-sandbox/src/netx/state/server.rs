//! What the router and its handlers share.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use super::oauth::AuthorizationServer;
use super::store::Store;
use crate::common::middleware::RequestMonitor;
use crate::netx::response::RpcError;
use crate::netx::settings::NetxSettings;

/// The state of the running stand-in.
pub(crate) struct ServerState {
    pub(crate) monitor: RequestMonitor,
    pub(crate) settings: NetxSettings,
    store: Mutex<Store>,
    tokens: Mutex<BTreeSet<String>>,
    oauth: Mutex<AuthorizationServer>,
}

impl ServerState {
    pub(crate) fn new(settings: NetxSettings, store: Store) -> Self {
        Self {
            oauth: Mutex::new(AuthorizationServer::new(settings.access_token_lifetime)),
            monitor: RequestMonitor { denied: settings.denied.clone(), ..Default::default() },
            settings,
            store: Mutex::new(store),
            tokens: Mutex::default(),
        }
    }

    /// Locks the data, for one operation.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The API tokens accepted at present.
    pub(crate) fn tokens(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the codes and tokens of OAuth.
    pub(crate) fn oauth(&self) -> MutexGuard<'_, AuthorizationServer> {
        self.oauth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs an operation that changes the data, and counts it as a write unless it was refused.
    pub(crate) fn write<T, E>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = change(&mut self.store());
        if result.is_ok() {
            self.monitor.recording.record_write(operation);
        }
        result
    }

    /// Checks `Authorization: apiToken <token>`, where the token is an API token or an access token of OAuth.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), RpcError> {
        headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            // The scheme is matched exactly: what NetX does with `apitoken` is not known.
            .and_then(|value| value.strip_prefix("apiToken "))
            .filter(|token| self.tokens().contains(*token) || self.oauth().accepts(token))
            .map(|_| ())
            .ok_or_else(RpcError::credential)
    }
}
