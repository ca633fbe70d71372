//! A call with a fresh token touches no store.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use common::key;
use oneteg_auth::{
    BoxFuture, CredentialVersion, Lease, LeaseDecision, LeaseOwner, MemoryStore, RefreshAttempt,
    SessionChanges, SessionKey, SessionPolicy, StoreError, StoredSession, TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderGrant, ProviderKind, TestSession, TokioClock};

/// Counts every step of a store.
#[derive(Debug)]
struct Counting {
    inner: MemoryStore,
    steps: AtomicU64,
}

impl Counting {
    fn count(&self) -> &MemoryStore {
        self.steps.fetch_add(1, Ordering::SeqCst);
        &self.inner
    }

    fn steps(&self) -> u64 {
        self.steps.load(Ordering::SeqCst)
    }
}

impl TokenStore for Counting {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        self.count().load(key)
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        self.count().lease(key, owner, ttl)
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.count().renew(lease, ttl)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        self.count().release(lease)
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.count().journal(lease, attempt)
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        self.count().commit(lease, expected, tokens)
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        self.count().offer(key, attempt, tokens)
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.count().clear(key)
    }

    fn watch(&self, key: &SessionKey) -> SessionChanges {
        self.count().watch(key)
    }
}

#[tokio::test(start_paused = true)]
async fn a_warm_call_touches_no_store_and_a_cold_start_reads_once() {
    let clock = Arc::new(TokioClock::start());
    let inner = MemoryStore::with_clock(clock.clone());
    let store = Arc::new(Counting { inner, steps: AtomicU64::new(0) });
    let kind = ProviderKind::rotating(Duration::from_secs(3600));
    let provider = Provider::new(kind, clock.clone());
    let session = || {
        let grant = Arc::new(ProviderGrant(provider.clone()));
        let policy = SessionPolicy::default();
        TestSession::new(grant, store.clone(), &key(), clock.clone(), policy).unwrap()
    };
    session().sign_in(&provider.sign_in()).await.unwrap();

    let (cold, before) = (session(), store.steps());
    cold.access_token().await.unwrap();
    assert_eq!(store.steps() - before, 1, "a cold start with a valid token is one load");
    let before = store.steps();
    for _ in 0..10_000 {
        cold.access_token().await.unwrap();
    }
    assert_eq!(store.steps(), before, "warm calls touched the store");

    // A refresh is a fixed number of steps, whatever the number of callers.
    tokio::time::advance(Duration::from_secs(3601)).await;
    let callers = (0..1_000).map(|_| cold.access_token());
    for token in futures_util::future::join_all(callers).await {
        token.unwrap();
    }
    cold.close().await.unwrap();
    let steps = store.steps() - before;
    println!("steps of a store: 1 for a cold start, 0 for a warm call, {steps} for a refresh");
    assert!(steps <= 7, "a refresh took {steps} steps");
    assert_eq!(provider.requests(), 1);
}
