//! Walking a folder tree.

use oneteg_http::FolderEntry;

use crate::{
    Client,
    entry::{Entry, folder_content, unreadable_id},
};

/// A stream of everything below a folder. Made by [`Client::walk`].
pub type Walk = oneteg_http::Walk<Entry>;

/// A file or folder found by a [`Walk`].
pub type WalkEntry = oneteg_http::WalkEntry<Entry>;

impl Client {
    /// Walks through everything below a folder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let mut walk = client.walk(42).max_depth(5).parallel(8);
    /// while let Some(found) = walk.try_next().await? {
    ///     println!("{}", found.path);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn walk(&self, folder_id: i64) -> Walk {
        let client = self.clone();
        Walk::new(folder_id, move |folder_id| {
            let client = client.clone();
            async move {
                let folder = client.get_folder(folder_id).depth(1).send().await?;
                let content = folder_content(folder.into_inner())?;
                let files = content.files.into_iter().flatten().map(Entry::File);
                let folders = content.folders.into_iter().flatten().map(Entry::Folder);
                Ok(files.chain(folders).map(listed).collect())
            }
        })
    }
}

fn listed(entry: Entry) -> FolderEntry<Entry> {
    let (name, id) = (entry.name().unwrap_or_default().to_owned(), entry.id());
    let error = unreadable_id(&entry);
    match entry {
        Entry::File(_) => FolderEntry::file(entry, name, id),
        // The virtual folder of shares has no ID, and nothing to list.
        Entry::Folder(_) => FolderEntry::folder(entry, name, id),
    }
    .with_error(error)
}
