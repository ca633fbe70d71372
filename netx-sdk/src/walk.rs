//! Walking a folder tree.
//!
//! Each folder is listed in pages: its sub-folders, then its assets. A list that cannot be read is an error in
//! place of the folder's contents, not an empty list, which would silently lose a part of the tree.

use std::collections::HashSet;

use oneteg_http::{Error, ErrorKind, FolderEntry, Page, Pager};
use serde_json::{Map, Value};

use crate::{
    Client, operations,
    types::{Asset, DataSelector, Folder, RequestOptions},
};

/// A stream of everything below a folder. Made by [`Client::walk`].
pub type Walk = oneteg_http::Walk<Entry>;

/// An asset or folder found by a [`Walk`].
pub type WalkEntry = oneteg_http::WalkEntry<Entry>;

/// An asset or a folder.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Entry {
    /// An asset.
    Asset(Asset),
    /// A folder.
    Folder(Folder),
}

impl Entry {
    /// The ID of the asset or folder.
    pub fn id(&self) -> i64 {
        match self {
            Self::Asset(asset) => asset.id,
            Self::Folder(folder) => folder.id,
        }
    }

    /// The file name of the asset, or the name of the folder.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Asset(asset) => asset.local_name(),
            Self::Folder(folder) => folder.name.as_deref(),
        }
    }

    /// The asset, if it is one.
    pub fn into_asset(self) -> Option<Asset> {
        match self {
            Self::Asset(asset) => Some(asset),
            Self::Folder(_) => None,
        }
    }

    /// The folder, if it is one.
    pub fn into_folder(self) -> Option<Folder> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Asset(_) => None,
        }
    }
}

impl Client {
    /// Walks through everything below a folder, such as the root folder with the ID 1. The assets have the parts
    /// `asset.id`, `asset.base` and `asset.file`.
    ///
    /// An asset in several folders is found in each of them. The contents of a folder are held in memory, so that
    /// no two of its entries have the same path.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// let mut walk = client.walk(1);
    /// while let Some(found) = walk.try_next().await? {
    ///     println!("{} {}", found.entry.id(), found.path);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn walk(&self, folder_id: i64) -> Walk {
        self.walk_with(folder_id, [DataSelector::AssetBase, DataSelector::AssetFile])
    }

    /// Like [`walk`](Self::walk), with other parts of the assets. `asset.id` is always requested. Paths are made
    /// from the file name, which is in `asset.base` or `asset.file`.
    ///
    /// ```no_run
    /// # fn example(client: &netx_sdk::Client) {
    /// use netx_sdk::types::DataSelector::{AssetAttributes, AssetBase};
    ///
    /// let walk = client.walk_with(1, [AssetBase, AssetAttributes]);
    /// # let _ = walk; }
    /// ```
    pub fn walk_with<S: Into<DataSelector>>(
        &self,
        folder_id: i64,
        asset_parts: impl IntoIterator<Item = S>,
    ) -> Walk {
        let others = asset_parts.into_iter().map(Into::into);
        let others = others.filter(|part| *part != DataSelector::AssetId);
        let parts = std::iter::once(DataSelector::AssetId).chain(others);
        let (client, asset_options) = (self.clone(), RequestOptions::new().select(parts));
        Walk::new(folder_id, move |folder_id| {
            contents(client.clone(), folder_id, asset_options.clone())
        })
    }
}

/// The sub-folders and assets of a folder.
async fn contents(
    client: Client,
    folder_id: i64,
    asset_options: RequestOptions,
) -> Result<Vec<FolderEntry<Entry>>, Error> {
    let folders = sub_folders(&client, folder_id).await?.into_iter().map(Entry::Folder);
    let assets = assets(&client, folder_id, asset_options).await?.into_iter().map(Entry::Asset);
    // An asset that changes its position while the pages are read is listed twice.
    let mut seen = HashSet::new();
    let assets = assets.filter(|asset| seen.insert(asset.id()));
    let entries = folders.chain(assets).map(|entry| {
        let (name, id) = (entry.name().unwrap_or_default().to_owned(), Some(entry.id()));
        match entry {
            Entry::Asset(_) => FolderEntry::file(entry, name, id),
            Entry::Folder(_) => FolderEntry::folder(entry, name, id),
        }
    });
    Ok(entries.collect())
}

async fn sub_folders(client: &Client, folder_id: i64) -> Result<Vec<Folder>, Error> {
    let client = client.clone();
    let pages = Pager::new(&operations::GET_FOLDERS_BY_PARENT, move |page| {
        let client = client.clone();
        async move {
            let options = RequestOptions::new()
                .select([DataSelector::FolderId, DataSelector::FolderBase])
                .page(page.start().unwrap_or_default(), page.size().unwrap_or_default());
            let folders = client.get_folders_by_parent(folder_id).options(options).send().await?;
            let folders = folders.into_inner();
            check_list(&folders.extra)?;
            Ok(Page::new(folders.results).total(folders.size))
        }
    });
    pages.all().await
}

async fn assets(
    client: &Client,
    folder_id: i64,
    options: RequestOptions,
) -> Result<Vec<Asset>, Error> {
    let client = client.clone();
    let pages = Pager::new(&operations::GET_ASSETS_BY_FOLDER, move |page| {
        let (client, options) = (client.clone(), options.clone());
        async move {
            let options =
                options.page(page.start().unwrap_or_default(), page.size().unwrap_or_default());
            let assets = client.get_assets_by_folder(folder_id, false).options(options);
            let assets = assets.send().await?.into_inner();
            check_list(&assets.extra)?;
            Ok(Page::new(assets.results).total(assets.size))
        }
    });
    pages.all().await
}

/// Fails if the tolerant reader could not read the list of a page, and kept it in `extra`.
fn check_list(extra: &Map<String, Value>) -> Result<(), Error> {
    if extra.get("results").is_none_or(Value::is_null) {
        return Ok(());
    }
    let message = "the folder's contents do not have the documented form";
    Err(Error::new(ErrorKind::Decode, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_that_cannot_be_read_is_not_an_empty_one() {
        let extra = |json: Value| json.as_object().cloned().unwrap_or_default();
        for readable in [json!({}), json!({"results": null}), json!({"other": [1]})] {
            check_list(&extra(readable)).unwrap();
        }
        for unreadable in [json!({"results": [7]}), json!({"results": "two"})] {
            let error = check_list(&extra(unreadable)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
        }
    }
}
