//! Files that only their owner may read.
//!
//! | Step | Refused |
//! |---|---|
//! | folder | others can write to it: they could put another connection there |
//! | type | anything but a file: opening a named pipe would wait for a writer |
//! | mode of the opened file | others can read or write it |
//! | length | more than the limit |

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::ProfileError;
use crate::disk::{self, FileSystem};

/// The extension of temporary files, whose names begin with a dot.
const TEMPORARY: &str = "new";
/// A temporary file of this age was left by a program that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Reads a file; `None` if there is none.
pub(super) fn read(path: &Path, limit: u64) -> Result<Option<Zeroizing<Vec<u8>>>, ProfileError> {
    let failed = ProfileError::file("reading", path);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err(ProfileError::NotAFile { path: path.to_owned() });
    }
    if let Some(folder) = path.parent() {
        check_folder(folder)?;
    }
    let file = match oneteg_files::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    check_mode(path, &file.metadata().map_err(&failed)?)?;
    // The full capacity at once: a buffer that grows leaves copies of the secrets behind.
    let capacity = usize::try_from(limit).unwrap_or_default() + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(limit + 1).read_to_end(&mut content).map_err(failed)?;
    if content.len() as u64 > limit {
        return Err(ProfileError::NotAFile { path: path.to_owned() });
    }
    Ok(Some(content))
}

/// Writes a file that does not exist yet; `false` if it exists.
pub(super) fn create(path: &Path, content: &[u8]) -> Result<bool, ProfileError> {
    match disk::create(&FileSystem, &temporary(path), path, content) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(ProfileError::file("writing", path)(error)),
    }
}

/// Writes a file, whether it exists or not.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<(), ProfileError> {
    disk::replace(&FileSystem, &temporary(path), path, content)
        .map_err(ProfileError::file("writing", path))
}

/// Removes a file; `false` if there is none.
pub(super) fn remove(path: &Path) -> Result<bool, ProfileError> {
    oneteg_files::remove(path).map_err(ProfileError::file("removing", path))
}

/// Creates a folder for its owner only, and removes what killed programs left in it.
pub(super) fn create_folder(folder: &Path) -> Result<(), ProfileError> {
    oneteg_files::create_private_folder(folder)
        .map_err(ProfileError::file("creating the folder", folder))?;
    check_folder(folder)?;
    sweep(folder);
    Ok(())
}

/// Another name for every write: programs that write at the same time must not share one.
fn temporary(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{stem}.{}-{write}.{TEMPORARY}", std::process::id()))
}

fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with('.')
            && name.rsplit_once('.').is_some_and(|(_, extension)| extension == TEMPORARY);
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|at| at.elapsed());
        if ours && matches!(age, Ok(Ok(age)) if age >= LEFT_BEHIND) {
            // What stays is removed by the next write.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn check_folder(folder: &Path) -> Result<(), ProfileError> {
    let metadata = fs::metadata(folder).map_err(ProfileError::file("checking", folder))?;
    match oneteg_files::mode(&metadata) {
        Some(mode) if mode & 0o022 != 0 => {
            Err(ProfileError::FolderWritableByOthers { path: folder.to_owned(), mode })
        }
        _ => Ok(()),
    }
}

fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), ProfileError> {
    match oneteg_files::mode(metadata) {
        Some(mode) if mode & 0o077 != 0 => {
            Err(ProfileError::ReadableByOthers { path: path.to_owned(), mode })
        }
        _ => Ok(()),
    }
}
