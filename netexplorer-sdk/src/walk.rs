//! Walking a tree of folders.

use std::{
    collections::{HashSet, VecDeque},
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use futures_util::{StreamExt, stream::FuturesUnordered};
use oneteg_http::{Error, ErrorKind};
use serde_json::Value;

use crate::{
    Client,
    entry::Entry,
    types::{Folder, FolderContent},
};

mod safe_name;

/// A file or folder met on a walk.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Met {
    /// What it is.
    pub entry: Entry,
    /// Its path from the folder that the walk began in: names separated by `/`, safe to join to a folder on any
    /// system.
    ///
    /// A name on the platform may lead out of the tree, or be one that no file can have. In this path, `/`, `\\`,
    /// `:`, `*`, `?`, `"`, `<`, `>`, `|`, control characters and a dot or space at the end are written as `%2F`
    /// and so on, names of devices such as `NUL` and an empty name begin with `_`, and names of more than 255
    /// bytes are cut. Two entries of one folder whose names would be the same then, also on systems that do not
    /// distinguish `a` from `A`, are distinguished by `~` and the id.
    pub path: String,
    /// The name on the platform: not a path, and not safe to use as one.
    pub name: String,
    /// How deep it is: 1 for what is in the folder that the walk began in.
    pub depth: u32,
}

/// A walk: a stream of all that is below a folder, each folder before what is in it.
///
/// Folders are listed as the stream is read, some at a time, so the order of what is in different folders
/// is not fixed. A folder that cannot be listed gives an error in its place, and the walk continues with the
/// others. A folder that is met again, through a shortcut or while things are moved, is not listed again.
#[must_use = "a stream does nothing unless it is read"]
pub struct Walk {
    client: Client,
    max_depth: u32,
    parallel: usize,
    to_list: VecDeque<Place>,
    listing: FuturesUnordered<Pin<Box<dyn Future<Output = Listed> + Send>>>,
    met: VecDeque<Result<Met, Error>>,
    seen: HashSet<i64>,
}

struct Place {
    folder: i64,
    path: String,
    /// Of what is in it.
    depth: u32,
}

type Listed = (Place, Result<Folder, Error>);

impl Client {
    /// Begins a walk through all that is below a folder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut tree = client.walk(42).max_depth(5).parallel(8);
    /// while let Some(met) = tree.try_next().await? {
    ///     println!("{}", met.path);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn walk(&self, folder_id: i64) -> Walk {
        let place = Place { folder: folder_id, path: String::new(), depth: 1 };
        Walk {
            client: self.clone(),
            max_depth: 64,
            parallel: 4,
            to_list: VecDeque::from([place]),
            listing: FuturesUnordered::new(),
            met: VecDeque::new(),
            seen: HashSet::from([folder_id]),
        }
    }
}

impl Walk {
    /// How deep it goes; 1 is what is in the folder itself. Default: 64.
    pub fn max_depth(mut self, levels: u32) -> Self {
        self.max_depth = levels;
        self
    }

    /// How many folders are listed at the same time; 0 counts as 1. Default: 4.
    pub fn parallel(mut self, folders: usize) -> Self {
        self.parallel = folders.max(1);
        self
    }

    fn begin(&mut self) {
        while self.listing.len() < self.parallel {
            let Some(place) = self.to_list.pop_front() else { return };
            if place.depth > self.max_depth {
                continue;
            }
            let client = self.client.clone();
            self.listing.push(Box::pin(async move {
                let folder = client.get_folder(place.folder).depth(1).send().await;
                (place, folder.map(|folder| folder.into_inner()))
            }));
        }
    }

    fn listed(&mut self, (place, folder): Listed) {
        let content = match folder {
            Ok(folder) => content(folder),
            Err(error) => Err(error),
        };
        let content = match content {
            Ok(content) => content,
            Err(error) => return self.met.push_back(Err(error)),
        };
        let files = content.files.into_iter().flatten().map(Entry::File);
        let folders = content.folders.into_iter().flatten().map(Entry::Folder);
        let entries: Vec<Entry> = files.chain(folders).collect();
        let raw = entries.iter().map(|entry| (entry.name().unwrap_or_default(), entry.id()));
        let safe = safe_name::of_siblings(&raw.collect::<Vec<_>>());
        for (entry, safe) in entries.into_iter().zip(safe) {
            let path = if place.path.is_empty() { safe } else { format!("{}/{safe}", place.path) };
            // The virtual folder of shares has no id, and nothing to list.
            if let Entry::Folder(Folder { id: Some(id), .. }) = &entry
                && self.seen.insert(*id)
            {
                let depth = place.depth.saturating_add(1);
                self.to_list.push_back(Place { folder: *id, path: path.clone(), depth });
            }
            let unlisted = unlisted(&entry);
            let name = entry.name().unwrap_or_default().to_owned();
            self.met.push_back(Ok(Met { entry, path, name, depth: place.depth }));
            self.met.extend(unlisted.map(Err));
        }
    }
}

/// The error of a folder whose id cannot be read: what is below it is not met.
fn unlisted(entry: &Entry) -> Option<Error> {
    let Entry::Folder(folder) = entry else { return None };
    folder.extra.get("id").filter(|unread| !is_nothing(unread))?;
    let message = "a folder's `id` has another form than documented, so it cannot be listed";
    Some(Error::new(ErrorKind::Decode, message))
}

/// What is in a folder. A list that could not be read is not an empty one: nothing below would be met, and
/// nobody would notice.
pub(crate) fn content(mut folder: Folder) -> Result<FolderContent, Error> {
    let content = folder.content.take().unwrap_or_default();
    let lists =
        [("content", &folder.extra), ("files", &content.extra), ("folders", &content.extra)];
    for (name, unknown) in lists {
        if unknown.get(name).is_some_and(|unread| !is_nothing(unread)) {
            let message = format!("the folder's `{name}` has another form than documented");
            return Err(Error::new(ErrorKind::Decode, message));
        }
    }
    Ok(content)
}

/// Whether it is one of the ways in which servers express that there is nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

impl Stream for Walk {
    type Item = Result<Met, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let walk = &mut *self;
        loop {
            // What is met is given out before more is listed: memory follows the reader.
            if let Some(met) = walk.met.pop_front() {
                return Poll::Ready(Some(met));
            }
            walk.begin();
            match walk.listing.poll_next_unpin(context) {
                Poll::Ready(Some(listed)) => walk.listed(listed),
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
            .field("to_list", &self.to_list.len())
            .field("listing", &self.listing.len())
            .finish_non_exhaustive()
    }
}
