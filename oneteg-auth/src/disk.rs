//! How a file is written to the disk: a stored session, a profile.
//!
//! | Step | A crash after it leaves |
//! |---|---|
//! | 1. a temporary file is created and written | the old file |
//! | 2. the file is synced | the old file |
//! | 3. it is renamed over the old file | the old or the new file, never a part of one |
//! | 4. the folder is synced | the new file |

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// The steps of writing a file. Tests observe them.
pub(crate) trait Disk: fmt::Debug + Send + Sync {
    /// Creates a file that does not exist yet, for its owner only.
    fn create(&self, path: &Path) -> io::Result<File> {
        // `create_new` does not follow a link that somebody put there.
        oneteg_files::private(OpenOptions::new().create_new(true).write(true)).open(path)
    }

    fn write(&self, file: &mut File, content: &[u8]) -> io::Result<()> {
        file.write_all(content)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        oneteg_files::replace(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        oneteg_files::sync_folder(folder)
    }
}

/// The file system of the operating system.
#[derive(Debug)]
pub(crate) struct FileSystem;

impl Disk for FileSystem {}

/// Writes a file that must not exist yet: [`io::ErrorKind::AlreadyExists`] if it does. Of several writers, one
/// succeeds.
#[cfg(feature = "profiles")]
pub(crate) fn create(
    disk: &dyn Disk,
    temporary: &Path,
    path: &Path,
    content: &[u8],
) -> io::Result<()> {
    remove(temporary)?;
    let result = write_synced(disk, temporary, content).and_then(|()| {
        // Unlike a rename, a link never replaces a file.
        match std::fs::hard_link(temporary, path) {
            // Some file systems have no links. There, two writers at the same time can both succeed.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !path.exists() => {
                disk.rename(temporary, path)
            }
            result => result,
        }
    });
    // After a rename it is gone.
    let removed = remove(temporary);
    result.and(removed)?;
    sync_parent(disk, path)
}

/// Replaces a file so that a crash at any point leaves the old one or the new one. Nobody else may use the
/// temporary file: what a killed writer left there is removed.
pub(crate) fn replace(
    disk: &dyn Disk,
    temporary: &Path,
    path: &Path,
    content: &[u8],
) -> io::Result<()> {
    remove(temporary)?;
    let result = write_and_rename(disk, temporary, path, content);
    if result.is_err() {
        // The first error is the one to report.
        let _ = remove(temporary);
    }
    result
}

fn write_and_rename(
    disk: &dyn Disk,
    temporary: &Path,
    path: &Path,
    content: &[u8],
) -> io::Result<()> {
    write_synced(disk, temporary, content)?;
    disk.rename(temporary, path)?;
    sync_parent(disk, path)
}

/// The file is closed afterwards: a rename of an open one is not possible everywhere.
fn write_synced(disk: &dyn Disk, path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = disk.create(path)?;
    disk.write(&mut file, content)?;
    disk.sync(&file)
}

fn sync_parent(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| disk.sync_folder(folder))
}

fn remove(path: &Path) -> io::Result<()> {
    oneteg_files::remove(path).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Takes every step and notes it; can refuse one of them.
    #[derive(Debug, Default)]
    struct ObservedDisk {
        steps: Mutex<Vec<&'static str>>,
        refused: Option<&'static str>,
    }

    impl ObservedDisk {
        fn step(&self, name: &'static str) -> io::Result<()> {
            self.steps.lock().unwrap().push(name);
            if self.refused == Some(name) { Err(io::Error::other("refused")) } else { Ok(()) }
        }
    }

    impl Disk for ObservedDisk {
        fn create(&self, path: &Path) -> io::Result<File> {
            self.step("create")?;
            FileSystem.create(path)
        }

        fn write(&self, file: &mut File, record: &[u8]) -> io::Result<()> {
            self.step("write")?;
            FileSystem.write(file, record)
        }

        fn sync(&self, file: &File) -> io::Result<()> {
            self.step("sync")?;
            // A file is complete before it is renamed.
            assert_eq!(file.metadata()?.len(), 3);
            FileSystem.sync(file)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step("rename")?;
            FileSystem.rename(from, to)
        }

        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.step("sync folder")?;
            assert!(folder.join("record").exists(), "the folder was synced before the rename");
            FileSystem.sync_folder(folder)
        }
    }

    const STEPS: [&str; 5] = ["create", "write", "sync", "rename", "sync folder"];

    #[test]
    fn a_record_is_synced_before_it_is_renamed_and_its_folder_after() {
        let folder = tempfile::tempdir().unwrap();
        let (temporary, path) = (folder.path().join("t"), folder.path().join("record"));
        let disk = ObservedDisk::default();
        replace(&disk, &temporary, &path, b"new").unwrap();
        assert_eq!(*disk.steps.lock().unwrap(), STEPS);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(!temporary.exists());
    }

    #[test]
    fn a_step_that_fails_leaves_the_old_record_and_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let (temporary, path) = (folder.path().join("t"), folder.path().join("record"));
        for refused in STEPS {
            fs::write(&path, b"old").unwrap();
            let disk = ObservedDisk { refused: Some(refused), ..ObservedDisk::default() };
            replace(&disk, &temporary, &path, b"new").unwrap_err();
            let expected: &[u8] = if refused == "sync folder" { b"new" } else { b"old" };
            assert_eq!(fs::read(&path).unwrap(), expected, "{refused}");
            assert!(!temporary.exists(), "{refused}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_temporary_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"precious").unwrap();
        let (temporary, path) = (folder.path().join("t"), folder.path().join("record"));
        std::os::unix::fs::symlink(&victim, &temporary).unwrap();
        assert!(FileSystem.create(&temporary).is_err());
        replace(&FileSystem, &temporary, &path, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert!(!path.symlink_metadata().unwrap().file_type().is_symlink());
    }
}
