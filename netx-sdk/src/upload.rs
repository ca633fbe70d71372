//! Importing a file as a new asset, with checks before the bytes.
//!
//! NetX takes a file in one request, so an import cannot be resumed. What can be checked without the file is checked
//! first: a file of gigabytes is not sent to a folder that does not exist.

use oneteg_auth::BoxFuture;
use oneteg_http::{Error, ErrorKind, FilePart, UploadSource};

use crate::{
    Client,
    types::{Asset, DataSelector, ImportAssetForm, RequestOptions},
};

/// Builder for an import. It sends nothing until [`send`](Self::send).
#[derive(Debug)]
#[must_use = "the import sends nothing until `send`"]
pub struct UploadRequest {
    client: Client,
    folder_id: i64,
    source: UploadSource,
    name: Option<String>,
}

impl Client {
    /// Imports a file into a folder, as a new asset. The source is a path, bytes or a stream; one that is not a
    /// path needs a [`name`](UploadRequest::name). Returns a builder.
    ///
    /// [`import_asset`](Self::import_asset) is the operation without checks, and with a content type for the file.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// let harbour = client.upload(341, "pictures/harbour.jpg").send().await?;
    /// let note = client.upload(341, b"hello".to_vec()).name("note.txt").await?; // `send` may be omitted.
    /// println!("{} {}", harbour.id, note.id);
    /// # Ok(()) }
    /// ```
    pub fn upload(&self, folder_id: i64, source: impl Into<UploadSource>) -> UploadRequest {
        UploadRequest { client: self.clone(), folder_id, source: source.into(), name: None }
    }
}

impl UploadRequest {
    /// Sets the file's name. Default: the file name of the path.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Checks that the folder can be listed, then sends the file. Returns the new asset.
    ///
    /// # Errors
    /// Those of any call. [`ErrorKind::InvalidRequest`] if the file has no name; [`ErrorKind::Io`] if it cannot be
    /// read; [`ErrorKind::Integrity`] if it changes meanwhile.
    pub async fn send(self) -> Result<Asset, Error> {
        let Self { client, folder_id, source, name } = self;
        let name = name.or_else(|| source.file_name()).filter(|name| !name.is_empty());
        let Some(name) = name else {
            let message = "the file has no name; set one with `name`";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        let options = RequestOptions::new().select([DataSelector::FolderId]).page(0, 1);
        client.get_folders_by_parent(folder_id).options(options).send().await?;
        let form = ImportAssetForm::new(FilePart::new(&*name, source), folder_id, &*name);
        Ok(client.import_asset(form).send().await?.into_inner())
    }
}

impl IntoFuture for UploadRequest {
    type Output = Result<Asset, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
