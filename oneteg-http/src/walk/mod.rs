//! Walking a tree of folders.
//!
//! A walk is driven by its reader: it lists folders only while the reader waits for an entry.
//!
//! | Event | Then |
//! |---|---|
//! | the reader polls, and entries are waiting | the next entry is returned; no request is sent |
//! | the reader polls, and none is waiting | folders are taken from the queue until [`parallel`](Walk::parallel) listings are running |
//! | a folder is listed | its entries wait for the reader; sub-folders not seen before join the queue |
//! | a folder cannot be listed, or is too deep | its error waits for the reader in place of its entries |
//! | queue and listings are empty | the walk ends |

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream::FuturesUnordered};
use oneteg_auth::BoxFuture;

use crate::{Error, ErrorKind};

/// The depth below which folders are an error unless the caller sets another one: a server can invent folders without
/// end.
const DEEPEST: u32 = 64;

/// A file or folder found by a [`Walk`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WalkEntry<E> {
    /// The file or folder.
    pub entry: E,
    /// Its path relative to the folder the walk started in: names separated by `/`, safe to join to a local
    /// folder on any system.
    ///
    /// A name on the platform may lead out of the tree, or be impossible as a file name. In this path, `/`, `\\`,
    /// `:`, `*`, `?`, `"`, `<`, `>`, `|`, control characters and a trailing dot or space are percent-encoded
    /// (`%2F`); device names such as `NUL` and empty names are prefixed with `_`; names over 255 bytes are cut.
    /// If two entries of a folder would then have the same name, ignoring case, `~` and the ID are appended to
    /// one of them.
    pub path: String,
    /// The name on the platform. It is not a path, and not safe to use as one.
    pub name: String,
    /// The depth: 1 for the direct contents of the folder the walk started in.
    pub depth: u32,
}

/// Everything below a folder. Every folder comes before its contents.
///
/// Several folders are listed at the same time, so the order across folders is not fixed. A folder that cannot be
/// listed yields an error in place of its contents, and the walk continues with the others. A folder that is
/// found again, through a shortcut or because it was moved meanwhile, is not listed again.
#[must_use = "a walk does nothing unless it is polled"]
pub struct Walk<E> {
    list: ListFolder<E>,
    /// The caller's limit.
    max_depth: Option<u32>,
    parallel: usize,
    queue: VecDeque<QueuedFolder>,
    listing: FuturesUnordered<BoxFuture<'static, ListedFolder<E>>>,
    /// What is found and not yet read.
    found: VecDeque<Result<WalkEntry<E>, Error>>,
    /// IDs of all folders that were queued.
    seen: HashSet<i64>,
}

/// An entry of one folder, for [`Walk::new`].
#[derive(Debug)]
pub struct FolderEntry<E> {
    entry: E,
    name: String,
    id: Option<i64>,
    is_folder: bool,
    error: Option<Error>,
}

type ListFolder<E> =
    Arc<dyn Fn(i64) -> BoxFuture<'static, Result<Vec<FolderEntry<E>>, Error>> + Send + Sync>;
type ListedFolder<E> = (QueuedFolder, Result<Vec<FolderEntry<E>>, Error>);

struct QueuedFolder {
    id: i64,
    path: String,
    /// Depth of its contents.
    depth: u32,
}

impl<E> FolderEntry<E> {
    /// A file, with its name on the platform and its ID.
    pub fn file(entry: E, name: impl Into<String>, id: Option<i64>) -> Self {
        Self { entry, name: name.into(), id, is_folder: false, error: None }
    }

    /// A folder, with its name on the platform and its ID. Without an ID it is not listed.
    pub fn folder(entry: E, name: impl Into<String>, id: Option<i64>) -> Self {
        Self { is_folder: true, ..Self::file(entry, name, id) }
    }

    /// Adds an error that the walk yields after the entry.
    #[must_use]
    pub fn with_error(mut self, error: Option<Error>) -> Self {
        self.error = error;
        self
    }
}

impl<E> Walk<E> {
    /// A walk from a function that lists the folder with an ID. An SDK's client has a method `walk`.
    pub fn new<F, A>(folder_id: i64, list: F) -> Self
    where
        F: Fn(i64) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Vec<FolderEntry<E>>, Error>> + Send + 'static,
    {
        let start = QueuedFolder { id: folder_id, path: String::new(), depth: 1 };
        Self {
            list: Arc::new(move |id| Box::pin(list(id))),
            max_depth: None,
            parallel: 4,
            queue: VecDeque::from([start]),
            listing: FuturesUnordered::new(),
            found: VecDeque::new(),
            seen: HashSet::from([folder_id]),
        }
    }

    /// Sets the greatest depth; 1 is only the direct contents of the folder. What is deeper is left out. Default: 64
    /// levels, below which a folder is an error in place of its contents ([`ErrorKind::Cycle`]).
    pub fn max_depth(mut self, levels: u32) -> Self {
        self.max_depth = Some(levels);
        self
    }

    /// Sets how many folders are listed at the same time; 0 counts as 1. Default: 4.
    pub fn parallel(mut self, folders: usize) -> Self {
        self.parallel = folders.max(1);
        self
    }

    /// The next entry, or `None` at the end.
    ///
    /// # Errors
    /// That of a folder which cannot be listed. The next call continues with the other folders.
    pub async fn try_next(&mut self) -> Result<Option<WalkEntry<E>>, Error>
    where
        E: 'static,
    {
        std::future::poll_fn(|context| self.poll_entry(context)).await.transpose()
    }

    /// All entries.
    ///
    /// # Errors
    /// The first error; the entries found so far are lost.
    pub async fn all(mut self) -> Result<Vec<WalkEntry<E>>, Error>
    where
        E: 'static,
    {
        let mut all = Vec::new();
        while let Some(found) = self.try_next().await? {
            all.push(found);
        }
        Ok(all)
    }

    fn list_queued_folders(&mut self)
    where
        E: 'static,
    {
        while self.listing.len() < self.parallel {
            let Some(queued) = self.queue.pop_front() else { return };
            if queued.depth > self.max_depth.unwrap_or(DEEPEST) {
                continue;
            }
            let listing = (self.list)(queued.id);
            self.listing.push(Box::pin(async move { (queued, listing.await) }));
        }
    }

    fn add_contents(&mut self, (parent, entries): ListedFolder<E>) {
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.found.push_back(Err(error)),
        };
        let names: Vec<_> = entries.iter().map(|entry| (&*entry.name, entry.id)).collect();
        let safe_names = oneteg_files::safe_names(&names);
        for (listed, safe_name) in entries.into_iter().zip(safe_names) {
            let path = match parent.path.is_empty() {
                true => safe_name,
                false => format!("{}/{safe_name}", parent.path),
            };
            let mut too_deep = None;
            if let Some(id) = listed.id.filter(|id| listed.is_folder && !self.seen.contains(id)) {
                let depth = parent.depth.saturating_add(1);
                match self.max_depth {
                    // It is not seen: it may also be in a folder less deep.
                    Some(limit) if depth > limit => {}
                    None if depth > DEEPEST => too_deep = Some(too_deep_error(id)),
                    _ => {
                        self.seen.insert(id);
                        self.queue.push_back(QueuedFolder { id, path: path.clone(), depth });
                    }
                }
            }
            let FolderEntry { entry, name, error, .. } = listed;
            self.found.push_back(Ok(WalkEntry { entry, path, name, depth: parent.depth }));
            self.found.extend(error.or(too_deep).map(Err));
        }
    }

    fn poll_entry(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<WalkEntry<E>, Error>>>
    where
        E: 'static,
    {
        loop {
            // Before anything else is listed, so that a slow reader bounds the memory.
            if let Some(found) = self.found.pop_front() {
                return Poll::Ready(Some(found));
            }
            self.list_queued_folders();
            match self.listing.poll_next_unpin(context) {
                Poll::Ready(Some(listed)) => self.add_contents(listed),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

fn too_deep_error(id: i64) -> Error {
    let message = format!(
        "the folder with the id {id} is {DEEPEST} levels below the start and was not listed, because the tree may have no \
         end; if it has one, set `max_depth`"
    );
    Error::new(ErrorKind::Cycle, message)
}

impl<E: Unpin + 'static> Stream for Walk<E> {
    type Item = Result<WalkEntry<E>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_entry(context)
    }
}

impl<E> fmt::Debug for Walk<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("max_depth", &self.max_depth)
            .field("parallel", &self.parallel)
            .field("queued", &self.queue.len())
            .field("listing", &self.listing.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    /// The contents of a folder: folders 2 and 3 in folder 1, 3 again in 2, and nothing that can be listed in 4.
    async fn list(folder: i64) -> Result<Vec<FolderEntry<&'static str>>, Error> {
        let folder_entry = |name, id| FolderEntry::folder(name, name, Some(id));
        Ok(match folder {
            1 => vec![
                FolderEntry::file("file", "../a", Some(9)),
                folder_entry("two", 2),
                folder_entry("three", 3),
                FolderEntry::folder("shares", "shares", None),
            ],
            2 => vec![folder_entry("three", 3), folder_entry("four", 4)],
            4 => return Err(Error::new(ErrorKind::NotFound, "no such folder")),
            _ => vec![FolderEntry::file("deep", "deep", None)],
        })
    }

    #[tokio::test]
    async fn a_folder_comes_before_its_contents_and_is_listed_once() {
        let mut walk = Walk::new(1, list).parallel(1);
        let (mut paths, mut errors) = (Vec::new(), 0);
        loop {
            match walk.try_next().await {
                Ok(Some(found)) => paths.push((found.path, found.depth)),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::NotFound);
                    errors += 1;
                }
            }
        }
        let expected = [
            ("..%2Fa", 1),
            ("two", 1),
            ("three", 1),
            ("shares", 1),
            ("two/three", 2),
            ("two/four", 2),
            ("three/deep", 2),
        ];
        assert_eq!(paths, expected.map(|(path, depth)| (path.to_owned(), depth)));
        assert_eq!(errors, 1);
        assert_eq!(Walk::new(1, list).all().await.unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn depth_is_limited() {
        let found = Walk::new(1, list).max_depth(1).all().await.unwrap();
        assert_eq!(found.len(), 4);
        assert!(Walk::new(1, list).max_depth(0).all().await.unwrap().is_empty());
    }

    /// Folders that contain one folder each, `levels` deep, with the number of a level as its ID.
    fn chain(levels: i64) -> Walk<i64> {
        Walk::new(0, move |id| async move {
            let below = (id < levels).then(|| FolderEntry::folder(id + 1, "f", Some(id + 1)));
            Ok(below.into_iter().collect())
        })
    }

    #[tokio::test]
    async fn a_tree_without_end_is_an_error_and_a_chosen_depth_is_not() {
        assert_eq!(chain(63).all().await.unwrap().len(), 63);
        let mut endless = chain(i64::MAX);
        for level in 1..=64 {
            assert_eq!(endless.try_next().await.unwrap().unwrap().entry, level);
        }
        let error = endless.try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cycle);
        assert!(error.message().contains("id 64 "), "{error}");
        assert!(endless.try_next().await.unwrap().is_none());

        assert_eq!(chain(i64::MAX).max_depth(3).all().await.unwrap().len(), 3);
        assert_eq!(chain(100).max_depth(100).all().await.unwrap().len(), 100);
    }

    /// Folder 9 with a file is in `1/2` and in `3`, which is listed last.
    #[tokio::test]
    async fn a_folder_that_is_too_deep_in_one_place_is_listed_in_another() {
        let folder = |id: i64| FolderEntry::folder(id, id.to_string(), Some(id));
        let listed = Arc::new(tokio::sync::Notify::new());
        let walk = Walk::new(0, move |id| {
            let listed = Arc::clone(&listed);
            async move {
                match id {
                    2 => listed.notify_one(),
                    3 => listed.notified().await,
                    _ => {}
                }
                Ok(match id {
                    0 => vec![folder(1), folder(3)],
                    1 => vec![folder(2)],
                    2 | 3 => vec![folder(9)],
                    _ => vec![FolderEntry::file(-1, "file", None)],
                })
            }
        });
        let found = walk.max_depth(3).all().await.unwrap();
        assert!(found.iter().any(|found| found.path == "3/9/file"), "{found:?}");
    }
}
