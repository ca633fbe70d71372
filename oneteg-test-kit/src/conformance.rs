//! The contract of token stores as tests that any [`TokenStore`] can run.
//!
//! ```
//! use oneteg_auth::{BoxFuture, MemoryStore, TokenStore};
//! use oneteg_test_kit::{TokioClock, conformance::{self, StoreUnderTest}};
//! use std::{sync::Arc, time::Duration};
//!
//! struct Memory(Arc<dyn TokenStore>);
//! impl StoreUnderTest for Memory {
//!     fn store(&self) -> Arc<dyn TokenStore> { Arc::clone(&self.0) }
//!     fn pass_time(&self, time: Duration) -> BoxFuture<'_, ()> { Box::pin(tokio::time::advance(time)) }
//! }
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
//! # runtime.block_on(async {
//! let store = Memory(Arc::new(MemoryStore::with_clock(Arc::new(TokioClock::start()))));
//! let report = conformance::run(&store).await.unwrap();
//! assert_eq!(report.passed, report.names.len());
//! # });
//! ```

use std::{fmt, sync::Arc, time::Duration};

use oneteg_auth::{
    BoxFuture, CredentialVersion, Lease, LeaseDecision, LeaseOwner, RefreshAttempt,
    RefreshTokenHash, Secret, SessionKey, StoreError, StoredSession, TokenStore, Tokens,
};

/// The lease time that the suite uses.
const TTL: Duration = Duration::from_millis(400);
/// Longer than the suite runs.
const LONG: Duration = Duration::from_secs(3600);

/// A store, and a way to let its time pass.
pub trait StoreUnderTest: Send + Sync {
    /// A handle to the store. All handles share its content, as two processes do.
    fn store(&self) -> Arc<dyn TokenStore>;

    /// Lets time pass for the store: sleep for a real store, or advance its test clock.
    fn pass_time(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// Makes the record of a session unreadable, as a damaged disk or a lost sealing key does, and returns
    /// `true`. The default returns `false`, for a store whose records can always be read.
    fn corrupt<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, bool> {
        let _ = key;
        Box::pin(async { false })
    }
}

/// The tests that ran.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConformanceReport {
    /// Their names, in order.
    pub names: Vec<&'static str>,
    /// How many passed.
    pub passed: usize,
}

/// The first rule that a store broke.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConformanceViolation {
    /// The name of the test.
    pub test: &'static str,
    /// What went wrong.
    pub what: String,
}

impl fmt::Display for ConformanceViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.test, self.what)
    }
}

impl std::error::Error for ConformanceViolation {}

type Checked = Result<(), String>;
type Test = for<'a> fn(&'a dyn StoreUnderTest, SessionKey) -> BoxFuture<'a, Checked>;

/// Runs every test, each on a separate session.
///
/// # Errors
/// The first rule that the store breaks.
pub async fn run(store: &dyn StoreUnderTest) -> Result<ConformanceReport, ConformanceViolation> {
    let tests: [(&'static str, Test); 16] = [
        ("an unknown session is none", |s, k| Box::pin(unknown(s, k))),
        ("commit is read back with version and age", |s, k| Box::pin(commit_and_load(s, k))),
        ("a second owner waits for the lease", |s, k| Box::pin(exclusive(s, k))),
        ("one of many gets the lease", |s, k| Box::pin(one_of_many(s, k))),
        ("an expired lease is granted again with a higher fence", |s, k| Box::pin(expiry(s, k))),
        ("a stale holder cannot write", |s, k| Box::pin(stale_holder(s, k))),
        ("a stale lease of the same owner cannot write", |s, k| Box::pin(stale_self(s, k))),
        ("renewal keeps a lease", |s, k| Box::pin(renewal(s, k))),
        ("only the owner releases", |s, k| Box::pin(release(s, k))),
        ("commit checks the version", |s, k| Box::pin(version_checked(s, k))),
        ("the journal survives its holder and ends with a commit", |s, k| Box::pin(journal(s, k))),
        ("an offer is taken for the journalled token only", |s, k| Box::pin(offer(s, k))),
        ("clear ends the session and moves the version", |s, k| Box::pin(clear(s, k))),
        ("an unreadable session can be cleared and signed in over", |s, k| {
            Box::pin(unreadable(s, k))
        }),
        ("the binding is kept with the tokens", |s, k| Box::pin(binding(s, k))),
        ("sessions are separate", |s, k| Box::pin(separate(s, k))),
    ];
    let mut report = ConformanceReport { names: Vec::new(), passed: 0 };
    for (index, (name, test)) in tests.into_iter().enumerate() {
        report.names.push(name);
        let key = SessionKey::new(format!("conformance {index} \u{e9}/\\:\0"));
        test(store, key).await.map_err(|what| ConformanceViolation { test: name, what })?;
        report.passed += 1;
    }
    Ok(report)
}

fn tokens(number: u32) -> Tokens {
    Tokens::new(format!("access-{number}"))
        .with_refresh(format!("refresh-{number}"))
        .with_lifetime(Duration::from_millis(90_500))
        .with_scopes(["read", "write"])
}

fn owner(number: u32) -> LeaseOwner {
    LeaseOwner::new(format!("owner-{number}"))
}

fn attempt(by: u32, refresh: u32, version: CredentialVersion) -> RefreshAttempt {
    let refresh = RefreshTokenHash::of(&Secret::from(format!("refresh-{refresh}")));
    RefreshAttempt::new(owner(by), refresh, version)
}

fn message(error: StoreError) -> String {
    format!("unexpected error: {error}")
}

fn ensure(holds: bool, what: &str) -> Checked {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

fn lost(result: Result<impl fmt::Debug, StoreError>, what: &str) -> Checked {
    match result {
        Err(StoreError::LeaseLost) => Ok(()),
        other => Err(format!("{what}: expected LeaseLost, got {other:?}")),
    }
}

fn moved(result: Result<impl fmt::Debug, StoreError>, found: u64, what: &str) -> Checked {
    match result {
        Err(StoreError::VersionConflict { found: CredentialVersion(v) }) if v == found => Ok(()),
        other => Err(format!("{what}: expected VersionConflict to {found}, got {other:?}")),
    }
}

async fn granted(
    store: &dyn TokenStore,
    key: &SessionKey,
    by: u32,
    ttl: Duration,
) -> Result<Lease, String> {
    match store.lease(key, &owner(by), ttl).await.map_err(message)? {
        LeaseDecision::Granted(lease) => Ok(lease),
        _ => Err("the lease was refused".to_owned()),
    }
}

async fn session(store: &dyn TokenStore, key: &SessionKey) -> Result<StoredSession, String> {
    store.load(key).await.map_err(message)?.ok_or_else(|| "the session is gone".to_owned())
}

/// Stores `tokens(1)` and returns its version.
async fn signed_in(store: &dyn TokenStore, key: &SessionKey) -> Result<CredentialVersion, String> {
    let lease = granted(store, key, 1, LONG).await?;
    let version = store.commit(&lease, CredentialVersion(0), &tokens(1)).await.map_err(message)?;
    store.release(&lease).await.map_err(message)?;
    Ok(version)
}

async fn unknown(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    ensure(store.load(&key).await.map_err(message)?.is_none(), "an unknown session was loaded")?;
    granted(&*store, &key, 1, LONG).await?;
    ensure(store.load(&key).await.map_err(message)?.is_none(), "a lease alone made a session")
}

async fn commit_and_load(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let version = signed_in(&*test.store(), &key).await?;
    ensure(version > CredentialVersion(0), "the first version is zero")?;
    test.pass_time(TTL).await;
    let session = session(&*test.store(), &key).await?;
    ensure(session.version == version, "another version was read back")?;
    // A loose upper bound: a real store's clock continues between the calls.
    ensure(session.age >= TTL && session.age < TTL + LONG, "the age is wrong")?;
    ensure(session.journal.is_none(), "there is a journal entry that nobody wrote")?;
    let read = session.tokens.ok_or("the tokens are gone")?;
    let same = read.access.expose() == "access-1"
        && read.refresh.as_ref().map(Secret::expose) == Some("refresh-1")
        && read.lifetime == Some(Duration::from_millis(90_500))
        && read.scopes == ["read", "write"];
    ensure(same, "other tokens were read back")
}

async fn exclusive(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let first = granted(&*test.store(), &key, 1, LONG).await?;
    match test.store().lease(&key, &owner(2), LONG).await.map_err(message)? {
        LeaseDecision::Held { remaining } => {
            ensure(remaining > Duration::ZERO && remaining <= LONG, "the rest is wrong")?;
        }
        _ => return Err("two owners hold the lease".to_owned()),
    }
    let again = granted(&*test.store(), &key, 1, LONG).await?;
    ensure(again.fence > first.fence, "the same owner's new lease has no higher fence")
}

async fn one_of_many(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let requests = (0..20).map(|by| {
        let (store, key) = (Arc::clone(&store), key.clone());
        async move { store.lease(&key, &owner(by), LONG).await.map_err(message) }
    });
    let mut winners = 0;
    for decision in futures_util::future::join_all(requests).await {
        winners += usize::from(matches!(decision?, LeaseDecision::Granted(_)));
    }
    ensure(winners == 1, &format!("{winners} of 20 hold the lease"))
}

async fn expiry(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let first = granted(&*test.store(), &key, 1, TTL).await?;
    test.pass_time(TTL * 2).await;
    let second = granted(&*test.store(), &key, 2, LONG).await?;
    ensure(second.fence > first.fence, "the fence did not grow")
}

async fn stale_holder(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let version = signed_in(&*store, &key).await?;
    let stale = granted(&*store, &key, 1, TTL).await?;
    test.pass_time(TTL * 2).await;
    // It has run out, although nobody else has asked for it yet.
    lost(store.commit(&stale, version, &tokens(2)).await, "commit with a lease that ran out")?;
    let current = granted(&*store, &key, 2, LONG).await?;
    lost(store.commit(&stale, version, &tokens(2)).await, "commit with an old fence")?;
    let entry = attempt(1, 1, version);
    lost(store.journal(&stale, Some(&entry)).await, "journal with an old fence")?;
    lost(store.renew(&stale, LONG).await, "renewal with an old fence")?;
    let mut forged = stale;
    forged.fence = current.fence;
    lost(store.commit(&forged, version, &tokens(2)).await, "commit with another's fence")?;
    ensure(session(&*store, &key).await?.version == version, "a stale holder wrote")?;
    store.commit(&current, version, &tokens(3)).await.map_err(message).map(drop)
}

/// A program whose runtime ended acquires its own lease again: what the first run left behind must not write
/// any more than another owner's lease may.
async fn stale_self(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let version = signed_in(&*store, &key).await?;
    let stale = granted(&*store, &key, 1, LONG).await?;
    let current = granted(&*store, &key, 1, LONG).await?;
    ensure(current.fence > stale.fence, "the fence did not grow")?;
    lost(store.commit(&stale, version, &tokens(2)).await, "commit with an own old fence")?;
    let entry = attempt(1, 1, version);
    lost(store.journal(&stale, Some(&entry)).await, "journal with an own old fence")?;
    lost(store.renew(&stale, LONG).await, "renewal with an own old fence")?;
    store.release(&stale).await.map_err(message)?;
    let other = store.lease(&key, &owner(2), LONG).await.map_err(message)?;
    ensure(matches!(other, LeaseDecision::Held { .. }), "an own old lease released the new one")?;
    let found = session(&*store, &key).await?;
    ensure(found.version == version && found.journal.is_none(), "a stale holder wrote")?;
    store.commit(&current, version, &tokens(3)).await.map_err(message).map(drop)
}

async fn unreadable(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let version = signed_in(&*store, &key).await?;
    let before = granted(&*store, &key, 1, LONG).await?;
    if !test.corrupt(&key).await {
        return Ok(());
    }
    match store.load(&key).await {
        Err(error) => {
            ensure(error.is_unreadable(), "the error does not say that it is unreadable")?
        }
        Ok(_) => return Err("an unreadable record was read".to_owned()),
    }
    store.clear(&key).await.map_err(message)?;
    let cleared = session(&*store, &key).await?;
    ensure(cleared.tokens.is_none() && cleared.journal.is_none(), "the record is not empty")?;
    ensure(cleared.version > version, "the version did not move")?;
    lost(store.commit(&before, version, &tokens(2)).await, "commit with a lease from before")?;
    let lease = granted(&*store, &key, 1, LONG).await?;
    ensure(lease.fence > before.fence, "the fence did not grow")?;
    store.commit(&lease, cleared.version, &tokens(3)).await.map_err(message)?;
    let kept = session(&*store, &key).await?.tokens.ok_or("the tokens are gone")?;
    ensure(kept.access.expose() == "access-3", "other tokens are stored than signed in with")
}

async fn binding(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let lease = granted(&*store, &key, 1, LONG).await?;
    let bound = tokens(1).with_binding("person client https://id.example/token -");
    let version = store.commit(&lease, CredentialVersion(0), &bound).await.map_err(message)?;
    let read =
        || async { session(&*store, &key).await?.tokens.ok_or("the tokens are gone".to_owned()) };
    ensure(read().await?.binding == bound.binding, "a commit lost the binding")?;
    let entry = attempt(1, 1, version);
    store.offer(&key, &entry, &bound).await.map_err(message)?;
    ensure(read().await?.binding == bound.binding, "an offer lost the binding")
}

async fn renewal(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let lease = granted(&*store, &key, 1, TTL).await?;
    store.renew(&lease, LONG).await.map_err(message)?;
    test.pass_time(TTL * 2).await;
    let other = store.lease(&key, &owner(2), LONG).await.map_err(message)?;
    ensure(matches!(other, LeaseDecision::Held { .. }), "a renewed lease ran out")?;
    store.commit(&lease, CredentialVersion(0), &tokens(1)).await.map_err(message).map(drop)
}

async fn release(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let stale = granted(&*store, &key, 1, TTL).await?;
    test.pass_time(TTL * 2).await;
    let current = granted(&*store, &key, 2, LONG).await?;
    store.release(&stale).await.map_err(message)?;
    let third = store.lease(&key, &owner(3), LONG).await.map_err(message)?;
    ensure(matches!(third, LeaseDecision::Held { .. }), "another owner released the lease")?;
    store.release(&current).await.map_err(message)?;
    store.release(&current).await.map_err(message)?;
    granted(&*store, &key, 3, LONG).await.map(drop)
}

async fn version_checked(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let first = signed_in(&*store, &key).await?;
    let lease = granted(&*store, &key, 2, LONG).await?;
    let old = CredentialVersion(first.0 - 1);
    moved(store.commit(&lease, old, &tokens(2)).await, first.0, "commit on an old version")?;
    let second = store.commit(&lease, first, &tokens(2)).await.map_err(message)?;
    ensure(second > first, "the version did not grow")?;
    moved(store.commit(&lease, first, &tokens(3)).await, second.0, "a second commit")
}

async fn journal(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let version = signed_in(&*store, &key).await?;
    let crashed = granted(&*store, &key, 1, TTL).await?;
    let entry = attempt(1, 1, version);
    store.journal(&crashed, Some(&entry)).await.map_err(message)?;
    test.pass_time(TTL * 2).await;
    let next = granted(&*store, &key, 2, LONG).await?;
    let found = session(&*store, &key).await?.journal.ok_or("the journal entry is gone")?;
    ensure(found.attempt == entry, "another journal entry was read back")?;
    ensure(found.age >= TTL * 2, "the journal entry is too young")?;
    // The provider's replay window begins with the first use, so a second entry keeps the first date.
    let mut replay = entry;
    (replay.owner, replay.replay) = (owner(2), true);
    store.journal(&next, Some(&replay)).await.map_err(message)?;
    let found = session(&*store, &key).await?.journal.ok_or("the second entry is gone")?;
    ensure(found.attempt == replay && found.age >= TTL * 2, "the first date was not kept")?;
    store.journal(&next, None).await.map_err(message)?;
    ensure(session(&*store, &key).await?.journal.is_none(), "a removed entry is still there")?;
    store.journal(&next, Some(&replay)).await.map_err(message)?;
    store.commit(&next, version, &tokens(2)).await.map_err(message)?;
    ensure(session(&*store, &key).await?.journal.is_none(), "a commit left the entry")
}

async fn offer(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let first = signed_in(&*store, &key).await?;
    let entry = attempt(1, 1, first);
    let stranger = attempt(1, 9, first);
    moved(store.offer(&key, &stranger, &tokens(9)).await, first.0, "an offer for another token")?;
    // Another owner holds the lease and has not committed.
    let lease = granted(&*store, &key, 2, LONG).await?;
    let second = store.offer(&key, &entry, &tokens(2)).await.map_err(message)?;
    ensure(second > first, "the version did not grow")?;
    moved(store.commit(&lease, first, &tokens(3)).await, second.0, "commit after an offer")?;
    moved(store.offer(&key, &entry, &tokens(4)).await, second.0, "the same offer again")?;
    let kept = session(&*store, &key).await?.tokens.ok_or("the tokens are gone")?;
    ensure(kept.access.expose() == "access-2", "other tokens are stored than offered")
}

async fn clear(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let first = signed_in(&*store, &key).await?;
    let lease = granted(&*store, &key, 1, LONG).await?;
    store.clear(&key).await.map_err(message)?;
    let cleared = session(&*store, &key).await?;
    ensure(cleared.tokens.is_none() && cleared.journal.is_none(), "the record is not empty")?;
    ensure(cleared.version > first, "the version did not move")?;
    moved(
        store.commit(&lease, first, &tokens(2)).await,
        cleared.version.0,
        "a refresh after the sign-out",
    )?;
    let late = attempt(1, 1, first);
    moved(store.offer(&key, &late, &tokens(2)).await, cleared.version.0, "a late offer")?;
    let again = store.commit(&lease, cleared.version, &tokens(3)).await.map_err(message)?;
    ensure(again > cleared.version, "a sign-in after the sign-out has no newer version")
}

async fn separate(test: &dyn StoreUnderTest, key: SessionKey) -> Checked {
    let store = test.store();
    let other = SessionKey::new(format!("{} two", key.as_str()));
    signed_in(&*store, &key).await?;
    granted(&*store, &key, 1, LONG).await?;
    ensure(store.load(&other).await.map_err(message)?.is_none(), "a session appeared elsewhere")?;
    granted(&*store, &other, 2, LONG).await.map(drop)
}
