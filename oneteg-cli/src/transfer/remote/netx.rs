//! Folders and assets of NetX.

use std::{collections::HashSet, path::Path};

use futures_util::{StreamExt as _, stream::BoxStream};
use netx_sdk::{
    Client, FilePart,
    types::{Asset, DataSelector, ImportVersionForm, RequestOptions},
    walk::Entry,
};
use oneteg_auth::BoxFuture;
use oneteg_http::{Error, ErrorKind, RangedDownload, Transfer, TransferProgress};
use serde_json::Value;
use tokio::sync::watch;

use super::{
    Folder, Found, FoundNode, Place, Remote, RemoteFile, Running, Sending, Traits, md5, number,
    optional, size,
};

/// The id of the root folder.
const ROOT: &str = "1";

#[derive(Debug)]
pub(super) struct Netx {
    client: Client,
}

impl Netx {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    async fn find_folder(&self, at: &Place, create: bool) -> Result<Option<Folder>, Error> {
        match at {
            Place::Id(id) => {
                let options = RequestOptions::new().select([DataSelector::FolderId]).page(0, 1);
                let listed =
                    self.client.get_folders_by_parent(number(id)?).options(options).send().await;
                Ok(optional(listed)?
                    .map(|_| Folder { id: id.clone(), names: (id == ROOT).then(Vec::new) }))
            }
            Place::Path(names) if names.is_empty() => {
                Ok(Some(Folder { id: ROOT.to_owned(), names: Some(Vec::new()) }))
            }
            Place::Path(names) => {
                let path = names.join("/");
                let found = match create {
                    true => Some(self.client.find_or_create_folder(&path).await?),
                    false => self.client.find_folder(&path).await?,
                };
                Ok(found
                    .map(|folder| Folder { id: folder.id.to_string(), names: Some(names.clone()) }))
            }
        }
    }

    async fn find_file(&self, at: &Place) -> Result<Option<RemoteFile>, Error> {
        if let Place::Id(id) = at {
            let options = RequestOptions::new().select(PARTS);
            let found =
                optional(self.client.get_assets([number(id)?]).options(options).send().await)?;
            return Ok(found
                .and_then(|found| found.into_inner().into_iter().next())
                .map(remote_file));
        }
        let Some((folder, name)) = at.split() else { return Ok(None) };
        let Some(folder) = self.find_folder(&folder, false).await? else { return Ok(None) };
        let found = self.client.find_asset(number(&folder.id)?, name).await?;
        Ok(found.map(remote_file))
    }

    async fn delete(&self, folder: &Folder, id: &str) -> Result<(), Error> {
        let (folder, asset) = (number(&folder.id)?, number(id)?);
        let options =
            RequestOptions::new().select([DataSelector::AssetId, DataSelector::AssetFolders]);
        let found = self.client.get_assets([asset]).options(options).send().await?.into_inner();
        let folders: HashSet<_> =
            found.iter().flat_map(|asset| asset.folders.iter().flatten()).map(|it| it.id).collect();
        if folders.iter().any(|other| *other != folder) {
            self.client.remove_asset_from_folder(asset, folder).send().await.map(drop)
        } else {
            self.client.delete_asset(asset).send().await.map(drop)
        }
    }
}

const PARTS: [DataSelector; 3] =
    [DataSelector::AssetId, DataSelector::AssetBase, DataSelector::AssetFile];

fn remote_file(asset: Asset) -> RemoteFile {
    let name = asset.local_name().unwrap_or_default().to_owned();
    let file = asset.file.unwrap_or_default();
    RemoteFile {
        id: asset.id.to_string(),
        name,
        size: size(file.size),
        md5: md5(file.checksum.as_deref()),
        changed: asset.mod_date.or(asset.import_date),
    }
}

impl Remote for Netx {
    fn traits(&self) -> Traits {
        Traits { keeps_dates: false, lists_at_once: true, deletes_folders: false }
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
        let id = match number(&folder.id) {
            Ok(id) => id,
            Err(error) => return futures_util::stream::iter([Err(error)]).boxed(),
        };
        let found = self.client.walk(id).map(|found| {
            let found = found?;
            let node = match found.entry {
                Entry::Folder(folder) => FoundNode::Folder(Some(folder.id.to_string())),
                Entry::Asset(asset) => FoundNode::File(remote_file(asset)),
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
        Box::pin(async move {
            let found = self.client.find_asset(number(&folder.id)?, name).await?;
            Ok(found.map(remote_file).into_iter().collect())
        })
    }

    fn create_folder<'a>(
        &'a self,
        parent: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Folder, Error>> {
        Box::pin(async move {
            let Some(names) = &parent.names else {
                let message = "NetX creates folders by their path: give the folder as a path instead of an id";
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            };
            if name.contains('/') || name.trim().is_empty() {
                let message = format!("NetX cannot create a folder named {name:?} by its path");
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
            let names: Vec<_> = names.iter().cloned().chain([name.to_owned()]).collect();
            let folder = self.client.find_or_create_folder(&names.join("/")).await?;
            Ok(Folder { id: folder.id.to_string(), names: Some(names) })
        })
    }

    fn upload<'a>(&'a self, file: Sending<'a>) -> BoxFuture<'a, Result<Box<dyn Running>, Error>> {
        Box::pin(async move {
            let (client, folder) = (self.client.clone(), number(&file.folder.id)?);
            let (path, name) = (file.path.to_owned(), file.name.to_owned());
            let length = tokio::fs::metadata(&path).await.ok().map(|metadata| metadata.len());
            let transfer = match file.replaces.map(number).transpose()? {
                None => {
                    let upload = client.upload(folder, path).name(name);
                    Transfer::spawn(length, async move { upload.send().await.map(remote_file) })
                }
                Some(asset) => {
                    let form = ImportVersionForm::new(FilePart::path(path)).file_name(name);
                    Transfer::spawn(length, async move {
                        let asset = client.import_version(asset, form).send().await?;
                        Ok(remote_file(asset.into_inner()))
                    })
                }
            };
            Ok(Box::new(Import(transfer)) as Box<dyn Running>)
        })
    }

    fn download(&self, id: &str, target: &Path) -> Result<RangedDownload, Error> {
        Ok(self.client.download(number(id)?).to_file(target))
    }

    fn delete_file<'a>(
        &'a self,
        folder: &'a Folder,
        id: &'a str,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.delete(folder, id))
    }

    fn delete_empty_folder<'a>(&'a self, _: &'a Folder) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async { Ok(false) })
    }
}

/// An import is one request: it has no state to resume from.
struct Import(Transfer<RemoteFile>);

impl Running for Import {
    fn progress(&self) -> watch::Receiver<TransferProgress> {
        self.0.progress()
    }

    fn state(&self) -> Option<Value> {
        None
    }

    fn pause(&self) {
        self.0.pause();
    }

    fn resume(&self) {
        self.0.resume();
    }

    fn wait(&mut self) -> BoxFuture<'_, Result<RemoteFile, Error>> {
        Box::pin(self.0.wait())
    }
}
