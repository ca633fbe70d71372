//! Downloading a file to disk, in parallel ranges if the platform supports them.
//!
//! | | Platform with ranges | Platform without |
//! |---|---|---|
//! | requests | [`parallel`](DownloadRequest::parallel) ranges of [`part_size`](DownloadRequest::part_size) | one |
//! | the connection breaks | the range continues where it broke | starts over, at most three times |
//! | [`resume`](DownloadRequest::resume) in another process | requests only what is missing on disk | starts over |
//!
//! In all cases, the file appears under its path only when it is complete and all of one version.

use std::path::PathBuf;

use oneteg_http::{
    CallOptions, Checksum, Error, RangedDownload, Transfer, TransferState, UploadSource,
};

use crate::Client;

/// Builder for a download. It sends nothing until [`start`](Self::start) or [`send`](Self::send).
#[derive(Debug)]
#[must_use = "the download sends nothing until `start` or `send`"]
pub struct DownloadRequest {
    client: Client,
    file_id: i64,
    path: PathBuf,
    part_size: Option<u64>,
    parallel: Option<usize>,
    checksum: Option<Checksum>,
    resumed: Option<TransferState>,
}

impl Client {
    /// Downloads a version of a file to a path. Returns a builder.
    ///
    /// The path gets the complete file of one version, or nothing: see [`RangedDownload`].
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// use netexplorer_sdk::Checksum;
    ///
    /// let file = client.get_file(99).send().await?;
    /// let mut download = client.download(99, "film.mov");
    /// if let Some(hash) = &file.hash {
    ///     download = download.checksum(Checksum::md5(hash));
    /// }
    /// let bytes = download.send().await?;
    /// println!("{bytes} bytes");
    /// # Ok(()) }
    /// ```
    pub fn download(&self, file_id: i64, path: impl Into<PathBuf>) -> DownloadRequest {
        DownloadRequest {
            client: self.clone(),
            file_id,
            path: path.into(),
            part_size: None,
            parallel: None,
            checksum: None,
            resumed: None,
        }
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
    /// Sets the size of a range in bytes. Default: 8 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = Some(bytes);
        self
    }

    /// Sets how many ranges are requested at the same time. Default: 4.
    pub fn parallel(mut self, ranges: usize) -> Self {
        self.parallel = Some(ranges);
        self
    }

    /// Sets the expected checksum of the file. A file's `hash` is its MD5 checksum, on platforms that report one.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Resumes an interrupted download of the same version to the same path, even from another process. `state`
    /// is its [`Transfer::state`]; see [`RangedDownload::resume`].
    pub fn resume(mut self, state: TransferState) -> Self {
        self.resumed = Some(state);
        self
    }

    /// Starts the download in a task on the current tokio runtime. Its result is the number of bytes.
    pub fn start(self) -> Transfer<u64> {
        let Self { client, file_id, path, part_size, parallel, checksum, resumed } = self;
        let mut download = RangedDownload::new(path, move |range| {
            let client = client.clone();
            let options = CallOptions::new().range(range);
            async move { client.download_file(file_id).call_options(options).send().await }
        });
        if let Some(bytes) = part_size {
            download = download.part_size(bytes);
        }
        if let Some(ranges) = parallel {
            download = download.parallel(ranges);
        }
        if let Some(checksum) = checksum {
            download = download.checksum(checksum);
        }
        if let Some(state) = resumed {
            download = download.resume(state);
        }
        download.start()
    }

    /// Downloads the file and waits for the end. Returns the number of bytes.
    ///
    /// # Errors
    /// Those of any call; [`ErrorKind::Io`](oneteg_http::ErrorKind::Io) if the file cannot be written;
    /// [`ErrorKind::Integrity`](oneteg_http::ErrorKind::Integrity) if it changes during the download or its
    /// checksum differs; [`ErrorKind::Html`](oneteg_http::ErrorKind::Html) for an HTML page in its place.
    pub async fn send(self) -> Result<u64, Error> {
        self.start().wait().await
    }
}
