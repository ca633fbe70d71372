//! Replacing and removing files that somebody may have open.

use std::{
    fs::{self, File},
    io,
    path::Path,
    thread,
    time::Duration,
};

/// Renames a file, over another one if there is one: at any time, the new name leads to the old file or to the new one.
/// Waits up to a second for programs that have one of them open in a way that Windows does not accept.
///
/// # Errors
/// Those of the system.
pub fn replace(from: &Path, to: &Path) -> io::Result<()> {
    with_retries(is_shared, || fs::rename(from, to))
}

/// Removes a file; `false` if there is none. Waits as [`replace`] does.
///
/// # Errors
/// Those of the system.
pub fn remove(path: &Path) -> io::Result<bool> {
    match with_retries(is_shared, || fs::remove_file(path)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens a file to read it. Waits while Windows refuses it because it is being replaced.
///
/// # Errors
/// Those of the system.
pub fn open(path: &Path) -> io::Result<File> {
    with_retries(is_shared, || File::open(path))
}

/// Waits until the names in a folder are on the disk. Where a folder cannot be opened as a file, the file system
/// journals them.
///
/// # Errors
/// Those of the system. Not every file system can do it.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Whether a step failed because another program has the file open. Windows refuses to replace or remove a file that is
/// open without sharing deletion, and to open one that is being replaced (`ERROR_ACCESS_DENIED`,
/// `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`). No other system has such a temporary error.
#[must_use]
pub fn is_shared(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32 | 33))
}

/// Retries a step while its error is temporary: for about a second, far longer than reading a small file takes. Blocks
/// the thread.
///
/// # Errors
/// Those of the step: the first that is not temporary, or the last.
pub fn with_retries<T>(
    is_temporary: impl Fn(&io::Error) -> bool,
    mut step: impl FnMut() -> io::Result<T>,
) -> io::Result<T> {
    for pause in [1, 2, 5, 10, 20, 50, 100, 200, 300, 300] {
        match step() {
            Err(error) if is_temporary(&error) => thread::sleep(Duration::from_millis(pause)),
            result => return result,
        }
    }
    step()
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io::Read as _};

    use super::*;

    #[test]
    fn a_file_that_somebody_reads_is_waited_for() {
        let attempts = Cell::new(0);
        let step = || {
            attempts.set(attempts.get() + 1);
            if attempts.get() < 3 { Err(io::Error::from_raw_os_error(32)) } else { Ok(7) }
        };
        let shared = |error: &io::Error| error.raw_os_error() == Some(32);
        assert_eq!(with_retries(shared, step).unwrap(), 7);
        assert_eq!(attempts.get(), 3);
        // Any other error is returned at once.
        let attempts = Cell::new(0);
        let step = || {
            attempts.set(attempts.get() + 1);
            Err::<(), _>(io::Error::from_raw_os_error(28))
        };
        assert!(with_retries(shared, step).is_err());
        assert_eq!(attempts.get(), 1);
        assert_eq!(is_shared(&io::Error::from_raw_os_error(32)), cfg!(windows));
    }

    #[test]
    fn a_reader_keeps_the_file_that_it_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        fs::write(&old, "old").unwrap();
        fs::write(&new, "new").unwrap();
        let mut reader = open(&old).unwrap();
        replace(&new, &old).unwrap();
        sync_folder(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "new");
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "old");
        assert!(remove(&old).unwrap());
        assert!(!remove(&old).unwrap());
    }

    /// The step reaches the operating system: a device that cannot be synced returns an error.
    #[cfg(target_os = "linux")]
    #[test]
    fn syncing_asks_the_system() {
        assert!(sync_folder(Path::new("/dev/null")).is_err());
    }
}
