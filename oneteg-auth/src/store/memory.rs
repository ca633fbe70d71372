use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    contract::{Lease, LeaseDecision, LeaseOwner, RefreshAttempt, StoredSession, TokenStore},
    key::SessionKey,
    record::SessionRecord,
};
use crate::{
    BoxFuture, Clock, CredentialVersion, StoreError, SystemClock, Tokens,
    clock::{millis, unix_ms},
};

/// Sessions in the memory of this process: gone when it ends.
#[derive(Debug)]
pub struct MemoryStore {
    sessions: Mutex<HashMap<SessionKey, SessionRecord>>,
    clock: Arc<dyn Clock>,
    /// Ages are measured on the monotonic clock, so that setting the date does not age a token.
    start_ms: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store with another clock.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let start_ms = unix_ms(clock.wall()).saturating_sub(millis(clock.monotonic()));
        Self { sessions: Mutex::default(), clock, start_ms }
    }

    fn step<'a, T: Send + 'a>(
        &'a self,
        key: &'a SessionKey,
        step: impl FnOnce(&mut SessionRecord, u64) -> T + Send + 'a,
    ) -> BoxFuture<'a, T> {
        Box::pin(async move {
            let now_ms = self.start_ms.saturating_add(millis(self.clock.monotonic()));
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            step(sessions.entry(key.clone()).or_default(), now_ms)
        })
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        self.step(key, |state, now_ms| Ok(state.load(now_ms)))
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        self.step(key, move |state, now_ms| Ok(state.lease(key, owner, ttl, now_ms)))
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.step(&lease.key, move |state, now_ms| state.renew(lease, ttl, now_ms))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        self.step(&lease.key, move |state, _| {
            state.release(lease);
            Ok(())
        })
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.step(&lease.key, move |state, now_ms| state.journal(lease, attempt, now_ms))
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        self.step(&lease.key, move |state, now_ms| state.commit(lease, expected, tokens, now_ms))
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        self.step(key, move |state, now_ms| state.offer(attempt, tokens, now_ms))
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.step(key, |state, _| {
            state.clear();
            Ok(())
        })
    }
}
