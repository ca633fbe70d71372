//! A file that is written under a temporary name, and renamed when it is complete.
//!
//! | Step | Reason |
//! |---|---|
//! | `<name>.part` is created, never opened; if it exists, another name is used | a file of somebody else, or a link to one, is left alone; two downloads to one path do not share a file |
//! | every write has its own position, and is awaited | a full disk fails the part that does not fit |
//! | the bytes of a part are synced before a state names the part | a state survives a crash |
//! | the length is set, the checksum compared, the file synced, renamed, and the folder synced | the final name never refers to an incomplete file |
//!
//! | A partial file that is | stays on drop |
//! |---|---|
//! | new | no |
//! | named by a state, or reopened from one | yes: the download can be resumed |
//! | published | there is none any more |
//! | proven wrong while it was published | no |

mod disk;
mod name;

use std::{
    fs::{self, File},
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use bytes::Bytes;

pub(crate) use disk::{Disk, LocalDisk};

use self::{
    disk::{checksum_of, is_at},
    name::{folder_of, partial_path},
};
use crate::{Error, ErrorKind};

/// See the [module](self).
pub(crate) struct PartialFile {
    file: Arc<File>,
    path: PathBuf,
    target: PathBuf,
    token: String,
    disk: Arc<dyn Disk>,
    keep_on_drop: AtomicBool,
}

impl PartialFile {
    /// Creates an empty file next to the target.
    pub(crate) async fn create(target: &Path, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        const MAX_NAMES: usize = 16;
        let (target, disk) = (target.to_owned(), Arc::clone(disk));
        blocking(move || {
            if target.is_dir() {
                return Err(write_error(io::ErrorKind::IsADirectory.into()));
            }
            for attempt in 0..MAX_NAMES {
                let token = match attempt {
                    0 => String::new(),
                    _ => std::iter::repeat_with(fastrand::alphanumeric).take(8).collect(),
                };
                let path = partial_path(&target, &token)?;
                // Fails if anything has that name, a dangling link included.
                let opened = File::options().read(true).write(true).create_new(true).open(&path);
                match opened {
                    Ok(file) => {
                        let (file, keep_on_drop) = (Arc::new(file), AtomicBool::new(false));
                        return Ok(Self { file, path, target, token, disk, keep_on_drop });
                    }
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(write_error(error)),
                }
            }
            Err(write_error(io::ErrorKind::AlreadyExists.into()))
        })
        .await
    }

    /// Opens the file of an earlier download, if it still has the bytes of all these parts: their ranges and
    /// checksums.
    pub(crate) async fn reopen(
        target: &Path,
        token: &str,
        disk: &Arc<dyn Disk>,
        parts: Vec<(Range<u64>, u32)>,
    ) -> Result<Self, Error> {
        let (target, token, disk) = (target.to_owned(), token.to_owned(), Arc::clone(disk));
        blocking(move || {
            // The token becomes part of a path, and a state may come from anywhere.
            if token.len() > 32 || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(mismatch("the state does not name a partial file"));
            }
            let path = partial_path(&target, &token)?;
            let file = open_regular_file(&path)?;
            let length = file.metadata().map_err(read_error)?.len();
            let mut buffer = vec![0; 256 * 1024];
            for (range, checksum) in parts {
                if length < range.end {
                    return Err(mismatch("the partial file is shorter than its completed parts"));
                }
                if checksum_of(&file, range, &mut buffer).map_err(read_error)? != checksum {
                    let message = "the bytes of the partial file do not match the state";
                    return Err(mismatch(message));
                }
            }
            let (file, keep_on_drop) = (Arc::new(file), AtomicBool::new(true));
            Ok(Self { file, path, target, token, disk, keep_on_drop })
        })
        .await
    }

    /// The part of the name between the target's name and `.part`.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Keeps the file when this is dropped, because a state names its bytes.
    pub(crate) fn keep(&self) {
        self.keep_on_drop.store(true, Relaxed);
    }

    /// Removes the file when this is dropped, because nothing will resume from it.
    pub(crate) fn discard(&self) {
        self.keep_on_drop.store(false, Relaxed);
    }

    pub(crate) async fn write(&self, at: u64, bytes: Bytes) -> Result<(), Error> {
        let (file, disk) = (Arc::clone(&self.file), Arc::clone(&self.disk));
        blocking(move || disk.write(&file, &bytes, at).map_err(write_error)).await
    }

    /// Waits until the written bytes are on the disk.
    pub(crate) async fn sync(&self) -> Result<(), Error> {
        let (file, disk) = (Arc::clone(&self.file), Arc::clone(&self.disk));
        blocking(move || disk.sync_data(&file).map_err(write_error)).await
    }

    /// Runs what reads the file, on a separate thread.
    #[cfg(feature = "checksums")]
    pub(crate) async fn inspect<T: Send + 'static>(
        &self,
        read: impl FnOnce(&File) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let file = Arc::clone(&self.file);
        blocking(move || Ok(read(&file))).await
    }

    /// Removes all bytes.
    pub(crate) async fn clear(&self) -> Result<(), Error> {
        let file = Arc::clone(&self.file);
        blocking(move || file.set_len(0).map_err(write_error)).await
    }

    /// Renames the file to the target, if it has at least this length and passes the check.
    pub(crate) async fn publish(
        &self,
        length: u64,
        check: impl FnOnce(&File) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let (file, disk) = (Arc::clone(&self.file), Arc::clone(&self.disk));
        let (path, target) = (self.path.clone(), self.target.clone());
        let published = blocking(move || {
            let written = file.metadata().map_err(read_error)?.len();
            if written < length {
                return Err(mismatch("the partial file was truncated while it was written"));
            }
            if written > length {
                file.set_len(length).map_err(write_error)?;
            }
            check(&file)?;
            disk.sync_all(&file).map_err(write_error)?;
            let moved = || mismatch("the partial file was moved or replaced while it was written");
            if !is_at(&file, &path) {
                return Err(moved());
            }
            disk.rename(&path, &target).map_err(|error| match error.kind() {
                // Another download of the same state renamed it in between.
                io::ErrorKind::NotFound if !is_at(&file, &path) => moved(),
                _ => write_error(error),
            })?;
            // The file is complete under its final name either way, and not every file system syncs folders.
            let _ = disk.sync_folder(folder_of(&target));
            Ok(())
        })
        .await;
        match &published {
            Ok(()) => self.keep(),
            // These bytes are wrong: there is nothing to resume from.
            Err(error) if error.kind() == ErrorKind::Integrity => self.discard(),
            Err(_) => {}
        }
        published
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.keep_on_drop.load(Relaxed) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Runs blocking disk operations on a separate thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Cancelled, "the transfer was aborted").with_source(error))
    })
}

/// Opens a regular file without following links.
fn open_regular_file(path: &Path) -> Result<File, Error> {
    let metadata = fs::symlink_metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => mismatch("the partial file of the state does not exist"),
        _ => read_error(error),
    })?;
    // Checked before it is opened, because opening a pipe blocks.
    if !metadata.is_file() {
        return Err(mismatch("the partial file is not a regular file"));
    }
    let file = File::options().read(true).write(true).open(path).map_err(write_error)?;
    if !is_at(&file, path) {
        return Err(mismatch("the partial file was replaced while it was opened"));
    }
    Ok(file)
}

/// The partial file is not what the download left.
fn mismatch(what: &str) -> Error {
    Error::new(ErrorKind::Integrity, format!("{what}; start the download over"))
}

fn write_error(error: io::Error) -> Error {
    let message = format!("the file cannot be written: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

fn read_error(error: io::Error) -> Error {
    let message = format!("the partial file cannot be read: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_partial_file_is_removed_unless_a_state_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
        let target = folder.path().join("file");
        let file = PartialFile::create(&target, &disk).await.unwrap();
        let second = PartialFile::create(&target, &disk).await.unwrap();
        assert_eq!((file.token(), second.token().len()), ("", 8));
        file.keep();
        drop((file, second));
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["file.part"]);
        // A file of somebody else under that name is not removed.
        fs::remove_file(folder.path().join("file.part")).unwrap();
        let file = PartialFile::create(&target, &disk).await.unwrap();
        fs::rename(folder.path().join("file.part"), folder.path().join("mine")).unwrap();
        fs::write(folder.path().join("file.part"), "theirs").unwrap();
        let error = file.publish(0, |_| Ok(())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        drop(file);
        assert_eq!(fs::read(folder.path().join("file.part")).unwrap(), b"theirs");
        assert!(!target.exists());
    }

    #[tokio::test]
    async fn a_file_that_got_shorter_is_not_published() {
        let folder = tempfile::tempdir().unwrap();
        let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
        let target = folder.path().join("file");
        let file = PartialFile::create(&target, &disk).await.unwrap();
        file.write(0, Bytes::from_static(b"abc")).await.unwrap();
        let error = file.publish(4, |_| Ok(())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        file.publish(2, |_| Ok(())).await.unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"ab");
        for path in ["", "/", ".."] {
            let error = PartialFile::create(Path::new(path), &disk).await.err().unwrap();
            assert!(matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::Io), "{path}");
        }
        let error = PartialFile::create(folder.path(), &disk).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Io);
    }
}
