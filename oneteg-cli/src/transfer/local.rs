//! What is in a folder on disk.

use std::{
    collections::BTreeMap,
    fs::{self, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use oneteg_http::Error;
use serde::{Deserialize, Serialize};

use super::failure::local_error;

/// The folder of partial downloads. Syncs do not transfer it.
pub(crate) const PARTIAL: &str = ".oneteg-partial";

/// What shows that a file has not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// In bytes.
    pub(super) size: u64,
    /// In nanoseconds since 1970; `None` if that is out of range, or the disk has no dates.
    pub(super) modified: Option<i64>,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { size: metadata.len(), modified: metadata.modified().ok().and_then(nanoseconds) }
    }

    /// The stamp of the file at a path.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let metadata = fs::metadata(path).map_err(|error| local_error("read", path, error))?;
        Ok(Self::of(&metadata))
    }
}

fn nanoseconds(time: SystemTime) -> Option<i64> {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).ok(),
        Err(before) => i64::try_from(before.duration().as_nanos()).ok().map(|before| -before),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalNode {
    Folder,
    File(Stamp),
    /// A link, which is not followed: it may lead out of the folder.
    Link,
    /// A pipe, a socket or a device.
    Special,
}

/// Everything below a folder, by path: names separated by `/`.
#[derive(Debug, Default)]
pub(super) struct LocalTree {
    pub(super) root: PathBuf,
    pub(super) nodes: BTreeMap<String, LocalNode>,
    /// What could not be read, by path, with the reason.
    pub(super) problems: Vec<(String, String)>,
}

impl LocalTree {
    pub(super) fn path(&self, path: &str) -> PathBuf {
        path.split('/').fold(self.root.clone(), |at, name| at.join(name))
    }

    /// The first link or file above a path, through which nothing is written.
    pub(super) fn obstacle(&self, path: &str) -> Option<&str> {
        let above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above
            .into_iter()
            .find(|above| self.nodes.get(*above).is_some_and(|node| *node != LocalNode::Folder))
            .map(|above| {
                // Borrowed from the tree, which outlives the path.
                self.nodes.get_key_value(above).map_or("", |(key, _)| key.as_str())
            })
    }
}

/// Reads everything below a folder. Runs in a task for blocking work.
///
/// # Errors
/// If the folder itself cannot be read.
pub(super) async fn scan(root: PathBuf) -> Result<LocalTree, Error> {
    let shown = root.clone();
    let scanned = tokio::task::spawn_blocking(move || {
        let mut tree = LocalTree { root: root.clone(), ..LocalTree::default() };
        let mut folders = vec![(root, String::new())];
        while let Some((folder, path)) = folders.pop() {
            match read_folder(&folder, &path, &mut tree) {
                Ok(below) => folders.extend(below),
                Err(error) if path.is_empty() => {
                    return Err(local_error("read the folder", &folder, error));
                }
                Err(error) => {
                    tree.problems.push((path, format!("the folder cannot be read: {error}")))
                }
            }
        }
        Ok(tree)
    });
    scanned.await.unwrap_or_else(|error| {
        Err(local_error("read the folder", &shown, io::Error::other(error)))
    })
}

/// Adds the contents of a folder; returns the folders in it.
fn read_folder(
    folder: &Path,
    path: &str,
    tree: &mut LocalTree,
) -> io::Result<Vec<(PathBuf, String)>> {
    let mut below = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let joined =
            |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let Some(name) = name.to_str() else {
            let problem = "the name is not valid Unicode; rename the file".to_owned();
            tree.problems.push((joined(&name.to_string_lossy()), problem));
            continue;
        };
        if name == PARTIAL {
            continue;
        }
        let at = joined(name);
        // Of the entry itself, not of what a link leads to.
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // Deleted since the folder was read.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                tree.problems.push((at, format!("cannot be read: {error}")));
                continue;
            }
        };
        let kind = metadata.file_type();
        let node = match () {
            () if kind.is_symlink() => LocalNode::Link,
            () if kind.is_dir() => LocalNode::Folder,
            () if kind.is_file() => LocalNode::File(Stamp::of(&metadata)),
            () => LocalNode::Special,
        };
        if node == LocalNode::Folder {
            below.push((entry.path(), at.clone()));
        }
        tree.nodes.insert(at, node);
    }
    Ok(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_is_read_without_following_links() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        fs::create_dir_all(folder.path().join(PARTIAL).join("x")).unwrap();
        fs::create_dir_all(folder.path().join("a/b").join(PARTIAL)).unwrap();
        fs::write(folder.path().join("a/b/file"), "seven b").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("a/loop")).unwrap();
        let tree = scan(folder.path().to_owned()).await.unwrap();
        let paths: Vec<_> = tree.nodes.keys().map(String::as_str).collect();
        #[cfg(unix)]
        assert_eq!(paths, ["a", "a/b", "a/b/file", "a/loop"]);
        assert!(matches!(
            tree.nodes["a/b/file"],
            LocalNode::File(Stamp { size: 7, modified: Some(_) })
        ));
        assert_eq!(tree.path("a/b"), folder.path().join("a").join("b"));
        #[cfg(unix)]
        assert_eq!(tree.obstacle("a/loop/b/c"), Some("a/loop"));
        assert_eq!(tree.obstacle("a/b/c"), None);
        let missing = scan(folder.path().join("missing")).await.unwrap_err();
        assert_eq!(missing.kind(), oneteg_http::ErrorKind::NotFound);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_name_that_is_no_unicode_is_a_problem() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"a\xff")), "").unwrap();
        let tree = scan(folder.path().to_owned()).await.unwrap();
        assert_eq!(tree.problems.len(), 1);
        assert!(tree.nodes.is_empty());
    }
}
