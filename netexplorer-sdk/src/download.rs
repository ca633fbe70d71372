//! Downloading a file: to disk in parallel ranges if the platform supports them, or as a stream.
//!
//! | | Platform with ranges | Platform without |
//! |---|---|---|
//! | requests | [`parallel`](RangedDownload::parallel) ranges of [`part_size`](RangedDownload::part_size) | one |
//! | the connection breaks | the range continues where it broke | starts over, at most three times |
//! | [`state_file`](RangedDownload::state_file) or [`resume`](RangedDownload::resume) in another process | requests only what is missing on disk | starts over |
//!
//! In all cases, the file appears under its path only when it is complete and all of one version.

use std::path::PathBuf;

use oneteg_auth::BoxFuture;
use oneteg_http::{
    ByteStream, CallOptions, Error, RangeRequest, RangedDownload, RangedStream, ResponseValue,
    UploadSource,
};

use crate::Client;

/// Builder for a download. It sends nothing until [`to_file`](Self::to_file) or [`stream`](Self::stream), which
/// choose where the bytes go.
#[derive(Debug, Clone)]
#[must_use = "call `to_file` or `stream` to choose where the bytes go"]
pub struct DownloadRequest {
    client: Client,
    file_id: i64,
}

impl Client {
    /// Downloads a version of a file. Returns a builder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::Checksum;
    ///
    /// client.download(99).to_file("film.mov").send().await?;
    ///
    /// // Verified, and resumed if an earlier run of this program was interrupted:
    /// let hash = client.get_file(99).send().await?.into_inner().hash.unwrap_or_default();
    /// let download = client.download(99).to_file("film.mov").state_file("film.state");
    /// let bytes = download.checksum(Checksum::md5(&hash)).send().await?;
    ///
    /// let note = client.download(100).stream().await?.collect(1 << 20).await?;
    /// # let _ = (bytes, note); Ok(()) }
    /// ```
    pub fn download(&self, file_id: i64) -> DownloadRequest {
        DownloadRequest { client: self.clone(), file_id }
    }

    /// Replaces the content of a file with that of a path, bytes or a stream. Unlike
    /// [`upload`](Client::upload), it takes the ID of a version, not of a folder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// client.replace_content(99, b"hello again".to_vec()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of any call.
    pub async fn replace_content(
        &self,
        file_id: i64,
        source: impl Into<UploadSource>,
    ) -> Result<(), Error> {
        self.replace_file_content(file_id, source).send().await.map(drop)
    }
}

impl DownloadRequest {
    /// Downloads to a path, which gets the complete file of one version, or nothing. Returns a builder: set how to
    /// download, then call [`send`](RangedDownload::send) or [`start`](RangedDownload::start).
    ///
    /// Its errors are those of any call; [`ErrorKind::Io`](oneteg_http::ErrorKind::Io) if the file cannot be
    /// written; [`ErrorKind::Integrity`](oneteg_http::ErrorKind::Integrity) if it changes during the download or
    /// its checksum differs; [`ErrorKind::Html`](oneteg_http::ErrorKind::Html) for an HTML page in its place.
    pub fn to_file(self, path: impl Into<PathBuf>) -> RangedDownload {
        RangedDownload::new(path, self.into_ranges())
    }

    /// Opens the file as a stream, which survives lost connections; see [`RangedStream`].
    ///
    /// # Errors
    /// Those of any call.
    pub async fn stream(self) -> Result<RangedStream, Error> {
        RangedStream::open(self.into_ranges()).await
    }

    /// The function that requests a range.
    fn into_ranges(self) -> impl Fn(RangeRequest) -> RangeFuture + Send + Sync + 'static {
        let Self { client, file_id } = self;
        move |range| {
            let options = CallOptions::new().range(range);
            Box::pin(client.download_file(file_id).call_options(options).send())
        }
    }
}

type RangeFuture = BoxFuture<'static, Result<ResponseValue<ByteStream>, Error>>;
