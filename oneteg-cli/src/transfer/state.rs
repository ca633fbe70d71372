//! The state of uploads on disk, and locks.
//!
//! A state may contain a secret, such as a signed link: the folder and its files are for their owner only.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use oneteg_http::{Error, ErrorKind, StateFile};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::failure::local_error;

/// The age from which a state is of no use.
const OUTDATED: Duration = Duration::from_secs(30 * 24 * 3600);

/// The folder of all states.
#[derive(Debug, Clone)]
pub(crate) struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// The states next to the connections in a folder. Created when something is stored.
    pub(crate) fn within(connections: &Path) -> Self {
        Self { path: connections.join("transfers") }
    }

    /// Removes states that no upload can continue from any more: vendors discard what they received earlier than that.
    pub(super) fn remove_outdated(&self) {
        let now = SystemTime::now();
        let Ok(entries) = fs::read_dir(self.path.join("uploads")) else { return };
        for entry in entries.flatten() {
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|written| now.duration_since(written).ok());
            if age.is_some_and(|age| age > OUTDATED) {
                // What cannot be removed does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Whether there is the state of any upload.
    pub(super) fn has_uploads(&self) -> bool {
        fs::read_dir(self.path.join("uploads")).is_ok_and(|mut entries| entries.next().is_some())
    }

    /// The place of the state of one upload, locked against other processes.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] if another process has it.
    pub(super) fn upload(&self, identity: &[&str]) -> Result<UploadSlot, Error> {
        let folder = self.path.join("uploads");
        create_private(&folder)?;
        let key = key(identity);
        let lock = Lock::acquire(
            folder.join(format!("{key}.lock")),
            "another process uploads the same file",
        )?;
        Ok(UploadSlot { file: StateFile::new(folder.join(format!("{key}.json"))), _lock: lock })
    }

    /// The folder of a pair of folders that are synced, locked against other processes.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`] if another process has it.
    pub(super) fn pair(&self, identity: &[&str]) -> Result<(PathBuf, Lock), Error> {
        let folder = self.path.join("pairs").join(key(identity));
        create_private(&folder)?;
        let lock = Lock::acquire(folder.join("lock"), "another process syncs the same folders")?;
        Ok((folder, lock))
    }

    /// The journal's folder, without a lock and without creating it, for a dry run.
    pub(super) fn pair_folder(&self, identity: &[&str]) -> PathBuf {
        self.path.join("pairs").join(key(identity))
    }
}

/// The place of the state of one upload.
#[derive(Debug)]
pub(crate) struct UploadSlot {
    file: StateFile,
    _lock: Lock,
}

impl UploadSlot {
    /// The state of an interrupted upload. A file that is none counts as no state.
    pub(super) async fn load(&self) -> Result<Option<Value>, Error> {
        match self.file.load().await {
            Err(error) if error.kind() == ErrorKind::Integrity => Ok(None),
            result => result,
        }
    }

    pub(super) async fn save<S: Serialize>(&self, state: &S) -> Result<(), Error> {
        self.file.save(state).await
    }

    /// Removes the state, with what a killed process left when it wrote it.
    pub(crate) async fn remove(&self) -> Result<(), Error> {
        let path = self.file.path();
        let folder = path.parent().and_then(|folder| fs::read_dir(folder).ok());
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        for entry in folder.into_iter().flatten().flatten() {
            let is_part = |other: &str| other.starts_with(name) && other.ends_with(".tmp");
            if entry.file_name().to_str().is_some_and(is_part) {
                // Nothing reads what stays.
                let _ = fs::remove_file(entry.path());
            }
        }
        self.file.remove().await
    }
}

/// A short name for parts that identify something: 128 bits in hexadecimal.
pub(super) fn key(identity: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in identity {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Creates a folder that only its owner can read.
fn create_private(folder: &Path) -> Result<(), Error> {
    oneteg_files::create_private_folder(folder)
        .map_err(|error| local_error("create the folder", folder, error))
}

/// A lock that other processes respect. It ends with the process, however that ends; the file is removed if the lock
/// is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// # Errors
    /// [`ErrorKind::Locked`] with the message if another process has the lock.
    pub(super) fn acquire(path: PathBuf, taken: &str) -> Result<Self, Error> {
        let failed = |error| local_error("lock", &path, error);
        loop {
            let mut options = File::options();
            options.write(true).create(true).truncate(false);
            let file = oneteg_files::private(&mut options).open(&path).map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let message = format!("{taken}; wait for it, or stop it");
                    return Err(Error::new(ErrorKind::Locked, message));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            // The owner before may have removed the file between the two calls.
            if oneteg_files::leads_to(&path, &file).map_err(failed)? {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before the lock is released, so that nobody else has it yet.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_exclusive_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let lock = Lock::acquire(path.clone(), "taken").unwrap();
        let error = Lock::acquire(path.clone(), "taken").unwrap_err();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Locked, "taken; wait for it, or stop it")
        );
        drop(lock);
        assert!(!path.exists());
        Lock::acquire(path, "taken").unwrap();
    }

    #[tokio::test]
    async fn a_state_is_private_and_belongs_to_one_upload() {
        let folder = tempfile::tempdir().unwrap();
        let states = StateFolder::within(folder.path());
        let slot = states.upload(&["a", "bc"]).unwrap();
        slot.save(&Value::from(7)).await.unwrap();
        assert_eq!(states.upload(&["a", "bc"]).unwrap_err().kind(), ErrorKind::Locked);
        assert_eq!(states.upload(&["ab", "c"]).unwrap().load().await.unwrap(), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(&folder.path().join("transfers/uploads")), 0o700);
            assert_eq!(mode(slot.file.path()), 0o600);
        }
        let old = File::options().write(true).open(slot.file.path()).unwrap();
        old.set_modified(SystemTime::now() - OUTDATED / 2).unwrap();
        states.remove_outdated();
        assert!(slot.file.path().exists());
        old.set_modified(SystemTime::now() - OUTDATED * 2).unwrap();
        states.remove_outdated();
        assert!(!slot.file.path().exists());
        fs::write(slot.file.path(), "{").unwrap();
        assert_eq!(slot.load().await.unwrap(), None);
        fs::write(slot.file.path().with_extension("json.x.tmp"), "{").unwrap();
        slot.remove().await.unwrap();
        let left = fs::read_dir(folder.path().join("transfers/uploads")).unwrap();
        assert!(
            left.map(|entry| entry.unwrap().file_name())
                .all(|name| name.to_str().unwrap().ends_with(".lock"))
        );
    }
}
