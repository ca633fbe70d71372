use std::time::Duration;

use chrono::{DateTime, Utc};
use oneteg_http::{Error, ErrorKind, UploadSource};

use super::{
    Upload, UploadMethod, UploadState, Uploaded, find,
    metadata::{FileDates, file_name},
    multipart, tus,
};
use crate::Client;

/// Smallest size that is uploaded over TUS by default, and the default size of a piece.
const PIECE_SIZE: u64 = 16 * 1024 * 1024;
const ASSEMBLY_TIMEOUT: Duration = Duration::from_secs(600);

/// Builder for an upload. It sends nothing until [`start`](Self::start) or [`send`](Self::send).
#[derive(Debug)]
#[must_use = "the upload sends nothing until `start` or `send`"]
pub struct UploadRequest {
    client: Client,
    folder_id: i64,
    source: UploadSource,
    name: Option<String>,
    method: Option<UploadMethod>,
    piece_size: u64,
    keep_dates: bool,
    created: Option<DateTime<Utc>>,
    modified: Option<DateTime<Utc>>,
    assembly_timeout: Duration,
    resumed: Option<UploadState>,
}

impl Client {
    /// Uploads a file into a folder. The source is a path, bytes, or a stream of known length; one that is not a
    /// path needs a [`name`](UploadRequest::name). Returns a builder.
    ///
    /// ```no_run
    /// # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
    /// let note = client.upload(42, b"hello".to_vec()).name("note.txt").send().await?;
    /// println!("version {:?}", note.id);
    /// # Ok(()) }
    /// ```
    pub fn upload(&self, folder_id: i64, source: impl Into<UploadSource>) -> UploadRequest {
        UploadRequest {
            client: self.clone(),
            folder_id,
            source: source.into(),
            name: None,
            method: None,
            piece_size: PIECE_SIZE,
            keep_dates: true,
            created: None,
            modified: None,
            assembly_timeout: ASSEMBLY_TIMEOUT,
            resumed: None,
        }
    }

    /// Resumes an interrupted upload, even from another process. The source must be the same one. Returns a
    /// builder.
    ///
    /// A TUS upload continues at the server's offset; the other methods start over. An upload that had already
    /// finished is not sent again if that can be determined: for TUS from its session, otherwise from the name,
    /// size and date of the file in the folder.
    pub fn resume_upload(
        &self,
        state: UploadState,
        source: impl Into<UploadSource>,
    ) -> UploadRequest {
        UploadRequest {
            name: Some(state.name.clone()),
            method: Some(state.method),
            piece_size: state.piece_size.max(1),
            created: state.created,
            modified: state.modified,
            resumed: Some(state.clone()),
            ..self.upload(state.folder_id, source)
        }
    }
}

impl UploadRequest {
    /// Sets the file's name. Default: the file name of the path.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets how the file is sent. Default: by its size.
    pub fn method(mut self, method: UploadMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// Sets the size of a chunk, or of one request of a TUS upload, in bytes; 0 counts as 1. Default: 16 MiB.
    pub fn piece_size(mut self, bytes: u64) -> Self {
        self.piece_size = bytes.max(1);
        self
    }

    /// Sets the file's creation time.
    pub fn created(mut self, at: DateTime<Utc>) -> Self {
        self.created = Some(at);
        self
    }

    /// Sets the file's modification time.
    pub fn modified(mut self, at: DateTime<Utc>) -> Self {
        self.modified = Some(at);
        self
    }

    /// Sets whether the upload takes over the dates of a file on disk, unless [`created`](Self::created) and
    /// [`modified`](Self::modified) set others. Default: yes.
    pub fn keep_dates(mut self, yes: bool) -> Self {
        self.keep_dates = yes;
        self
    }

    /// Sets how long to wait for the platform to assemble the file after all bytes are sent. Default: 10 minutes.
    pub fn assembly_timeout(mut self, limit: Duration) -> Self {
        self.assembly_timeout = limit;
        self
    }

    /// Uploads the file and waits for the end.
    ///
    /// # Errors
    /// Those of [`start`](Self::start) and [`Upload::wait`].
    pub async fn send(self) -> Result<Uploaded, Error> {
        self.start().await?.wait().await
    }

    /// Starts the upload in a task on the current tokio runtime. A TUS upload is first opened on the server, so
    /// that [`Upload::state`] is complete.
    ///
    /// # Errors
    /// - [`ErrorKind::InvalidRequest`] for a name that the platform does not accept, a source of unknown length,
    ///   or a state of another platform
    /// - [`ErrorKind::Integrity`] if the source of a resumed upload is another one or has changed
    /// - [`ErrorKind::Io`] for a path that is not a regular file
    /// - for TUS, the errors of opening the upload, such as [`ErrorCode::TooLarge`](crate::ErrorCode::TooLarge)
    ///   and [`ErrorCode::UploadExpired`](crate::ErrorCode::UploadExpired)
    pub async fn start(mut self) -> Result<Upload, Error> {
        let is_resumed = self.resumed.is_some();
        let mut state = self.prepare().await?;
        let Self { client, source, assembly_timeout, .. } = self;
        // A TUS upload that had finished is found through its session instead.
        let finished = match is_resumed && state.method != UploadMethod::Tus {
            true => find::finished(&client, &state).await,
            false => None,
        };
        let transfer = match (finished, state.method) {
            (Some(file), _) => Uploaded::new(file, &state).into_transfer(&state),
            (None, UploadMethod::Simple) => multipart::start_simple(client.clone(), &state, source),
            (None, UploadMethod::Chunked) => {
                multipart::start_chunked(client.clone(), &state, source, assembly_timeout)
            }
            (None, UploadMethod::Tus) => {
                tus::start(client.clone(), &mut state, source, assembly_timeout).await?
            }
        };
        Ok(Upload { transfer, state, client })
    }

    /// Determines everything that is known before the first request.
    async fn prepare(&mut self) -> Result<UploadState, Error> {
        let name = file_name(self.name.take(), &self.source)?;
        let identity = self.source.identity().await?;
        let Some(size) = identity.length() else {
            let message = "the length of the source is unknown; give it when creating the stream";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        let target = self.client.runtime().base_url().to_string();
        if let Some(resumed) = &self.resumed {
            resumed.check_matches(&identity, &target)?;
        }
        // A resumed upload keeps the dates of its state, or its absence of dates.
        let dates = match self.keep_dates && self.resumed.is_none() {
            true => FileDates::read(&self.source).await,
            false => FileDates::default(),
        };
        let default_method =
            if size < PIECE_SIZE { UploadMethod::Simple } else { UploadMethod::Tus };
        Ok(UploadState {
            method: self.method.unwrap_or(default_method),
            folder_id: self.folder_id,
            name,
            size,
            piece_size: self.piece_size,
            created: self.created.or(dates.created),
            modified: self.modified.or(dates.modified),
            source_modified: None,
            source: Some(identity),
            target: Some(target),
            tus: self.resumed.take().and_then(|resumed| resumed.tus),
        })
    }
}
