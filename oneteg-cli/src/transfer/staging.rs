//! Where a download is until it is complete: `.oneteg-partial`, in the folder it belongs to, on the same disk.
//!
//! | File | Holds |
//! |---|---|
//! | `<key>.part`, `<key>.<token>.part` | bytes of a file that is not complete |
//! | `<key>.state` | which of them are there; `.tmp` is added while it is written |
//! | `<key>.lock` | that a process downloads it |
//! | `<key>` | the complete file, which is moved to its name |
//!
//! The key is made from the file's id, version and path: a complete file under it is the right one, whatever happened to
//! the process that made it.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use oneteg_http::{Error, ErrorKind};

use super::{
    failure::local_error,
    local::{PARTIAL, Stamp},
    remote::RemoteFile,
    state::{Lock, key},
};

/// The length of a key in characters.
const KEY: usize = 32;

/// What a download may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Nothing: the name was free.
    New,
    /// The file that has this stamp.
    Replace(Stamp),
    /// Whatever is there.
    Overwrite,
}

/// The partial download of one version of a file.
#[derive(Debug)]
pub(super) struct Staged {
    folder: PathBuf,
    key: String,
}

impl Staged {
    /// Creates the folder. `path` distinguishes downloads of one file to several names.
    pub(super) fn new(root: &Path, file: &RemoteFile, path: &str) -> Result<Self, Error> {
        let staged = Self { folder: root.join(PARTIAL), key: staging_key(file, path) };
        fs::create_dir_all(&staged.folder)
            .map_err(|error| local_error("create the folder", &staged.folder, error))?;
        Ok(staged)
    }

    /// Where the complete file is.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.key)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.join(format!("{}.state", self.key))
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join(format!("{}.lock", self.key))
    }

    /// Removes what is not complete.
    pub(super) fn discard(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(|name| is_part_of(name, &self.key)) {
                // What cannot be removed does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Moves the complete file to its name.
    pub(super) fn place(&self, target: &Path, placement: Placement) -> Result<(), Error> {
        let failed = |error| local_error("write", target, error);
        let conflict = |what: &str| {
            let message =
                format!("{} {what} during the download; it was left unchanged", target.display());
            Err(Error::new(ErrorKind::Conflict, message))
        };
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match placement {
            Placement::New => match fs::hard_link(self.path(), target) {
                // Unlike a rename, a link replaces nothing.
                Ok(()) => return fs::remove_file(self.path()).map_err(failed),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return conflict("was created");
                }
                // Not every file system has links.
                Err(_) if fs::symlink_metadata(target).is_ok() => return conflict("was created"),
                Err(_) => {}
            },
            Placement::Replace(stamp) => match fs::symlink_metadata(target) {
                Ok(metadata) if !metadata.is_file() || Stamp::of(&metadata) != stamp => {
                    return conflict("changed");
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            },
            Placement::Overwrite => {}
        }
        oneteg_files::replace(&self.path(), target).map_err(failed)
    }
}

/// Removes what the folder has of downloads that are not to be resumed and that no process runs, and the folder if
/// nothing is left.
pub(super) fn clean(root: &Path, keep: &HashSet<String>) {
    let folder = root.join(PARTIAL);
    let Ok(entries) = fs::read_dir(&folder) else { return };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: HashMap<String, Vec<String>> = HashMap::new();
    for name in names {
        let Some(key) = name.get(..KEY) else { continue };
        if key.bytes().all(|byte| byte.is_ascii_hexdigit()) && !keep.contains(key) {
            files.entry(key.to_owned()).or_default().push(name);
        }
    }
    for (key, names) in files {
        // Another process has it.
        let Ok(_lock) = Lock::acquire(folder.join(format!("{key}.lock")), "") else { continue };
        for name in names {
            let _ = fs::remove_file(folder.join(name));
        }
    }
    // Fails if something is left.
    let _ = fs::remove_dir(folder);
}

pub(super) fn staging_key(file: &RemoteFile, path: &str) -> String {
    let size = file.size.map(|size| size.to_string()).unwrap_or_default();
    let changed = file.changed.map(|changed| changed.to_rfc3339()).unwrap_or_default();
    let version = file.md5.as_deref().unwrap_or(&changed);
    key(&[&file.id, &size, version, path])
}

fn is_part_of(name: &str, key: &str) -> bool {
    let rest = name.strip_prefix(key);
    rest.is_some_and(|rest| [".part", ".state", ".tmp"].iter().any(|end| rest.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str) -> RemoteFile {
        RemoteFile { id: id.to_owned(), size: Some(3), ..RemoteFile::default() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_complete_file_replaces_only_what_was_expected() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("a/b");
        let place = |placement| {
            let staged = Staged::new(root.path(), &file("1"), "a/b").unwrap();
            fs::write(staged.path(), "new").unwrap();
            staged.place(&target, placement).map_err(|error| error.kind())
        };
        assert_eq!(place(Placement::New), Ok(()));
        assert_eq!(place(Placement::New), Err(ErrorKind::Conflict));
        fs::write(&target, "mine").unwrap();
        let stamp = Stamp::read(&target).unwrap();
        let other = Stamp { size: 5, ..stamp };
        assert_eq!(place(Placement::Replace(other)), Err(ErrorKind::Conflict));
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
        assert_eq!(place(Placement::Replace(stamp)), Ok(()));
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        clean(root.path(), &HashSet::new());
        assert_eq!(names(root.path()), ["a"]);
    }

    #[test]
    fn only_partial_downloads_that_are_not_resumed_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let (kept, other) = (staging_key(&file("1"), "a"), staging_key(&file("2"), "a"));
        let staged = Staged::new(root.path(), &file("1"), "a").unwrap();
        for name in [
            &*kept,
            &format!("{kept}.part"),
            &format!("{kept}.x.part"),
            &format!("{kept}.state.x.tmp"),
            &other,
            &format!("{other}.state"),
            "mine",
        ] {
            fs::write(root.path().join(PARTIAL).join(name), "x").unwrap();
        }
        let lock = Lock::acquire(staged.folder.join(format!("{other}.lock")), "").unwrap();
        clean(root.path(), &HashSet::from([kept.clone()]));
        assert_eq!(names(&staged.folder).len(), 8, "another process downloads it");
        drop(lock);
        clean(root.path(), &HashSet::from([kept.clone()]));
        staged.discard();
        let mut left = [kept, "mine".to_owned()];
        left.sort();
        assert_eq!(names(&root.path().join(PARTIAL)), left);
    }

    #[test]
    fn another_version_has_another_key() {
        let keys = [
            staging_key(&file("1"), "a"),
            staging_key(&file("1"), "b"),
            staging_key(&file("2"), "a"),
            staging_key(&RemoteFile { size: Some(4), ..file("1") }, "a"),
            staging_key(&RemoteFile { md5: Some("x".into()), ..file("1") }, "a"),
        ];
        assert_eq!(HashSet::from(keys).len(), 5);
    }
}
