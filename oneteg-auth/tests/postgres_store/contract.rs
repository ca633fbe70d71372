//! The contract, the notifications, and what is in the table.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use oneteg_auth::{
    BoxFuture, CredentialVersion, Lease, LeaseDecision, MemoryStore, PostgresStore, RefreshAttempt,
    RefreshAttemptState, RefreshTokenHash, SealingKey, SealingKeys, Secret, SessionKey, StoreError,
    TokenStore,
};
use oneteg_test_kit::conformance::{self, StoreUnderTest};
use oneteg_test_peers::PostgresServer;

use crate::{
    common::{Seeded, full, key},
    postgres::{
        HOUR, granted, keys, new_store, owner, settings, shared_server, store_session, stored,
        tokens,
    },
};

struct Subject {
    server: &'static PostgresServer,
    schema: &'static str,
    store: Arc<PostgresStore>,
}

impl StoreUnderTest for Subject {
    fn store(&self) -> Arc<dyn TokenStore> {
        Arc::clone(&self.store) as _
    }

    fn pass_time(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn corrupt<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, bool> {
        let id = PostgresStore::row_id(key);
        let schema = self.schema;
        let cut = "tokens = substring(tokens FOR length(tokens) / 2)";
        let statement = format!("UPDATE {schema}.sessions SET {cut} WHERE id = '{id}'");
        Box::pin(async move { self.server.sql(&statement).is_ok() })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_the_contract() {
    let Some(server) = shared_server() else { return };
    let store = Arc::new(new_store(server, "contract").await);
    let subject = Subject { server, schema: "contract", store };
    let report = conformance::run(&subject).await.unwrap_or_else(|error| panic!("{error}"));
    println!("contract, PostgreSQL: {} of {} hold", report.passed, report.names.len());
}

/// What a call returned, without times.
fn outcome<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error:?}"),
    }
}

async fn content(store: &dyn TokenStore, key: &SessionKey) -> String {
    let session = store.load(key).await.unwrap();
    session.map_or_else(String::new, |session| {
        let tokens = session.tokens.map(|it| (it.access.expose().to_owned(), it.refresh_hash()));
        format!("{:?} {tokens:?} {:?}", session.version, session.journal.map(|it| it.attempt))
    })
}

/// Every step has the result that it has on a `SessionRecord`, which is what the other stores keep.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_that_of_a_session_record() {
    let Some(server) = shared_server() else { return };
    let steps = if full() { 5_000 } else { 800 };
    let memory = MemoryStore::new();
    let postgres = new_store(server, "steps").await;
    let both: [&dyn TokenStore; 2] = [&memory, &postgres];
    let key = key();
    let mut random = Seeded(15);
    let mut leases: Vec<Lease> = Vec::new();
    let mut current = 0_u64;
    for step in 0..steps {
        let by = owner(["ann", "bob", "eve"][random.below(3) as usize]);
        let ttl = [Duration::ZERO, HOUR][random.below(2) as usize];
        let behind = [0, 0, 1, 2][random.below(4) as usize];
        let version = CredentialVersion(current.saturating_sub(behind));
        let spent =
            RefreshTokenHash::of(&Secret::from(format!("canary-refresh-{}", random.below(4))));
        let state = [RefreshAttemptState::Open, RefreshAttemptState::Abandoned];
        let attempt = RefreshAttempt::new(by.clone(), spent, version)
            .with_replay(random.below(2) == 0)
            .with_state(state[random.below(2) as usize]);
        let granted = tokens(&random.below(4).to_string());
        let lease =
            leases.len().checked_sub(1 + random.below(3) as usize).map(|at| leases[at].clone());
        let lease = lease.unwrap_or_else(|| Lease::new(key.clone(), by.clone(), 0));
        let kind = random.below(16);
        let mut results = Vec::new();
        for store in both {
            results.push(match kind {
                0..4 => match store.lease(&key, &by, ttl).await.unwrap() {
                    LeaseDecision::Granted(lease) => {
                        if results.is_empty() {
                            leases.push(lease.clone());
                        }
                        format!("{lease:?}")
                    }
                    held => format!("{}", matches!(held, LeaseDecision::Held { remaining } if remaining > Duration::ZERO)),
                },
                4 => outcome(store.renew(&lease, ttl).await),
                5 => outcome(store.release(&lease).await),
                6..9 => outcome(store.journal(&lease, Some(&attempt)).await),
                9 => outcome(store.journal(&lease, None).await),
                10..13 => outcome(store.commit(&lease, version, &granted).await),
                13 | 14 => outcome(store.offer(&key, &attempt, &granted).await),
                _ => outcome(store.clear(&key).await),
            });
        }
        assert_eq!(results[0], results[1], "step {step} of kind {kind}");
        let (expected, found) = (content(&memory, &key).await, content(&postgres, &key).await);
        assert_eq!(expected, found, "after step {step} of kind {kind}");
        current = memory.load(&key).await.unwrap().map_or(0, |session| session.version.0);
    }
    println!("{steps} steps as on a record, up to version {}", current);
    assert!(current > steps / 20);
}

fn row(key: &SessionKey) -> String {
    PostgresStore::row_id(key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_makes_nothing_young() {
    let Some(server) = shared_server() else { return };
    let store = new_store(server, "clock").await;
    store_session(&store, &key(), "a").await;
    let held = granted(&store, &key(), "stopped", HOUR).await;
    let session = store.load(&key()).await.unwrap().unwrap();
    let hash = session.tokens.unwrap().refresh_hash().unwrap();
    let attempt = RefreshAttempt::new(owner("stopped"), hash, session.version);
    store.journal(&held, Some(&attempt)).await.unwrap();
    let shift = |hours: i64| {
        let ms = hours * 3_600_000;
        let columns =
            ["tokens_at", "journal_at", "lease_since"].map(|it| format!("{it} = {it} + {ms}"));
        server.sql(&format!("UPDATE clock.sessions SET {}", columns.join(", "))).unwrap();
    };
    let ages = || async {
        let session = store.load(&key()).await.unwrap().unwrap();
        (session.age, session.journal.unwrap().age)
    };
    // As if the clock had been set back by two hours.
    shift(2);
    assert_eq!(ages().await, (Duration::MAX, Duration::MAX));
    // A lease from the future counts as run out. Its next holder makes the ages permanent, ...
    let next = granted(&store, &key(), "next", HOUR).await;
    shift(-2);
    assert_eq!(ages().await, (Duration::MAX, Duration::MAX));
    // ... also for another entry with the same refresh token.
    let next = granted(&store, &next.key, "next", HOUR).await;
    store.journal(&next, Some(&attempt.with_replay(true))).await.unwrap();
    assert_eq!(ages().await.1, Duration::MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_waits_is_woken_by_a_change_in_another_process() {
    let Some(server) = shared_server() else { return };
    new_store(server, "notify").await;
    let url = format!("{}?application_name=listens", server.url());
    let waiting = PostgresStore::builder(url).schema("notify").open(keys()).await.unwrap();
    let other = settings(server, "notify").open(keys()).await.unwrap();
    let mut changes = waiting.watch(&key());
    let mut woken = async || {
        let long = Duration::from_secs(30);
        tokio::time::timeout(long, changes.wait(HOUR)).await.expect("nothing woke the session");
    };
    // The connection is established: everybody checks once.
    woken().await;
    store_session(&other, &key(), "a").await;
    woken().await;
    let lease = granted(&other, &key(), "b", HOUR).await;
    other.release(&lease).await.unwrap();
    woken().await;
    other.clear(&key()).await.unwrap();
    woken().await;
    // A lost connection is replaced.
    for _ in 0..2 {
        let listens = "application_name = 'listens' AND query LIKE 'LISTEN%'";
        let end = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {listens}"
        );
        assert_eq!(server.sql(&end).unwrap(), "1");
        woken().await;
        store_session(&other, &key(), "c").await;
        woken().await;
    }
    // The change of another session is none of this one, and a commit and its release are one.
    store_session(&other, &SessionKey::new("other"), "d").await;
    let began = Instant::now();
    changes.wait(Duration::from_millis(300)).await;
    assert!(began.elapsed() >= Duration::from_millis(300), "a foreign change woke the session");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_readable_in_the_database() {
    let Some(server) = shared_server() else { return };
    let store = new_store(server, "rest").await;
    store_session(&store, &key(), "a").await;
    let lease = granted(&store, &key(), "me", HOUR).await;
    let hash = tokens("a").refresh_hash().unwrap();
    let attempt = RefreshAttempt::new(owner("me"), hash, CredentialVersion(1));
    store.journal(&lease, Some(&attempt)).await.unwrap();
    let columns = server.sql(
        "SELECT encode(tokens, 'escape'), encode(journal, 'escape'), s::text FROM rest.sessions s",
    );
    let columns = columns.unwrap();
    assert!(columns.contains("oneteg-session 1 k1 1 ") && !columns.contains("canary"), "{columns}");
    // The server may log the values of statements, so a store without a key is refused.
    let plain = settings(server, "rest").build(SealingKeys::plain_text()).unwrap_err();
    assert!(matches!(plain, StoreError::InvalidKey { .. }), "{plain}");
}

/// An edit of the table in SQL, and whether the session is unreadable after it.
const EDITS: [(&str, bool); 9] = [
    ("tokens = NULL", false),
    ("tokens = '\\x00'", true),
    (
        "tokens = set_byte(tokens, length(tokens) - 1, 255 - get_byte(tokens, length(tokens) - 1))",
        true,
    ),
    ("tokens = journal", true),
    ("tokens_hash = ''", true),
    ("version = version + 1", true),
    ("version = -5", true),
    ("fence = NULL", true),
    ("journal_hash = tokens_hash || '0'", true),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_row_is_a_typed_error_and_can_be_signed_in_over() {
    let Some(server) = shared_server() else { return };
    let store = new_store(server, "edited").await;
    // A careful editor would leave the constraints.
    let constraints = "DO $$ DECLARE name text; BEGIN FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = 'edited.sessions'::regclass AND contype = 'c' LOOP EXECUTE 'ALTER TABLE edited.sessions DROP CONSTRAINT ' || name; END LOOP; END $$; ALTER TABLE edited.sessions ALTER COLUMN fence DROP NOT NULL";
    server.sql(constraints).unwrap();
    for (index, (edit, unreadable)) in EDITS.into_iter().enumerate() {
        let key = SessionKey::new(format!("session {index}"));
        store_session(&store, &key, "a").await;
        let lease = granted(&store, &key, "me", HOUR).await;
        let attempt = RefreshAttempt::new(
            owner("me"),
            tokens("a").refresh_hash().unwrap(),
            CredentialVersion(1),
        );
        store.journal(&lease, Some(&attempt)).await.unwrap();
        let id = row(&key);
        server.sql(&format!("UPDATE edited.sessions SET {edit} WHERE id = '{id}'")).unwrap();
        let whole = format!("SELECT s::text FROM edited.sessions s WHERE id = '{id}'");
        let before = server.sql(&whole).unwrap();
        match store.load(&key).await {
            Ok(session) => assert!(!unreadable && session.unwrap().tokens.is_none(), "{edit}"),
            Err(error) => {
                assert!(unreadable && error.is_unreadable(), "{edit}: {error:?}");
                assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
            }
        }
        assert_eq!(server.sql(&whole).unwrap(), before, "{edit}: reading changed the row");
        store.clear(&key).await.unwrap_or_else(|error| panic!("{edit}: {error:?}"));
        let cleared = store.load(&key).await.unwrap().unwrap();
        assert!(cleared.tokens.is_none() && cleared.version > CredentialVersion(1), "{edit}");
        let late = store.commit(&lease, CredentialVersion(1), &tokens("late")).await;
        late.expect_err("a holder from before has written");
        store.release(&lease).await.unwrap();
        store_session(&store, &key, "b").await;
        assert_eq!(stored(&store, &key).await.as_deref(), Some("canary-access-b"), "{edit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sealing_keys_are_rotated_and_a_foreign_key_destroys_nothing() {
    let Some(server) = shared_server() else { return };
    let store = new_store(server, "rotation").await;
    store_session(&store, &key(), "a").await;
    let sealing = |id: &str, byte| SealingKey::new(id, [byte; 32]).unwrap();
    let open = |keys| async { settings(server, "rotation").open(keys).await.unwrap() };
    let foreign = open(SealingKeys::new(sealing("k2", 2))).await;
    let error = foreign.load(&key()).await.unwrap_err();
    assert!(matches!(&error, StoreError::UnknownKey { key_id } if key_id == "k1"), "{error}");
    let impostor = open(SealingKeys::new(sealing("k1", 9))).await;
    assert!(matches!(impostor.load(&key()).await, Err(StoreError::Tampered)));
    assert_eq!(stored(&store, &key()).await.as_deref(), Some("canary-access-a"));
    let rotating = open(SealingKeys::new(sealing("k2", 2)).with_old(sealing("k1", 1))).await;
    assert_eq!(stored(&rotating, &key()).await.as_deref(), Some("canary-access-a"));
    store_session(&rotating, &key(), "b").await;
    assert_eq!(stored(&foreign, &key()).await.as_deref(), Some("canary-access-b"));
}
