//! The stores: their contract, tampering, and a disk that fails.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::{path::Path, sync::Arc, time::Duration};

use common::{ManualClock, Seeded, key};
use oneteg_auth::{
    BoxFuture, Clock, CredentialVersion, FileStore, LeaseDecision, LeaseOwner, MemoryStore,
    SealingKey, SealingKeys, SessionKey, StoreError, TokenStore, Tokens,
};
use oneteg_test_kit::conformance::{self, StoreUnderTest};

struct Subject {
    store: Arc<dyn TokenStore>,
    clock: Arc<ManualClock>,
    /// Of a file store.
    folder: Option<std::path::PathBuf>,
}

impl StoreUnderTest for Subject {
    fn store(&self) -> Arc<dyn TokenStore> {
        Arc::clone(&self.store)
    }

    fn pass_time(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.clock.advance(time);
        Box::pin(async {})
    }

    fn corrupt<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let Some(folder) = &self.folder else { return false };
            // The record of this session is the one that becomes unreadable when it is cut.
            for path in records(folder) {
                let whole = std::fs::read(&path).unwrap();
                std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
                if self.store.load(key).await.is_err() {
                    return true;
                }
                std::fs::write(&path, &whole).unwrap();
            }
            false
        })
    }
}

fn records(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|end| end == "session")).collect()
}

fn sealing(id: &str, byte: u8) -> SealingKey {
    SealingKey::new(id, [byte; 32]).unwrap()
}

fn keys() -> SealingKeys {
    SealingKeys::new(sealing("k1", 1))
}

/// Waiting processes must not compete for the lock that the holder needs to store its new token.
#[tokio::test]
async fn a_held_lease_is_reported_without_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path(), keys()).unwrap();
    let hour = Duration::from_secs(3600);
    let lease = store.lease(&key(), &LeaseOwner::new("holder"), hour).await.unwrap();
    assert!(matches!(lease, LeaseDecision::Granted(_)), "{lease:?}");

    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let lock = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "lock"));
    let lock = std::fs::File::options().write(true).open(lock.unwrap()).unwrap();
    lock.lock().unwrap();
    let other = store.lease(&key(), &LeaseOwner::new("other"), hour).await.unwrap();
    assert!(matches!(other, LeaseDecision::Held { .. }), "{other:?}");
}

/// Unix: other systems poll.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_another_process_replaces_is_noticed_without_reading_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let open = || FileStore::open(folder.path(), keys()).unwrap();
    let (holder, waiter) = (open(), open());
    let hour = Duration::from_secs(3600);
    let mut changes = waiter.watch(&key());
    let lease = holder.lease(&key(), &LeaseOwner::new("holder"), hour).await.unwrap();
    let LeaseDecision::Granted(lease) = lease else { panic!("{lease:?}") };
    // The lease is no reason to read the record; new tokens are.
    let waited = tokio::time::timeout(Duration::from_millis(100), changes.wait(hour)).await;
    assert!(waited.is_err(), "a lease ended the wait");
    let tokens = Tokens::new("access");
    holder.commit(&lease, CredentialVersion(0), &tokens).await.unwrap();
    changes.wait(hour).await;
    holder.clear(&key()).await.unwrap();
    changes.wait(hour).await;
}

#[tokio::test]
async fn every_store_holds_the_contract() {
    let clock = ManualClock::new();
    let shared = || Arc::clone(&clock) as Arc<dyn Clock>;
    let folder = tempfile::tempdir().unwrap();
    let plain = tempfile::tempdir().unwrap();
    let file = FileStore::with_clock(folder.path(), keys(), shared()).unwrap();
    let text = FileStore::with_clock(plain.path(), SealingKeys::plain_text(), shared()).unwrap();
    let stores: [(&str, Arc<dyn TokenStore>, Option<&Path>); 3] = [
        ("memory", Arc::new(MemoryStore::with_clock(shared())), None),
        ("file", Arc::new(file), Some(folder.path())),
        ("file, plain text", Arc::new(text), Some(plain.path())),
    ];
    for (name, store, folder) in stores {
        let folder = folder.map(Path::to_owned);
        let subject = Subject { store, clock: Arc::clone(&clock), folder };
        let report = conformance::run(&subject).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        println!("contract, {name}: {} of {} hold", report.passed, report.names.len());
    }
}

async fn store_session(
    store: &dyn TokenStore,
    key: &SessionKey,
    name: &str,
) -> Result<(), StoreError> {
    let LeaseDecision::Granted(lease) =
        store.lease(key, &LeaseOwner::new("test"), Duration::from_secs(60)).await?
    else {
        panic!("the lease is taken");
    };
    let version = store.load(key).await?.map_or(CredentialVersion(0), |session| session.version);
    let tokens = Tokens::new(format!("canary-access-{name}"))
        .with_refresh(format!("canary-refresh-{name}"))
        .with_lifetime(Duration::from_secs(3600));
    store.commit(&lease, version, &tokens).await?;
    store.release(&lease).await
}

fn record(folder: &Path) -> std::path::PathBuf {
    records(folder).remove(0)
}

fn typed(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Tampered
            | StoreError::NotASessionRecord
            | StoreError::NewerSchema { .. }
            | StoreError::UnknownKey { .. }
    )
}

#[tokio::test]
async fn r14_an_altered_record_is_always_a_typed_error() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path(), keys()).unwrap();
    store_session(&store, &key(), "a").await.unwrap();
    let path = record(folder.path());
    let good = std::fs::read(&path).unwrap();
    let mut random = Seeded(14);
    let (mut flips, mut cuts, mut mixes) = (0, 0, 0);
    while flips + cuts + mixes < 10_000 {
        let mut bad = good.clone();
        match random.below(10) {
            0..7 => {
                let at = random.below(bad.len() as u64) as usize;
                bad[at] ^= 1 << random.below(8);
                flips += 1;
            }
            7 => {
                bad.truncate(random.below(bad.len() as u64) as usize);
                cuts += 1;
            }
            _ => {
                let from = random.below(bad.len() as u64) as usize;
                for byte in &mut bad[from..] {
                    *byte = random.next() as u8;
                }
                mixes += usize::from(bad != good);
            }
        }
        if bad == good {
            continue;
        }
        // Opened as the store does it. Most cases bypass the disk, to keep ten thousand of them fast.
        let error = keys().open(&key(), &bad).unwrap_err();
        assert!(typed(&error), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("canary"));
        if (flips + cuts + mixes) % 50 == 0 {
            std::fs::write(&path, &bad).unwrap();
            assert!(typed(&store.load(&key()).await.unwrap_err()));
            // It is not overwritten either: somebody may still be able to repair it.
            let refused = store.lease(&key(), &LeaseOwner::new("x"), Duration::from_secs(1)).await;
            assert!(typed(&refused.unwrap_err()));
            assert_eq!(std::fs::read(&path).unwrap(), bad);
        }
    }
    std::fs::write(&path, &good).unwrap();
    assert!(store.load(&key()).await.unwrap().is_some());
    println!("R14 {flips} bit flips, {cuts} cuts, {mixes} mixed: each a typed error");
}

#[tokio::test]
async fn r14_swapped_records_old_keys_and_newer_schemas_are_typed_errors() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path(), keys()).unwrap();
    store_session(&store, &key(), "a").await.unwrap();
    let first = record(folder.path());
    let bytes = std::fs::read(&first).unwrap();
    // Another session's record.
    let other = SessionKey::new("other");
    assert!(matches!(keys().open(&other, &bytes), Err(StoreError::Tampered)));
    // Another key under the same name, and a name that is not known.
    let wrong = SealingKeys::new(sealing("k1", 2));
    assert!(matches!(wrong.open(&key(), &bytes), Err(StoreError::Tampered)));
    let renamed = FileStore::open(folder.path(), SealingKeys::new(sealing("k2", 2))).unwrap();
    let unknown = renamed.load(&key()).await.unwrap_err();
    assert!(matches!(&unknown, StoreError::UnknownKey { key_id } if key_id == "k1"), "{unknown}");
    // Rotation: the old key opens, the next write seals with the new one.
    let rotated = SealingKeys::new(sealing("k2", 2)).with_old(sealing("k1", 1));
    let rotating = FileStore::open(folder.path(), rotated).unwrap();
    assert!(rotating.load(&key()).await.unwrap().is_some());
    store_session(&rotating, &key(), "b").await.unwrap();
    assert!(renamed.load(&key()).await.unwrap().is_some());
    assert!(matches!(store.load(&key()).await, Err(StoreError::UnknownKey { .. })));
    // The record of a newer release is refused and left unchanged.
    let newer = [b"oneteg-session 2", &bytes[b"oneteg-session 1".len()..]].concat();
    std::fs::write(&first, &newer).unwrap();
    let error = store.load(&key()).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 2, known: 1 }), "{error}");
    // A store with a key accepts no record that anybody could have written.
    let plain = SealingKeys::plain_text().seal(&key(), 1, b"{}").unwrap();
    assert!(matches!(keys().open(&key(), &plain), Err(StoreError::UnknownKey { .. })));
    println!("R14 swapped record, wrong key, unknown key, newer schema, unsealed: typed errors");
}

#[tokio::test]
async fn nothing_secret_is_readable_at_rest() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path().join("new"), keys()).unwrap();
    store_session(&store, &key(), "rest").await.unwrap();
    for entry in std::fs::read_dir(folder.path().join("new")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "{}", path.display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_a_typed_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = FileStore::open(file.path().join("sessions"), keys()).unwrap_err();
    assert!(matches!(error, StoreError::File { .. }), "{error}");
    assert!(error.to_string().contains("check space and permissions"), "{error}");
}

/// A file size limit cuts off writes, as on a full disk; the existing session survives.
#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_destroys_no_session() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path(), keys()).unwrap();
    store_session(&store, &key(), "kept").await.unwrap();
    let before = std::fs::read(record(folder.path())).unwrap();
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" on_a_full_disk --exact --ignored"])
        .arg(program)
        .env("ONETEG_FOLDER", folder.path())
        .output()
        .unwrap();
    // Its output could be cut off as well, so the result is its exit status.
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(std::fs::read(record(folder.path())).unwrap(), before);
    assert!(store.load(&key()).await.unwrap().is_some());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "a temporary file was left behind");
}

#[tokio::test]
#[ignore = "a role of the full disk test"]
async fn on_a_full_disk() {
    let Some(folder) = std::env::var_os("ONETEG_FOLDER") else { return };
    let store = FileStore::open(folder, keys()).unwrap();
    let error = store_session(&store, &key(), "lost").await.unwrap_err();
    assert!(matches!(error, StoreError::File { action: "writing", .. }), "{error}");
}

async fn signed_in(store: &dyn TokenStore) -> Option<String> {
    let tokens = store.load(&key()).await.unwrap()?.tokens;
    tokens.map(|tokens| tokens.access.expose().to_owned())
}

/// The session of [`key`], unreadable in each way that a record can be.
type Spoil = fn(&Path, &[u8]);
const WAYS: [(&str, Spoil); 7] = [
    ("empty", |path, _| std::fs::write(path, b"").unwrap()),
    ("cut", |path, good| std::fs::write(path, &good[..good.len() / 2]).unwrap()),
    ("altered", |path, good| {
        let mut bad = good.to_vec();
        *bad.last_mut().unwrap() ^= 1;
        std::fs::write(path, bad).unwrap();
    }),
    ("another file", |path, _| std::fs::write(path, b"dear diary\n").unwrap()),
    ("too long", |path, _| std::fs::write(path, vec![b'x'; 2 << 20]).unwrap()),
    ("of a newer release", |path, good| {
        std::fs::write(path, [b"oneteg-session 9", &good[b"oneteg-session 1".len()..]].concat())
            .unwrap();
    }),
    ("sealed with a lost key", |path, _| {
        let lost = SealingKeys::new(sealing("lost", 3));
        std::fs::write(path, lost.seal(&key(), 1, b"{}").unwrap()).unwrap();
    }),
];

#[tokio::test]
async fn a_session_that_cannot_be_read_can_be_cleared() {
    for (name, spoil) in WAYS {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path(), keys()).unwrap();
        store_session(&store, &key(), "a").await.unwrap();
        let path = record(folder.path());
        spoil(&path, &std::fs::read(&path).unwrap());
        let unread = store.load(&key()).await.unwrap_err();
        assert!(unread.is_unreadable(), "{name}: {unread}");
        store.clear(&key()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(signed_in(&store).await, None, "{name}");
        // Higher than before, so that every reader of the old version sees the change.
        assert!(
            store.load(&key()).await.unwrap().unwrap().version > CredentialVersion(1),
            "{name}"
        );
        store_session(&store, &key(), "b").await.unwrap();
        assert_eq!(signed_in(&store).await.as_deref(), Some("canary-access-b"), "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_of_sessions_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let parent = tempfile::tempdir().unwrap();
    let new = parent.path().join("deep").join("new");
    FileStore::open(&new, keys()).unwrap();
    assert_eq!((mode(&new), mode(new.parent().unwrap())), (0o700, 0o700));
    for open in [0o777, 0o770, 0o707, 0o755, 0o711] {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::open(folder.path(), keys()).unwrap();
        store_session(&store, &key(), "kept").await.unwrap();
        set(folder.path(), open);
        let store = FileStore::open(folder.path(), keys()).unwrap();
        assert_eq!(mode(folder.path()), 0o700, "{open:o}");
        assert!(signed_in(&store).await.is_some(), "{open:o}");
        // A folder with other files is not ours to restrict: it is refused if others can write.
        std::fs::write(folder.path().join("notes.txt"), "").unwrap();
        set(folder.path(), open);
        let opened = FileStore::open(folder.path(), keys());
        match open & 0o022 {
            0 => drop(opened.unwrap()),
            _ => {
                let error = opened.unwrap_err();
                assert!(matches!(error, StoreError::FolderNotPrivate { mode, .. } if mode == open));
                assert!(error.to_string().contains("chmod 700"), "{error}");
            }
        }
        assert_eq!(mode(folder.path()), open, "a shared folder was changed");
    }
    // A sticky folder, even an empty one, and one with the lock files of other programs.
    for (open, other) in [(0o1777, None), (0o777, Some("Cargo.lock")), (0o777, Some("x.session"))] {
        let folder = tempfile::tempdir().unwrap();
        if let Some(other) = other {
            std::fs::write(folder.path().join(other), "").unwrap();
        }
        set(folder.path(), open);
        let opened = FileStore::open(folder.path(), keys());
        assert!(matches!(opened, Err(StoreError::FolderNotPrivate { .. })), "{open:o} {other:?}");
        assert_eq!(mode(folder.path()), 0o777, "a shared folder was changed");
    }
}

#[tokio::test]
async fn what_a_killed_writer_left_does_not_outlive_the_sign_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path(), SealingKeys::plain_text()).unwrap();
    store_session(&store, &key(), "a").await.unwrap();
    // What this release leaves behind, under the lock of its session, ...
    let left = record(folder.path()).with_extension("new");
    std::fs::copy(record(folder.path()), &left).unwrap();
    // ... and what earlier ones left: an old one, and one that may be in use.
    let earlier = folder.path().join(".session-old");
    std::fs::write(&earlier, "canary").unwrap();
    let an_hour_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::options().write(true).open(&earlier).unwrap().set_modified(an_hour_ago).unwrap();
    let in_use = folder.path().join(".session-young");
    std::fs::write(&in_use, "").unwrap();
    store.clear(&key()).await.unwrap();
    assert!(!left.exists() && !earlier.exists() && in_use.exists());
    let text = String::from_utf8(std::fs::read(record(folder.path())).unwrap()).unwrap();
    assert!(!text.contains("canary"), "{text}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_nothing_young() {
    let clock = ManualClock::new();
    let folder = tempfile::tempdir().unwrap();
    let open = || FileStore::with_clock(folder.path(), keys(), clock.clone()).unwrap();
    let store = open();
    store_session(&store, &key(), "a").await.unwrap();
    let owner = LeaseOwner::new("stopped");
    let lease = |owner: LeaseOwner| {
        let store = open();
        async move {
            match store.lease(&key(), &owner, Duration::from_secs(1)).await.unwrap() {
                LeaseDecision::Granted(lease) => lease,
                other => panic!("{other:?}"),
            }
        }
    };
    let held = lease(owner.clone()).await;
    let session = store.load(&key()).await.unwrap().unwrap();
    let hash = session.tokens.unwrap().refresh_hash().unwrap();
    let attempt = oneteg_auth::RefreshAttempt::new(owner, hash, session.version);
    store.journal(&held, Some(&attempt)).await.unwrap();
    let ages = || async {
        let session = open().load(&key()).await.unwrap().unwrap();
        (session.age, session.journal.unwrap().age)
    };
    clock.set_back(Duration::from_secs(3600));
    assert_eq!(ages().await, (Duration::MAX, Duration::MAX));
    // The next holder of the lease makes it permanent, even when the clock reaches that time again.
    let next = lease(LeaseOwner::new("next")).await;
    clock.advance(Duration::from_secs(3601));
    assert_eq!(ages().await, (Duration::MAX, Duration::MAX));
    // Another entry for the same refresh token does not make the first use younger.
    let next = store.lease(&key(), &next.owner, Duration::from_secs(1)).await.unwrap();
    let LeaseDecision::Granted(next) = next else { panic!("{next:?}") };
    store.journal(&next, Some(&attempt.clone().with_replay(true))).await.unwrap();
    assert_eq!(ages().await.1, Duration::MAX);
}
