//! Downloading a file, in ranges where the platform has them.

use std::path::PathBuf;

use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, Method, RangedDownload, ResponseValue,
    Transfer, TransferState, UploadSource, reqwest::Url,
};
use oneteg_auth::Secret;
use serde_json::Value;

use crate::Client;

/// What a token of a file lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenUse {
    /// Download the file.
    Download,
    /// See its preview.
    Preview,
}

/// A download as it is set up.
#[derive(Debug)]
#[must_use = "the download is begun by `start` or `send`"]
pub struct DownloadRequest {
    client: Client,
    file_id: i64,
    path: PathBuf,
    part_size: Option<u64>,
    parallel: Option<usize>,
    resumed: Option<TransferState>,
}

impl Client {
    /// Begins a download of a version of a file, to a path. A range that breaks off is asked for from
    /// where it broke; a platform that knows no ranges is read in one piece, and its download begins anew
    /// when it breaks.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let bytes = client.download(99, "film.mov").send().await?;
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
            resumed: None,
        }
    }

    /// A URL that downloads a file, or shows its preview, without any other credential: to hand to a
    /// browser. How long it lives is not documented.
    ///
    /// # Errors
    /// As every call.
    pub async fn link(&self, file_id: i64, what: TokenUse) -> Result<Secret, Error> {
        let kind = match what {
            TokenUse::Download => "download",
            TokenUse::Preview => "preview",
        };
        let request = self.request(Method::POST, format!("/token/file/{file_id}/{kind}"));
        let answer = request.send::<Value>().await?;
        let token = answer["token"].as_str().ok_or_else(|| {
            Error::new(ErrorKind::Decode, "the platform made a token, but its answer has no `token`")
        })?;
        let path = match what {
            TokenUse::Download => "/file/download".to_owned(),
            TokenUse::Preview => format!("/preview/{file_id}"),
        };
        let mut url: Url = self.runtime().base_url().clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url.query_pairs_mut().append_pair("token", token);
        Ok(Secret::from(String::from(url)))
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
        let request = self.request(Method::PUT, format!("/file/{file_id}/upload"));
        request.body(source).send_empty().await.map(drop)
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

    /// Goes on with a download of the same version to the same path that ended early, perhaps in another
    /// process, from the [`Transfer::state`] of then.
    pub fn resume(mut self, state: TransferState) -> Self {
        self.resumed = Some(state);
        self
    }

    /// Begins, in a task of the current tokio runtime. The end gives the number of bytes.
    pub fn start(self) -> Transfer<u64> {
        let Self { client, file_id, path, part_size, parallel, resumed } = self;
        let mut download = RangedDownload::new(path, move |range| {
            let client = client.clone();
            async move { fetch(&client, file_id, CallOptions::new().range(range)).await }
        });
        if let Some(bytes) = part_size {
            download = download.part_size(bytes);
        }
        if let Some(ranges) = parallel {
            download = download.parallel(ranges);
        }
        if let Some(state) = resumed {
            download = download.resume(state);
        }
        download.start()
    }

    /// Downloads the file and waits for the end, which gives the number of bytes.
    ///
    /// # Errors
    /// As every call; [`ErrorKind::Io`] when the file cannot be written, [`ErrorKind::Integrity`] when it
    /// changes meanwhile.
    pub async fn send(self) -> Result<u64, Error> {
        self.start().wait().await
    }
}

async fn fetch(
    client: &Client,
    file_id: i64,
    options: CallOptions,
) -> Result<ResponseValue<ByteStream>, Error> {
    let request = client.request(Method::GET, format!("/file/{file_id}/download"));
    request.options(options).send_stream().await
}
