//! Downloads of an asset's files: to a file in ranges, or as a stream.
//!
//! | | Server with ranges | Server without |
//! |---|---|---|
//! | requests | several ranges at the same time | one |
//! | the connection breaks | the range continues where it broke | starts over, at most three times |
//! | resumed in another process | requests only what is missing on disk | starts over |
//!
//! In all cases, the file appears under its path only when it is complete and all of one version: see
//! [`oneteg_http::transfer`].

use std::path::PathBuf;

use oneteg_http::{
    ByteStream, CallOptions, Error, RangeRequest, RangedDownload, RangedStream, ResponseValue,
};

use crate::Client;

/// One of an asset's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rendition {
    /// The original file.
    #[default]
    Original,
    /// A medium image.
    Preview,
    /// A small image.
    Thumbnail,
    /// The file of the view with this ID.
    View(i64),
}

/// Builder for a download. Made by [`Client::download`].
#[derive(Debug, Clone)]
#[must_use = "call `to_file` or `stream` to start the download"]
pub struct DownloadRequest {
    client: Client,
    asset_id: i64,
    rendition: Rendition,
}

impl Client {
    /// Downloads the original of an asset, or another of its [`rendition`](DownloadRequest::rendition)s. Returns a
    /// builder.
    ///
    /// ```no_run
    /// # async fn example(client: netx_sdk::Client) -> Result<(), netx_sdk::Error> {
    /// use netx_sdk::{download::Rendition, types::{DataSelector, RequestOptions}};
    ///
    /// let parts = RequestOptions::new().select([DataSelector::AssetId, DataSelector::AssetFile]);
    /// for asset in client.get_assets([201]).options(parts).send().await?.into_inner() {
    ///     let mut file = client.download(asset.id).to_file("film.mov");
    ///     if let Some(checksum) = asset.md5() {
    ///         file = file.checksum(checksum);
    ///     }
    ///     let bytes = file.send().await?;
    ///     println!("{bytes} bytes");
    /// }
    /// let thumbnail = client.download(201).rendition(Rendition::Thumbnail).stream().await?;
    /// # let _ = thumbnail; Ok(()) }
    /// ```
    pub fn download(&self, asset_id: i64) -> DownloadRequest {
        DownloadRequest { client: self.clone(), asset_id, rendition: Rendition::Original }
    }
}

impl DownloadRequest {
    /// Chooses one of the asset's files. Default: [`Rendition::Original`].
    pub fn rendition(mut self, rendition: Rendition) -> Self {
        self.rendition = rendition;
        self
    }

    /// Downloads to a file, which appears only when it is complete. Returns a builder with the size and number of
    /// ranges, the expected checksum, and the state (or its [file](RangedDownload::state_file)) to resume from.
    pub fn to_file(self, path: impl Into<PathBuf>) -> RangedDownload {
        RangedDownload::new(path, move |range| self.clone().read_range(range))
    }

    /// Opens the file as a stream, which resumes by itself after a broken connection.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn stream(self) -> Result<RangedStream, Error> {
        RangedStream::open(move |range| self.clone().read_range(range)).await
    }

    async fn read_range(self, range: RangeRequest) -> Result<ResponseValue<ByteStream>, Error> {
        let Self { client, asset_id, rendition } = self;
        let options = CallOptions::new().range(range);
        match rendition {
            Rendition::Original => {
                client.get_asset_original(asset_id).call_options(options).send().await
            }
            Rendition::Preview => {
                client.get_asset_preview(asset_id).call_options(options).send().await
            }
            Rendition::Thumbnail => {
                client.get_asset_thumbnail(asset_id).call_options(options).send().await
            }
            Rendition::View(view_id) => {
                client.get_view_file(asset_id, view_id).call_options(options).send().await
            }
        }
    }
}
