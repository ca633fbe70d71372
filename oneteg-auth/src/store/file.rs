use std::{
    convert::Infallible,
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read},
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

#[cfg(unix)]
use super::{changes::SessionChanges, sealing};
use super::{
    contract::{Lease, LeaseDecision, LeaseOwner, RefreshAttempt, StoredSession, TokenStore},
    folder::{self, EXTENSIONS, STEM},
    key::SessionKey,
    record::SessionRecord,
    sealing::SealingKeys,
};
use crate::{
    BoxFuture, Clock, CredentialVersion, StoreError, SystemClock, Tokens,
    clock::unix_ms,
    disk::{self, Disk, FileSystem},
    error::READING,
    random,
};

/// The longest record that is read. A longer file is not ours, and reading it would fill the memory.
const MAX_RECORD: u64 = 1 << 20;
/// A process holds the file lock for one write. One that holds it this long is stopped, or its disk is.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);

/// How often a waiting process reads the version of a record: three system calls each. Not on systems that may fail to
/// replace a file while somebody reads it.
#[cfg(unix)]
const WATCH_EVERY: Duration = Duration::from_millis(10);

const RECORD: &str = EXTENSIONS[0];
const LOCK: &str = EXTENSIONS[1];
const TEMPORARY: &str = EXTENSIONS[2];

/// Sessions in a folder, one sealed file each, shared by the processes of one machine.
///
/// Each change takes an advisory lock on a file that is never deleted, reads the record again, writes a
/// temporary file, syncs it, renames it over the record and syncs the folder: a crash at any point leaves the
/// old record or the new one. The folder must be on a local disk: network file systems do not guarantee this
/// of locks and renames. Files have mode 0600, and a new folder has 0700; an existing folder is set to 0700
/// if it holds nothing but sessions.
///
/// ```no_run
/// use oneteg_auth::{FileStore, SealingKey, SealingKeys};
///
/// let key = SealingKey::new("k1", [7; 32])?; // 32 random bytes from a safe place
/// let store = FileStore::open("sessions", SealingKeys::new(key))?;
/// # let _ = store;
/// # Ok::<(), oneteg_auth::StoreError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FileStore {
    shared: Arc<SharedFolder>,
}

#[derive(Debug)]
struct SharedFolder {
    folder: PathBuf,
    keys: SealingKeys,
    clock: Arc<dyn Clock>,
    disk: Arc<dyn Disk>,
}

impl FileStore {
    /// Opens a folder of sessions, and creates it if it does not exist.
    ///
    /// # Errors
    /// [`StoreError::File`] if the folder cannot be created, [`StoreError::FolderNotPrivate`] if other users
    /// can write to it and its mode cannot be changed (Unix).
    pub fn open(folder: impl Into<PathBuf>, keys: SealingKeys) -> Result<Self, StoreError> {
        Self::with_clock(folder, keys, Arc::new(SystemClock))
    }

    /// As [`FileStore::open`], with another clock. Ages and leases use its time of day.
    ///
    /// # Errors
    /// As [`FileStore::open`].
    pub fn with_clock(
        folder: impl Into<PathBuf>,
        keys: SealingKeys,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let folder = folder.into();
        oneteg_files::create_private_folder(&folder)
            .map_err(StoreError::file("creating the folder", &folder))?;
        folder::restrict(&folder)?;
        folder::sweep(&folder);
        let disk = Arc::new(FileSystem);
        Ok(Self { shared: Arc::new(SharedFolder { folder, keys, clock, disk }) })
    }

    /// The same folder, with another way to write records.
    #[cfg(feature = "test-hooks")]
    pub(crate) fn with_disk(self, disk: Arc<dyn Disk>) -> Self {
        let SharedFolder { folder, keys, clock, .. } = &*self.shared;
        let (folder, keys, clock) = (folder.clone(), keys.clone(), Arc::clone(clock));
        Self { shared: Arc::new(SharedFolder { folder, keys, clock, disk }) }
    }

    /// Runs one step on another thread: a sync can take long and must not block the runtime.
    fn blocking<'a, T: Send + 'static>(
        &self,
        step: impl FnOnce(&SharedFolder) -> Result<T, StoreError> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || step(&shared))
                .await
                .map_err(|error| StoreError::unavailable("waiting for the disk", error))?
        })
    }

    fn change<'a, T: Send + 'static>(
        &self,
        key: &SessionKey,
        step: impl FnOnce(&mut SessionRecord, u64) -> Result<(T, bool), StoreError> + Send + 'static,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        let key = key.clone();
        self.blocking(move |shared| shared.change(&key, step))
    }
}

/// How a wait for the lock of a record ended.
enum LockResult<T> {
    Locked(File),
    Settled(T),
}

impl SharedFolder {
    fn path(&self, key: &SessionKey, extension: &str) -> PathBuf {
        let digest = Sha256::digest(key.as_str().as_bytes());
        self.folder.join(format!("{}.{extension}", random::hex(&digest[..STEM / 2])))
    }

    fn read(&self, key: &SessionKey) -> Result<SessionRecord, StoreError> {
        let path = self.path(key, RECORD);
        let failed = StoreError::file(READING, &path);
        let file = match oneteg_files::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(SessionRecord::default());
            }
            Err(error) => return Err(failed(error)),
        };
        let mut record = Zeroizing::new(Vec::new());
        file.take(MAX_RECORD + 1).read_to_end(&mut record).map_err(failed)?;
        if record.len() as u64 > MAX_RECORD {
            return Err(StoreError::NotASessionRecord);
        }
        decode(&self.keys, key, &record)
    }

    fn change<T>(
        &self,
        key: &SessionKey,
        step: impl FnOnce(&mut SessionRecord, u64) -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        let lock = self.lock(key)?;
        self.change_locked(key, &lock, step)
    }

    fn change_locked<T>(
        &self,
        key: &SessionKey,
        _lock: &File,
        step: impl FnOnce(&mut SessionRecord, u64) -> Result<(T, bool), StoreError>,
    ) -> Result<T, StoreError> {
        let mut state = self.read(key)?;
        let now_ms = unix_ms(self.clock.wall());
        let (result, changed) = step(&mut state, now_ms)?;
        if changed {
            self.write(key, &state)?;
        }
        Ok(result)
    }

    /// Clears any record: one that cannot be read is replaced.
    fn clear(&self, key: &SessionKey) -> Result<(), StoreError> {
        let _lock = self.lock(key)?;
        let mut state = self.read(key).unwrap_or_else(|error| {
            tracing::warn!(%error, "a stored session that cannot be read is removed");
            SessionRecord::replacing_unreadable(unix_ms(self.clock.wall()))
        });
        state.clear();
        folder::sweep(&self.folder);
        self.write(key, &state)
    }

    /// Locks the record while the returned file is open.
    fn lock(&self, key: &SessionKey) -> Result<File, StoreError> {
        let LockResult::Locked(file) = self.lock_unless(key, || Ok(None::<Infallible>))?;
        Ok(file)
    }

    /// The same, unless `settled` returns something first. It is called before each attempt.
    fn lock_unless<T>(
        &self,
        key: &SessionKey,
        settled: impl Fn() -> Result<Option<T>, StoreError>,
    ) -> Result<LockResult<T>, StoreError> {
        let path = self.path(key, LOCK);
        let failed = StoreError::file("locking", &path);
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        let file = oneteg_files::private(&mut options).open(&path).map_err(failed)?;
        let started = Instant::now();
        loop {
            if let Some(result) = settled()? {
                return Ok(LockResult::Settled(result));
            }
            match file.try_lock() {
                Ok(()) => return Ok(LockResult::Locked(file)),
                Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_PATIENCE => {
                    // A blocking lock could wait forever for a stopped process.
                    thread::sleep(Duration::from_micros(500 + random::jitter(3_000)));
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
                Err(TryLockError::Error(error)) => {
                    return Err(StoreError::file("locking", &path)(error));
                }
            }
        }
    }

    fn write(&self, key: &SessionKey, state: &SessionRecord) -> Result<(), StoreError> {
        let record = encode(&self.keys, key, state)?;
        let (path, temporary) = (self.path(key, RECORD), self.path(key, TEMPORARY));
        disk::replace(&*self.disk, &temporary, &path, &record)
            .map_err(StoreError::file("writing", &path))
    }
}

fn encode(
    keys: &SealingKeys,
    key: &SessionKey,
    state: &SessionRecord,
) -> Result<Vec<u8>, StoreError> {
    let plain =
        Zeroizing::new(serde_json::to_vec(state).map_err(|_| StoreError::NotASessionRecord)?);
    keys.seal(key, state.version(), &plain)
}

/// Opens one record. The message of a parse error is dropped, because it may quote a token.
pub(crate) fn decode(
    keys: &SealingKeys,
    key: &SessionKey,
    record: &[u8],
) -> Result<SessionRecord, StoreError> {
    let (plain, version) = keys.open(key, record)?;
    let state: SessionRecord = serde_json::from_slice(&plain).map_err(|_| StoreError::Tampered)?;
    if state.version() != version {
        return Err(StoreError::Tampered);
    }
    Ok(state)
}

impl TokenStore for FileStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        let key = key.clone();
        self.blocking(move |shared| Ok(shared.read(&key)?.load(unix_ms(shared.clock.wall()))))
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        let (key, owner) = (key.clone(), owner.clone());
        self.blocking(move |shared| {
            // Many processes may ask at once. If they took the lock to read that the lease is held, its holder would
            // queue behind them for the lock, to announce its request and to store the new token.
            let held = || {
                let now_ms = unix_ms(shared.clock.wall());
                let decision = shared.read(&key)?.lease(&key, &owner, ttl, now_ms);
                Ok(Some(decision).filter(|decision| matches!(decision, LeaseDecision::Held { .. })))
            };
            let lock = match shared.lock_unless(&key, held)? {
                LockResult::Settled(held) => return Ok(held),
                LockResult::Locked(lock) => lock,
            };
            shared.change_locked(&key, &lock, |state, now_ms| {
                let decision = state.lease(&key, &owner, ttl, now_ms);
                let granted = matches!(decision, LeaseDecision::Granted(_));
                Ok((decision, granted))
            })
        })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let lease = lease.clone();
        self.change(&lease.key.clone(), move |state, now_ms| {
            state.renew(&lease, ttl, now_ms).map(|()| ((), true))
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        let lease = lease.clone();
        self.change(&lease.key.clone(), move |state, _| Ok(((), state.release(&lease))))
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let (lease, attempt) = (lease.clone(), attempt.cloned());
        self.change(&lease.key.clone(), move |state, now_ms| {
            state.journal(&lease, attempt.as_ref(), now_ms).map(|()| ((), true))
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        let (lease, tokens) = (lease.clone(), tokens.clone());
        self.change(&lease.key.clone(), move |state, now_ms| {
            state.commit(&lease, expected, &tokens, now_ms).map(|version| (version, true))
        })
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        let (attempt, tokens) = (attempt.clone(), tokens.clone());
        self.change(key, move |state, now_ms| {
            state.offer(&attempt, &tokens, now_ms).map(|version| (version, true))
        })
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        let key = key.clone();
        self.blocking(move |shared| shared.clear(&key))
    }

    /// The version is at the beginning of the file. Leases and journal entries leave it unchanged, so that the many
    /// processes that wait for a refresh do not all read the record at each of its steps.
    #[cfg(unix)]
    fn watch(&self, key: &SessionKey) -> SessionChanges {
        let path = self.shared.path(key, RECORD);
        SessionChanges::observed(WATCH_EVERY, move || {
            // A process that waits also loads the session now and then, and reports its state.
            File::open(&path).ok().and_then(sealing::stored_version).unwrap_or_default()
        })
    }
}
