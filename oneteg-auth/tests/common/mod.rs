//! What several test programs share.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::{Duration, SystemTime},
};

use oneteg_auth::{
    BoxFuture, Clock, CredentialVersion, Lease, LeaseDecision, LeaseOwner, MemoryStore,
    RefreshAttempt, SessionKey, SessionPolicy, StoreError, StoredSession, TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderGrant, ProviderKind, TestSession};

/// Whether to run the sizes that take minutes.
pub fn full() -> bool {
    std::env::var_os("ONETEG_TEST_FULL").is_some()
}

pub fn key() -> SessionKey {
    SessionKey::new("acme")
}

/// A clock that only the test moves, for tests that cannot run in paused time.
#[derive(Debug)]
pub struct ManualClock {
    ms: AtomicU64,
    /// By how many seconds the time of day is ahead.
    wall_ahead_s: AtomicU64,
    /// By how many seconds the time of day was set back.
    wall_behind_s: AtomicU64,
}

impl ManualClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            ms: AtomicU64::new(1_000_000),
            wall_ahead_s: AtomicU64::new(0),
            wall_behind_s: AtomicU64::new(0),
        })
    }

    /// Sets the time of day back; the monotonic clock stays.
    pub fn set_back(&self, by: Duration) {
        self.wall_behind_s.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    pub fn advance(&self, by: Duration) {
        self.ms.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.ms.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        let ahead = self.wall_ahead_s.load(Ordering::SeqCst);
        let behind = self.wall_behind_s.load(Ordering::SeqCst);
        SystemTime::UNIX_EPOCH
            + Duration::from_secs(1_800_000_000 + ahead - behind)
            + self.monotonic()
    }
}

/// A small generator with a fixed seed (SplitMix64).
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// Polls the future up to `times` times and lets the rest of the program continue in between. Returns how
/// many polls it took, if it ended.
pub async fn poll_times<F: Future>(future: F, times: usize) -> Option<usize> {
    let mut future = Box::pin(future);
    for poll in 1..=times {
        let mut context = Context::from_waker(Waker::noop());
        if future.as_mut().poll(&mut context).is_ready() {
            return Some(poll);
        }
        // One step of the background tasks, and now and then a little time.
        tokio::task::yield_now().await;
        if poll % 3 == 0 {
            tokio::time::advance(Duration::from_millis(7)).await;
        }
    }
    None
}

/// A store that can be made unavailable, and that yields a seeded number of times in each step.
#[derive(Debug)]
pub struct TestStore {
    pub inner: MemoryStore,
    pub down: AtomicBool,
    /// Commits, offers and clears fail while the rest works: a full disk.
    pub full: AtomicBool,
    /// How many of the next loads fail while the rest works.
    pub failing_loads: AtomicU64,
    /// How many of the next journal entries are written without a confirmation.
    pub unconfirmed_entries: AtomicU64,
    /// How many of the next requests for a lease find the store busy.
    pub busy_leases: AtomicU64,
    pub seed: AtomicU64,
    pub gate: Gate,
    /// For a test that stops two steps.
    pub other_gate: Gate,
}

/// Stops a step of a store at one point, once.
#[derive(Debug, Default)]
pub struct Gate {
    at: std::sync::Mutex<Option<&'static str>>,
    reached: tokio::sync::Notify,
    open: tokio::sync::Notify,
}

impl Gate {
    /// The next step that gets there waits. The points are `load`, `offer`, `commit` and `committed`.
    pub fn close_at(&self, point: &'static str) {
        *self.at.lock().unwrap() = Some(point);
    }

    /// Returns when a step waits there.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    pub fn open(&self) {
        self.open.notify_one();
    }

    pub async fn pass(&self, point: &str) {
        let waits = self.at.lock().unwrap().take_if(|at| *at == point).is_some();
        if waits {
            self.reached.notify_one();
            self.open.notified().await;
        }
    }
}

impl TestStore {
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::with_clock(clock),
            down: AtomicBool::new(false),
            full: AtomicBool::new(false),
            failing_loads: AtomicU64::new(0),
            unconfirmed_entries: AtomicU64::new(0),
            busy_leases: AtomicU64::new(0),
            seed: AtomicU64::new(seed),
            gate: Gate::default(),
            other_gate: Gate::default(),
        })
    }

    async fn pass(&self, point: &str) {
        self.gate.pass(point).await;
        self.other_gate.pass(point).await;
    }

    async fn step(&self) -> Result<(), StoreError> {
        let seed = self.seed.fetch_add(1, Ordering::SeqCst);
        if seed > 0 {
            for _ in 0..Seeded(seed).below(4) {
                tokio::task::yield_now().await;
            }
        }
        if self.down.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("testing", "switched off"));
        }
        Ok(())
    }

    async fn write(&self) -> Result<(), StoreError> {
        self.step().await?;
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("writing", "no space left"));
        }
        Ok(())
    }
}

impl TokenStore for TestStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(async move {
            self.step().await?;
            let failing =
                self.failing_loads
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if failing.is_ok() {
                return Err(StoreError::unavailable("testing", "no reading now"));
            }
            let session = self.inner.load(key).await;
            self.pass("load").await;
            session
        })
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        Box::pin(async move {
            self.step().await?;
            let busy = self
                .busy_leases
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if busy.is_ok() {
                return Err(StoreError::Busy);
            }
            self.inner.lease(key, owner, ttl).await
        })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.step().await?;
            self.inner.renew(lease, ttl).await
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.step().await?;
            self.inner.release(lease).await
        })
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.step().await?;
            self.inner.journal(lease, attempt).await?;
            let unconfirmed =
                self.unconfirmed_entries
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            match unconfirmed {
                Ok(_) => Err(StoreError::unavailable("testing", "the reply was lost")),
                Err(_) => Ok(()),
            }
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(async move {
            self.pass("commit").await;
            self.write().await?;
            let committed = self.inner.commit(lease, expected, tokens).await;
            self.pass("committed").await;
            committed
        })
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(async move {
            self.pass("offer").await;
            self.write().await?;
            self.inner.offer(key, attempt, tokens).await
        })
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.write().await?;
            self.inner.clear(key).await
        })
    }
}

/// A provider, a store and one session on them, signed in.
pub struct World {
    pub provider: Provider,
    pub store: Arc<TestStore>,
    pub clock: Arc<dyn Clock>,
    pub session: TestSession,
    pub policy: SessionPolicy,
}

impl World {
    pub async fn new(kind: ProviderKind, clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::with_policy(kind, clock, seed, SessionPolicy::default()).await
    }

    pub async fn with_policy(
        kind: ProviderKind,
        clock: Arc<dyn Clock>,
        seed: u64,
        policy: SessionPolicy,
    ) -> Self {
        let provider = Provider::new(kind, Arc::clone(&clock));
        let store = TestStore::new(Arc::clone(&clock), seed);
        let session = new_session(&provider, &store, &clock, &policy);
        session.sign_in(&provider.sign_in()).await.unwrap();
        Self { provider, store, clock, session, policy }
    }

    /// Another process on the same store.
    pub fn another(&self) -> TestSession {
        new_session(&self.provider, &self.store, &self.clock, &self.policy)
    }

    pub async fn stored(&self) -> StoredSession {
        self.store.inner.load(&key()).await.unwrap().unwrap()
    }

    /// Whether the refresh token in the store is the one the provider expects.
    pub async fn is_alive(&self) -> bool {
        let tokens = self.stored().await.tokens;
        tokens
            .and_then(|tokens| tokens.refresh)
            .is_some_and(|refresh| self.provider.would_refresh(&refresh))
    }
}

fn new_session(
    provider: &Provider,
    store: &Arc<TestStore>,
    clock: &Arc<dyn Clock>,
    policy: &SessionPolicy,
) -> TestSession {
    let grant = Arc::new(ProviderGrant(provider.clone()));
    let store = Arc::clone(store) as Arc<dyn TokenStore>;
    TestSession::new(grant, store, &key(), Arc::clone(clock), policy.clone()).unwrap()
}
