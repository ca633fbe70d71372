//! Folders and files of NetExplorer.

use std::path::Path;

use futures_util::{StreamExt as _, stream::BoxStream};
use netexplorer_sdk::{
    Client,
    entry::Entry,
    types::{CreateFolderRequest, File},
    upload::{Upload, UploadMethod, UploadState, name_problem},
};
use oneteg_auth::BoxFuture;
use oneteg_http::{Error, ErrorKind, RangedDownload, TransferProgress};
use serde_json::Value;
use tokio::sync::watch;
use unicode_normalization::UnicodeNormalization as _;

use super::{
    Folder, Found, FoundNode, Place, Remote, RemoteFile, Running, Sending, Traits, md5, number,
    optional, size,
};

#[derive(Debug)]
pub(super) struct Netexplorer {
    client: Client,
}

impl Netexplorer {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The root folder that a path begins with.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] with the names of those that exist. None can be created.
    async fn root(&self, name: &str, at: &Place) -> Result<i64, Error> {
        let roots = self.client.list_folders().pages().all().await?;
        let found = roots.iter().find(|root| root.name.as_deref() == Some(name));
        found.and_then(|root| root.id).ok_or_else(|| {
            let names: Vec<_> = roots.iter().filter_map(|root| root.name.as_deref()).collect();
            let known =
                if names.is_empty() { "the user sees none".to_owned() } else { names.join(", ") };
            let message = format!(
                "there is no folder {at}: a path begins with the name of a root folder ({known})"
            );
            Error::new(ErrorKind::NotFound, message)
        })
    }

    async fn find_folder(&self, at: &Place, create: bool) -> Result<Option<Folder>, Error> {
        let id = match at {
            Place::Id(id) => {
                let id = number(id)?;
                optional(self.client.get_folder(id).send().await)?.map(|_| id)
            }
            Place::Path(names) => {
                let Some((root, below)) = names.split_first() else {
                    let message = "a path begins with the name of a root folder; the platform's root holds no files";
                    return Err(Error::new(ErrorKind::InvalidRequest, message));
                };
                let root = self.root(root, at).await?;
                let path = below.join("/");
                let found = match create {
                    true => Some(self.client.find_or_create_folder(root, &path).await?),
                    false => self.client.find_folder(root, &path).await?,
                };
                found.map(|folder| folder.require_id()).transpose()?
            }
        };
        Ok(id.map(|id| Folder { id: id.to_string(), names: None }))
    }

    async fn find_file(&self, at: &Place) -> Result<Option<RemoteFile>, Error> {
        let file = match at {
            Place::Id(id) => optional(self.client.get_file(number(id)?).send().await)?
                .map(|file| file.into_inner()),
            Place::Path(names) => {
                let Some((root, below)) = names.split_first() else { return Ok(None) };
                let Some(root) = optional(self.root(root, at).await)? else { return Ok(None) };
                self.client.find_file(root, &below.join("/")).await?
            }
        };
        Ok(file.map(remote_file))
    }

    /// What a folder directly contains. The path operation begins at root folders only.
    async fn contents(&self, folder: i64) -> Result<Vec<Entry>, Error> {
        let found = self.client.walk(folder).max_depth(1).all().await?;
        Ok(found.into_iter().map(|found| found.entry).collect())
    }

    async fn start(&self, sending: Sending<'_>) -> Result<Upload, Error> {
        if let Some(state) = sending.state {
            let state: UploadState = serde_json::from_value(state.clone()).map_err(|_| {
                Error::new(ErrorKind::Integrity, "the saved state is not one of an upload")
            })?;
            return self.client.resume_upload(sending.path, state).start().await;
        }
        // A name that the folder has already becomes a new version.
        let upload =
            self.client.upload(number(&sending.folder.id)?, sending.path).name(sending.name);
        match sending.part_size {
            None => upload.start().await,
            Some(bytes) => {
                let length =
                    tokio::fs::metadata(sending.path).await.map_or(0, |metadata| metadata.len());
                let method = if length > bytes { UploadMethod::Tus } else { UploadMethod::Simple };
                upload.method(method).piece_size(bytes).start().await
            }
        }
    }
}

/// Platforms store either Unicode form of a name.
fn is_same_name(one: &str, other: &str) -> bool {
    one.nfc().eq(other.nfc())
}

fn remote_file(file: File) -> RemoteFile {
    RemoteFile {
        id: file.id.to_string(),
        size: size(file.size),
        md5: md5(file.hash.as_deref()),
        changed: file.modification,
        name: file.name.unwrap_or_default(),
    }
}

impl Remote for Netexplorer {
    fn traits(&self) -> Traits {
        Traits { keeps_dates: true, lists_at_once: true, deletes_folders: true }
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
                Entry::Folder(folder) => FoundNode::Folder(folder.id.map(|id| id.to_string())),
                Entry::File(file) => FoundNode::File(remote_file(file)),
            };
            Ok(Found { path: found.path, name: found.name, node })
        });
        found.boxed()
    }

    fn name_problem(&self, name: &str) -> Option<String> {
        name_problem(name)
    }

    fn named<'a>(
        &'a self,
        folder: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Vec<RemoteFile>, Error>> {
        Box::pin(async move {
            let entries = self.contents(number(&folder.id)?).await?.into_iter();
            let files = entries.filter_map(Entry::into_file).map(remote_file);
            Ok(files.filter(|file| is_same_name(&file.name, name)).collect())
        })
    }

    fn create_folder<'a>(
        &'a self,
        parent: &'a Folder,
        name: &'a str,
    ) -> BoxFuture<'a, Result<Folder, Error>> {
        Box::pin(async move {
            let parent = number(&parent.id)?;
            let new = CreateFolderRequest::new(parent, name);
            let failure = match self.client.create_folder(new).send().await {
                Ok(folder) => {
                    let folder = folder.into_inner();
                    let id = folder.require_id()?;
                    if folder.name.as_deref().is_none_or(|stored| is_same_name(stored, name)) {
                        return Ok(Folder { id: id.to_string(), names: None });
                    }
                    // Empty, and nobody else knows it. It goes to the trash, in case it is not empty after all.
                    let _ = self.client.delete_folder(id).send().await;
                    let stored = folder.name.unwrap_or_default();
                    let message =
                        format!("the platform stores the folder as {stored:?}; rename it");
                    Error::new(ErrorKind::Conflict, message)
                }
                Err(error) => error,
            };
            // Another program may have created it, or the response was lost.
            let existing = self.contents(parent).await.unwrap_or_default().into_iter();
            let mut existing = existing.filter_map(Entry::into_folder);
            let found =
                existing.find(|it| it.name.as_deref().is_some_and(|it| is_same_name(it, name)));
            match found.and_then(|folder| folder.id) {
                Some(id) => Ok(Folder { id: id.to_string(), names: None }),
                None => Err(failure),
            }
        })
    }

    fn upload<'a>(&'a self, file: Sending<'a>) -> BoxFuture<'a, Result<Box<dyn Running>, Error>> {
        Box::pin(async move { Ok(Box::new(self.start(file).await?) as Box<dyn Running>) })
    }

    fn download(&self, id: &str, target: &Path) -> Result<RangedDownload, Error> {
        Ok(self.client.download(number(id)?).to_file(target))
    }

    fn delete_file<'a>(&'a self, _: &'a Folder, id: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move { self.client.delete_file(number(id)?).send().await.map(drop) })
    }

    fn delete_empty_folder<'a>(&'a self, folder: &'a Folder) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let id = number(&folder.id)?;
            if self.client.walk(id).max_depth(1).try_next().await?.is_some() {
                return Ok(false);
            }
            self.client.delete_folder(id).send().await.map(|_| true)
        })
    }
}

impl Running for Upload {
    fn progress(&self) -> watch::Receiver<TransferProgress> {
        Upload::progress(self)
    }

    fn state(&self) -> Option<Value> {
        serde_json::to_value(Upload::state(self)).ok()
    }

    fn pause(&self) {
        Upload::pause(self);
    }

    fn resume(&self) {
        Upload::resume(self);
    }

    fn wait(&mut self) -> BoxFuture<'_, Result<RemoteFile, Error>> {
        Box::pin(async move {
            let uploaded = Upload::wait(self).await?;
            let name = uploaded.renamed().map(str::to_owned);
            match name {
                // Another file took the name meanwhile.
                Some(name) => {
                    let message = format!(
                        "the platform stored the file as {name:?}, since its name is taken"
                    );
                    Err(Error::new(ErrorKind::Conflict, message))
                }
                None => Ok(remote_file(uploaded.file)),
            }
        })
    }
}
