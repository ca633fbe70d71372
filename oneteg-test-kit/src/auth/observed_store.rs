use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use oneteg_auth::{
    BoxFuture, CredentialVersion, FileStore, Lease, LeaseDecision, LeaseOwner, RefreshAttempt,
    SessionChanges, SessionKey, StoreError, StoredSession, TokenStore, Tokens,
    test_hooks::observe_writes,
};

type Observer = Arc<dyn Fn(&str) + Send + Sync>;

/// A store that reports each step of a refresh, so that a crash test can stop the process there.
///
/// | Step | Reported when |
/// |---|---|
/// | `begin`, `loaded` | the session is about to be loaded before the lease; it has been |
/// | `leasing`, `leased` | the lease is about to be requested; it was granted |
/// | `rereading`, `reread` | the session is about to be loaded again, under the lease; it has been |
/// | `journalling`, `journalled` | the journal entry is about to be stored; it has been |
/// | `renewing`, `renewed` | the lease is about to be extended during the token request; it has been |
/// | `granted`, `committed` | the tokens have arrived and are about to be committed; they have been |
/// | `published`, `released` | the tokens are in use and the lease is about to be released; it has been |
/// | `<call>:written`, `:synced`, `:renamed` | a file store has taken that step of writing the record, for any call of the store (`lease`, `journal`, `commit` ...) |
pub struct ObservedStore {
    inner: Arc<dyn TokenStore>,
    observer: Observer,
    /// The call that writes.
    call: Arc<Mutex<&'static str>>,
    leased: AtomicBool,
}

impl fmt::Debug for ObservedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl ObservedStore {
    /// Calls `observer` with the name of each step, on the thread that takes it.
    pub fn new(
        store: Arc<dyn TokenStore>,
        observer: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner: store,
            observer: Arc::new(observer),
            call: Arc::new(Mutex::new("none")),
            leased: AtomicBool::new(false),
        }
    }

    /// As [`ObservedStore::new`], and reports how records are written.
    pub fn of_files(store: FileStore, observer: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let observer: Observer = Arc::new(observer);
        let call = Arc::new(Mutex::new("none"));
        let (on_write, writing) = (Arc::clone(&observer), Arc::clone(&call));
        let inner = observe_writes(store, move |step| {
            let call = *writing.lock().unwrap_or_else(PoisonError::into_inner);
            on_write(&format!("{call}:{step}"));
        });
        Self { inner: Arc::new(inner), observer, call, leased: AtomicBool::new(false) }
    }

    fn reach(&self, step: &str) {
        (self.observer)(step);
    }

    fn calling(&self, call: &'static str) {
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) = call;
    }
}

impl TokenStore for ObservedStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(async move {
            let leased = self.leased.load(Ordering::SeqCst);
            self.reach(if leased { "rereading" } else { "begin" });
            let session = self.inner.load(key).await?;
            self.reach(if leased { "reread" } else { "loaded" });
            Ok(session)
        })
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        Box::pin(async move {
            self.reach("leasing");
            self.calling("lease");
            let decision = self.inner.lease(key, owner, ttl).await?;
            if matches!(decision, LeaseDecision::Granted(_)) {
                self.leased.store(true, Ordering::SeqCst);
                self.reach("leased");
            }
            Ok(decision)
        })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.reach("renewing");
            self.calling("renew");
            self.inner.renew(lease, ttl).await?;
            self.reach("renewed");
            Ok(())
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.reach("published");
            self.calling("release");
            self.inner.release(lease).await?;
            self.leased.store(false, Ordering::SeqCst);
            self.reach("released");
            Ok(())
        })
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.reach("journalling");
            self.calling("journal");
            self.inner.journal(lease, attempt).await?;
            self.reach("journalled");
            Ok(())
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(async move {
            self.reach("granted");
            self.calling("commit");
            let version = self.inner.commit(lease, expected, tokens).await?;
            self.reach("committed");
            Ok(version)
        })
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        self.calling("offer");
        self.inner.offer(key, attempt, tokens)
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        self.calling("clear");
        self.inner.clear(key)
    }

    fn watch(&self, key: &SessionKey) -> SessionChanges {
        self.inner.watch(key)
    }
}
