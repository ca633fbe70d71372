//! Downloading a file, in ranges where the platform has them.

use std::path::PathBuf;

use oneteg_http::{
    CallOptions, Checksum, Error, RangedDownload, Transfer, TransferState, UploadSource,
};

use crate::Client;

/// A download as it is set up.
#[derive(Debug)]
#[must_use = "the download is begun by `start` or `send`"]
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
    /// Begins a download of a version of a file, to a path. What gets the path's name is the whole file of one
    /// version, or nothing: see [`RangedDownload`]. A range that breaks off is requested from where it broke;
    /// without ranges the file is read in one piece, and the download begins anew if that breaks.
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

    /// Replaces the content of a file with what a source has: a path, bytes or a stream. Unlike an upload
    /// it names the version and not the folder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// client.replace_content(99, b"hello again".to_vec()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As every call.
    pub async fn replace_content(
        &self,
        file_id: i64,
        source: impl Into<UploadSource>,
    ) -> Result<(), Error> {
        self.replace_file_content(file_id, source).send().await.map(drop)
    }
}

impl DownloadRequest {
    /// How many bytes are asked for at a time. Default: 8 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = Some(bytes);
        self
    }

    /// How many ranges are under way at the same time. Default: 4.
    pub fn parallel(mut self, ranges: usize) -> Self {
        self.parallel = Some(ranges);
        self
    }

    /// The checksum to compare the bytes with: the file's `hash` is an MD5 sum, if the platform gives
    /// one.
    pub fn checksum(mut self, checksum: Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Resumes a download of the same version to the same path that ended early, perhaps in another
    /// process, from the [`Transfer::state`] of then; see [`RangedDownload::resume`].
    pub fn resume(mut self, state: TransferState) -> Self {
        self.resumed = Some(state);
        self
    }

    /// Begins, in a task of the current tokio runtime. The end gives the number of bytes.
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

    /// Downloads the file and waits for the end, which gives the number of bytes.
    ///
    /// # Errors
    /// As every call; [`ErrorKind::Io`](oneteg_http::ErrorKind::Io) when the file cannot be written;
    /// [`ErrorKind::Integrity`](oneteg_http::ErrorKind::Integrity) when it changes meanwhile, or its checksum
    /// differs; [`ErrorKind::Html`](oneteg_http::ErrorKind::Html) when an HTML page is sent instead.
    pub async fn send(self) -> Result<u64, Error> {
        self.start().wait().await
    }
}
