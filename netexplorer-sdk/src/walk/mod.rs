//! Walking a folder tree.
//!
//! A walk is driven by its reader: it lists folders only while the reader waits for an entry.
//!
//! | Event | Then |
//! |---|---|
//! | the reader polls, and entries are waiting | the next entry is returned; no request is sent |
//! | the reader polls, and none is waiting | folders are taken from the queue until [`parallel`](Walk::parallel) requests are running |
//! | a folder is listed | its entries wait for the reader; sub-folders not seen before join the queue |
//! | a folder cannot be listed | its error waits for the reader in place of its entries |
//! | queue and requests are empty | the stream ends |

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream::FuturesUnordered};
use oneteg_http::Error;

use crate::{
    Client,
    entry::{Entry, folder_content, unreadable_id},
    types::Folder,
};

mod safe_name;

/// A file or folder found by a [`Walk`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WalkEntry {
    /// The file or folder.
    pub entry: Entry,
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

/// A stream of everything below a folder. Every folder comes before its contents.
///
/// Several folders are listed at the same time, so the order across folders is not fixed. A folder that cannot be
/// listed yields an error in place of its contents, and the walk continues with the others. A folder that is
/// found again, through a shortcut or because it was moved meanwhile, is not listed again.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Walk {
    client: Client,
    max_depth: u32,
    parallel: usize,
    queue: VecDeque<QueuedFolder>,
    listing: FuturesUnordered<Pin<Box<dyn Future<Output = Listed> + Send>>>,
    /// What is found and not yet read.
    found: VecDeque<Result<WalkEntry, Error>>,
    /// IDs of all folders that were queued.
    seen: HashSet<i64>,
}

struct QueuedFolder {
    id: i64,
    path: String,
    /// Depth of its contents.
    depth: u32,
}

type Listed = (QueuedFolder, Result<Folder, Error>);

impl Client {
    /// Walks through everything below a folder. Returns a stream.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut walk = client.walk(42).max_depth(5).parallel(8);
    /// while let Some(found) = walk.try_next().await? {
    ///     println!("{}", found.path);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn walk(&self, folder_id: i64) -> Walk {
        let start = QueuedFolder { id: folder_id, path: String::new(), depth: 1 };
        Walk {
            client: self.clone(),
            max_depth: 64,
            parallel: 4,
            queue: VecDeque::from([start]),
            listing: FuturesUnordered::new(),
            found: VecDeque::new(),
            seen: HashSet::from([folder_id]),
        }
    }
}

impl Walk {
    /// Sets the greatest depth; 1 is only the direct contents of the folder. Default: 64.
    pub fn max_depth(mut self, levels: u32) -> Self {
        self.max_depth = levels;
        self
    }

    /// Sets how many folders are listed at the same time; 0 counts as 1. Default: 4.
    pub fn parallel(mut self, folders: usize) -> Self {
        self.parallel = folders.max(1);
        self
    }

    fn list_queued_folders(&mut self) {
        while self.listing.len() < self.parallel {
            let Some(queued) = self.queue.pop_front() else { return };
            if queued.depth > self.max_depth {
                continue;
            }
            let client = self.client.clone();
            self.listing.push(Box::pin(async move {
                let folder = client.get_folder(queued.id).depth(1).send().await;
                (queued, folder.map(|folder| folder.into_inner()))
            }));
        }
    }

    fn add_contents(&mut self, (parent, folder): Listed) {
        let content = match folder.and_then(folder_content) {
            Ok(content) => content,
            Err(error) => return self.found.push_back(Err(error)),
        };
        let files = content.files.into_iter().flatten().map(Entry::File);
        let folders = content.folders.into_iter().flatten().map(Entry::Folder);
        let entries: Vec<Entry> = files.chain(folders).collect();
        let names = entries.iter().map(|entry| (entry.name().unwrap_or_default(), entry.id()));
        let safe_names = safe_name::of_siblings(&names.collect::<Vec<_>>());
        for (entry, safe_name) in entries.into_iter().zip(safe_names) {
            let path = match parent.path.is_empty() {
                true => safe_name,
                false => format!("{}/{safe_name}", parent.path),
            };
            // The virtual folder of shares has no ID, and nothing to list.
            if let Entry::Folder(Folder { id: Some(id), .. }) = &entry
                && self.seen.insert(*id)
            {
                let depth = parent.depth.saturating_add(1);
                self.queue.push_back(QueuedFolder { id: *id, path: path.clone(), depth });
            }
            let error = unreadable_id(&entry);
            let name = entry.name().unwrap_or_default().to_owned();
            self.found.push_back(Ok(WalkEntry { entry, path, name, depth: parent.depth }));
            self.found.extend(error.map(Err));
        }
    }
}

impl Stream for Walk {
    type Item = Result<WalkEntry, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let walk = &mut *self;
        loop {
            // Before anything else is listed, so that a slow reader bounds the memory.
            if let Some(found) = walk.found.pop_front() {
                return Poll::Ready(Some(found));
            }
            walk.list_queued_folders();
            match walk.listing.poll_next_unpin(context) {
                Poll::Ready(Some(listed)) => walk.add_contents(listed),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk")
            .field("max_depth", &self.max_depth)
            .field("parallel", &self.parallel)
            .field("queued", &self.queue.len())
            .field("listing", &self.listing.len())
            .finish_non_exhaustive()
    }
}
