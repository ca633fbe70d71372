//! Categories and assets of MediaValet.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{StreamExt as _, stream::BoxStream};
use mediavalet_sdk::{
    Client, FilePart,
    download::Rendition,
    types::{Asset, Category, CategoryCreateRequest},
    upload::{Upload, UploadState},
};
use oneteg_auth::BoxFuture;
use oneteg_http::{Error, ErrorKind, FolderEntry, RangedDownload, TransferProgress, Walk};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::{
    Folder, Found, FoundNode, Place, Remote, RemoteFile, Running, Sending, Traits, md5, optional,
    size,
};

/// The number under which a walk knows the folder it starts in. No id has it.
const START: i64 = -1;

#[derive(Debug)]
pub(super) struct Mediavalet {
    client: Client,
}

impl Mediavalet {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    async fn find_folder(&self, at: &Place, create: bool) -> Result<Option<Folder>, Error> {
        let id = match at {
            Place::Id(id) => {
                optional(self.client.get_category(id).send().await)?.map(|_| id.clone())
            }
            Place::Path(names) if names.is_empty() => {
                let message = "the top of the library holds no assets; give the path of a category";
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
            Place::Path(names) => {
                let path = names.join("/");
                match create {
                    true => Some(self.client.find_or_create_category(&path).await?),
                    false => self.client.find_category(&path).await?,
                }
                .map(|category| category.id)
            }
        };
        Ok(id.map(|id| Folder { id, names: None }))
    }

    async fn find_file(&self, at: &Place) -> Result<Option<RemoteFile>, Error> {
        if let Place::Id(id) = at {
            let asset = optional(self.client.get_asset(id).send().await)?;
            return Ok(asset.map(|asset| remote_file(asset.into_inner())));
        }
        let Some((folder, name)) = at.split() else { return Ok(None) };
        let Some(folder) = self.find_folder(&folder, false).await? else { return Ok(None) };
        Ok(self.in_category(&folder.id, name).await?.into_iter().next())
    }

    /// The assets of a category with a file name.
    async fn in_category(&self, category: &str, name: &str) -> Result<Vec<RemoteFile>, Error> {
        let mut found = Vec::new();
        let mut pages = self.client.list_category_assets(category).pages();
        while let Some(asset) = pages.next().await {
            let file = remote_file(asset?);
            if file.name == name {
                found.push(file);
            }
        }
        Ok(found)
    }

    async fn start(&self, sending: Sending<'_>) -> Result<Upload, Error> {
        let file = FilePart::path(sending.path);
        let upload = match (sending.state, sending.replaces) {
            (Some(state), _) => {
                let state: UploadState = serde_json::from_value(state.clone()).map_err(|_| {
                    Error::new(ErrorKind::Integrity, "the saved state is not one of an upload")
                })?;
                self.client.resume_upload(file, state)
            }
            (None, Some(asset)) => self.client.upload_version(asset, file).name(sending.name),
            (None, None) => {
                self.client.upload(file).name(sending.name).category(&sending.folder.id)
            }
        };
        match sending.part_size {
            Some(bytes) => upload.block_size(bytes).start().await,
            None => upload.start().await,
        }
    }

    async fn delete(&self, folder: &Folder, id: &str) -> Result<(), Error> {
        let asset = self.client.get_asset(id).send().await?.into_inner();
        let in_others = asset
            .categories
            .iter()
            .flatten()
            .any(|category| !category.eq_ignore_ascii_case(&folder.id));
        if in_others {
            self.client.remove_category_from_asset(id, &folder.id).send().await.map(drop)
        } else {
            self.client.delete_asset(id).send().await.map(drop)
        }
    }
}

fn remote_file(asset: Asset) -> RemoteFile {
    let file = asset.file.unwrap_or_default();
    RemoteFile {
        id: asset.id,
        size: size(file.size_in_bytes),
        md5: md5(file.md5.as_deref()),
        changed: file.uploaded_at.or(asset.created_at),
        name: file.file_name.or(asset.title).unwrap_or_default(),
    }
}

enum Listed {
    Category(Box<Category>),
    Asset(Box<Asset>),
}

/// The ids behind the numbers of a walk, which knows folders by numbers.
type Ids = Arc<Mutex<HashMap<i64, String>>>;

/// The number of an id: always the same, since it is part of the names that a walk makes unique.
fn number_of(id: &str) -> i64 {
    let digest = Sha256::digest(id.to_ascii_lowercase());
    // 40 bits: short in a name, and no two ids of a folder share it in practice.
    digest.iter().take(5).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

async fn contents(
    client: Client,
    ids: Ids,
    number: i64,
) -> Result<Vec<FolderEntry<Listed>>, Error> {
    let id = ids.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
    let Some(id) = id else {
        return Err(Error::new(ErrorKind::NotFound, "the walk does not know the category"));
    };
    let mut entries = Vec::new();
    let mut categories = client.list_subcategories(&id).pages();
    while let Some(category) = categories.next().await {
        let category = category?;
        let (name, number) = (category.name.clone().unwrap_or_default(), number_of(&category.id));
        ids.lock().unwrap_or_else(PoisonError::into_inner).insert(number, category.id.clone());
        entries.push(FolderEntry::folder(Listed::Category(Box::new(category)), name, Some(number)));
    }
    let mut assets = client.list_category_assets(&id).pages();
    while let Some(asset) = assets.next().await {
        let asset = asset?;
        let (name, number) = (remote_file(asset.clone()).name, number_of(&asset.id));
        entries.push(FolderEntry::file(Listed::Asset(Box::new(asset)), name, Some(number)));
    }
    Ok(entries)
}

impl Remote for Mediavalet {
    fn traits(&self) -> Traits {
        Traits { keeps_dates: false, lists_at_once: false, deletes_folders: true }
    }

    fn folder<'a>(
        &'a self,
        at: &'a Place,
        create: bool,
    ) -> BoxFuture<'a, Result<Option<Folder>, Error>> {
        Box::pin(self.find_folder(at, create))
    }

    fn file<'a>(&'a self, at: &'a Place) -> BoxFuture<'a, Result<Option<RemoteFile>, Error>> {
        Box::pin(self.find_file(at))
    }

    fn walk(&self, folder: &Folder) -> BoxStream<'static, Result<Found, Error>> {
        let ids: Ids = Arc::new(Mutex::new(HashMap::from([(START, folder.id.clone())])));
        let client = self.client.clone();
        let walk =
            Walk::new(START, move |number| contents(client.clone(), Arc::clone(&ids), number));
        let found = walk.map(|found| {
            let found = found?;
            let node = match found.entry {
                Listed::Category(category) => FoundNode::Folder(Some(category.id)),
                Listed::Asset(asset) => FoundNode::File(remote_file(*asset)),
            };
            Ok(Found { path: found.path, name: found.name, node })
        });
        found.boxed()
    }

    fn named<'a>(
        &'a self,
        folder: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Vec<RemoteFile>, Error>> {
        Box::pin(self.in_category(&folder.id, name))
    }

    fn create_folder<'a>(
        &'a self,
        parent: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Folder, Error>> {
        Box::pin(async move {
            let mut existing = self.client.list_subcategories(&parent.id).pages();
            while let Some(category) = existing.next().await {
                let category = category?;
                if category.name.as_deref() == Some(name) {
                    return Ok(Folder { id: category.id, names: None });
                }
            }
            let new = CategoryCreateRequest::new().tree_name(name).parent_id(&parent.id);
            let category = self.client.create_category(new).send().await?.into_inner();
            Ok(Folder { id: category.id, names: None })
        })
    }

    fn upload<'a>(&'a self, file: Sending<'a>) -> BoxFuture<'a, Result<Box<dyn Running>, Error>> {
        Box::pin(async move {
            let upload = self.start(file).await?;
            Ok(Box::new(Version { upload, name: file.name.to_owned() }) as Box<dyn Running>)
        })
    }

    fn download(&self, id: &str, target: &Path) -> Result<RangedDownload, Error> {
        Ok(self.client.download(id, Rendition::Original).to_file(target))
    }

    fn delete_file<'a>(
        &'a self,
        folder: &'a Folder,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.delete(folder, id))
    }

    fn delete_empty_folder<'a>(&'a self, folder: &'a Folder) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let (client, id) = (&self.client, &folder.id);
            if client.list_subcategories(id).pages().next().await.transpose()?.is_some()
                || client.list_category_assets(id).pages().next().await.transpose()?.is_some()
            {
                return Ok(false);
            }
            client.delete_category(id).send().await.map(|_| true)
        })
    }
}

struct Version {
    upload: Upload,
    name: String,
}

impl Running for Version {
    fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.upload.progress()
    }

    fn state(&self) -> Option<Value> {
        serde_json::to_value(self.upload.state()).ok()
    }

    fn pause(&self) {
        self.upload.pause();
    }

    fn resume(&self) {
        self.upload.resume();
    }

    fn wait(&mut self) -> BoxFuture<'_, Result<RemoteFile, Error>> {
        Box::pin(async move {
            let uploaded = self.upload.wait().await?;
            let name = self.name.clone();
            Ok(RemoteFile {
                id: uploaded.id,
                name,
                size: Some(uploaded.bytes),
                md5: None,
                changed: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_id_is_always_the_same() {
        let number = number_of("7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de");
        assert_eq!(number, number_of("7D4BD8B4-6B46-4A8B-9F0F-2D0FB1C1B1DE"));
        assert!(number != number_of("7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1df"));
        assert!((0..1 << 40).contains(&number));
    }
}
