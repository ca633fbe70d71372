//! The checks, for any store whose values can be edited.

use std::{sync::Arc, time::Duration};

use oneteg_auth::{
    CredentialVersion, Lease, LeaseDecision, LeaseOwner, RefreshAttempt, RefreshTokenHash,
    SealingKey, SealingKeys, SessionKey, StoreError, StoredSession, TokenStore, Tokens,
};

use crate::{
    common::{Seeded, full},
    edits::{Sources, Values, edit},
};

/// Access to the values of a store, past the store.
pub(crate) trait Database {
    fn name(&self) -> &'static str;

    /// A store with these keys.
    async fn open(&self, keys: SealingKeys) -> Arc<dyn TokenStore>;

    /// All values of a session.
    async fn read(&self, key: &SessionKey) -> Values;

    /// Replaces all values. False if the server does not accept them.
    async fn write(&self, key: &SessionKey, values: &Values) -> bool;
}

const HOUR: Duration = Duration::from_secs(3600);

fn keys(byte: u8) -> SealingKeys {
    SealingKeys::new(SealingKey::new("k1", [byte; 32]).unwrap())
}

fn tokens(name: &str) -> Tokens {
    Tokens::new(format!("access-{name}")).with_refresh(format!("refresh-{name}"))
}

async fn lease(store: &dyn TokenStore, key: &SessionKey, owner: &str) -> Lease {
    match store.lease(key, &LeaseOwner::new(owner), HOUR).await.unwrap() {
        LeaseDecision::Granted(lease) => lease,
        LeaseDecision::Held { .. } => panic!("the lease of {owner} is taken"),
        decision => panic!("{decision:?}"),
    }
}

fn attempt(tokens: &Tokens, version: u64) -> RefreshAttempt {
    let refresh = RefreshTokenHash::of(tokens.refresh.as_ref().unwrap());
    RefreshAttempt::new(LeaseOwner::new("holder"), refresh, CredentialVersion(version))
}

/// A session of two versions, with a refresh in progress. Returns its values after the first version and now.
async fn sign_in(
    database: &impl Database,
    store: &dyn TokenStore,
    key: &SessionKey,
    name: &str,
) -> (Values, Values, Lease) {
    let (first, second) = (tokens(&format!("{name}1")), tokens(&format!("{name}2")));
    let lease = lease(store, key, "holder").await;
    store.commit(&lease, CredentialVersion(0), &first).await.unwrap();
    store.journal(&lease, Some(&attempt(&first, 1))).await.unwrap();
    let old = database.read(key).await;
    store.commit(&lease, CredentialVersion(1), &second).await.unwrap();
    store.journal(&lease, Some(&attempt(&second, 2))).await.unwrap();
    (old, database.read(key).await, lease)
}

/// What the store may return for an edited session.
fn is_expected(error: &StoreError) -> bool {
    error.is_unreadable()
        || matches!(error, StoreError::LeaseLost | StoreError::VersionConflict { .. })
}

#[derive(Default)]
struct Counts {
    refused: usize,
    errors: usize,
    harmless: usize,
}

impl Counts {
    fn check<T>(&mut self, what: &str, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => {
                self.harmless += 1;
                Some(value)
            }
            Err(error) => {
                assert!(is_expected(&error), "{what}: {error:?}");
                assert!(!format!("{error} {error:?}").contains("access-"), "{what}: {error}");
                self.errors += 1;
                None
            }
        }
    }
}

/// The session's own tokens, or none.
fn assert_own(what: &str, session: &StoredSession) {
    if let Some(tokens) = &session.tokens {
        let version = session.version.0;
        assert_eq!(tokens.access.expose(), format!("access-own{version}"), "{what}");
        assert_eq!(tokens.refresh.as_ref().unwrap().expose(), format!("refresh-own{version}"));
    }
    if let Some(entry) = &session.journal {
        let own = [1, 2].map(|version| attempt(&tokens(&format!("own{version}")), version));
        assert!(own.contains(&entry.attempt), "{what}: another session's journal entry");
    }
}

/// Edits a stored session in many ways, and takes every step of the store on each.
pub(crate) async fn run(database: &impl Database) {
    let rounds = if full() { 10_000 } else { 600 };
    let store = database.open(keys(1)).await;
    let key = SessionKey::new("own");
    let (old, good, held) = sign_in(database, &*store, &key, "own").await;
    let (_, other, _) = sign_in(database, &*store, &SessionKey::new("other"), "other").await;
    // The same session name in another installation.
    let foreign = {
        let store = database.open(keys(2)).await;
        store.clear(&key).await.unwrap();
        let lease = lease(&*store, &key, "holder").await;
        let version = store.load(&key).await.unwrap().unwrap().version;
        store.commit(&lease, version, &tokens("foreign")).await.unwrap();
        store.journal(&lease, Some(&attempt(&tokens("foreign"), version.0 + 1))).await.unwrap();
        database.read(&key).await
    };
    let sources = Sources { good, old, other, foreign };
    let mut random = Seeded(14);
    let mut counts = Counts::default();
    for round in 0..rounds {
        let (what, values) = edit(&sources, &mut random);
        if !database.write(&key, &values).await {
            counts.refused += 1;
            continue;
        }
        let stored = database.read(&key).await;
        let loaded = store.load(&key).await;
        let unreadable = loaded.is_err();
        if let Some(Some(session)) = counts.check(what, loaded) {
            assert_own(what, &session);
        }
        assert!(database.read(&key).await == stored, "{what}: reading changed the record");
        counts.check(what, take_step(&*store, &key, &held, round % 6).await);
        if unreadable {
            // Whatever the step did, it destroyed nothing: a value that cannot be opened may be repaired.
            let now = database.read(&key).await;
            let sealed = |values: &Values, name: &str| values.get(name).cloned().flatten();
            assert_eq!(sealed(&now, "tokens"), sealed(&stored, "tokens"), "{what}: lost tokens");
        }
        if round % 20 == 0 {
            sign_in_again(&*store, &key).await;
        }
        assert!(database.write(&key, &sources.good).await);
    }
    let session = store.load(&key).await.unwrap().unwrap();
    assert_own("unchanged", &session);
    let name = database.name();
    println!(
        "R14 {rounds} edits, {name}: {} refused by the server, {} steps with a typed error, {} harmless, 0 foreign \
         tokens",
        counts.refused, counts.errors, counts.harmless
    );
    assert!(counts.errors > rounds / 4 && counts.harmless > rounds / 20, "the edits miss");
}

/// One of the steps that write.
async fn take_step(
    store: &dyn TokenStore,
    key: &SessionKey,
    held: &Lease,
    step: usize,
) -> Result<(), StoreError> {
    let (own, next) = (attempt(&tokens("own2"), 2), tokens("own3"));
    match step {
        0 => store.lease(key, &LeaseOwner::new("another"), HOUR).await.map(drop),
        1 => store.renew(held, HOUR).await,
        2 => store.release(held).await,
        // An entry for a session whose tokens cannot be opened would not be lost tokens, so the same one is written.
        3 => store.journal(held, Some(&own)).await,
        4 => store.lease(key, &held.owner, HOUR).await.map(drop),
        _ => match store.load(key).await {
            // As a refresh does: it never commits over a session that it cannot read.
            Ok(Some(session)) => store.commit(held, session.version, &next).await.map(drop),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        },
    }
}

/// Whatever happened to the record: sign out, then sign in.
async fn sign_in_again(store: &dyn TokenStore, key: &SessionKey) {
    store.clear(key).await.unwrap();
    let cleared = store.load(key).await.unwrap();
    assert!(cleared.as_ref().is_none_or(|session| session.tokens.is_none()));
    let version = cleared.map_or(CredentialVersion(0), |session| session.version);
    let LeaseDecision::Granted(lease) =
        store.lease(key, &LeaseOwner::new("holder"), HOUR).await.unwrap()
    else {
        // An edit gave the lease to an unknown owner. It runs out.
        return;
    };
    store.commit(&lease, version, &tokens("new")).await.unwrap();
    let session = store.load(key).await.unwrap().unwrap();
    assert_eq!(session.tokens.unwrap().access.expose(), "access-new");
}
