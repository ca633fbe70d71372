use std::{future::IntoFuture, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use oneteg_auth::BoxFuture;
use oneteg_http::{Error, ErrorKind, SourceIdentity, StateFile, UploadSource};

use super::{
    Upload, UploadMethod, UploadState, Uploaded, find,
    metadata::{FileDates, file_name},
    multipart,
    tus::TusUpload,
    tus_protocol,
};
use crate::{Client, ErrorCode};

/// Smallest size that is uploaded over TUS by default, and the default size of a piece.
const PIECE_SIZE: u64 = 16 * 1024 * 1024;
const ASSEMBLY_TIMEOUT: Duration = Duration::from_secs(600);
/// Smallest simple upload whose folder is checked first. The other methods contact the platform before they send
/// bytes anyway.
const CHECKED_SIZE: u64 = 1024 * 1024;

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
    state_file: Option<StateFile>,
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
            state_file: None,
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
        source: impl Into<UploadSource>,
        state: UploadState,
    ) -> UploadRequest {
        let mut upload = self.upload(state.folder_id, source);
        upload.name = Some(state.name.clone());
        upload.take_over(state);
        upload
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

    /// Keeps the state of the upload in a file: resumes from it if it exists, writes it before the first byte is
    /// sent, and removes it after success. Calling this again with the same source and file resumes what was
    /// interrupted, in this process or another.
    ///
    /// If the source has changed meanwhile, or the server no longer knows the upload, the upload starts over. A file
    /// that is not a state, or that of an upload to another folder, name or platform, is an error, and stays.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(StateFile::new(path));
        self
    }

    /// Continues with the settings of an interrupted upload.
    fn take_over(&mut self, state: UploadState) {
        self.method = Some(state.method);
        self.piece_size = state.piece_size.max(1);
        (self.created, self.modified) = (state.created, state.modified);
        self.resumed = Some(state);
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
    ///   or a state of another upload or platform
    /// - [`ErrorKind::Integrity`] if the source of a resumed upload is another one or has changed, the state file
    ///   contains something else, or the platform continues an earlier TUS upload instead of opening a new one
    /// - [`ErrorKind::Io`] for a path that is not a regular file, or a state file that cannot be written
    /// - [`ErrorKind::NotFound`] or [`ErrorKind::PermissionDenied`] if the folder does not exist or does not accept
    ///   files, for sources of 1 MiB and more; smaller ones are refused when they are sent
    /// - for TUS, the errors of opening the upload, such as [`ErrorCode::TooLarge`] and
    ///   [`ErrorCode::UploadExpired`]
    pub async fn start(mut self) -> Result<Upload, Error> {
        // Only an upload that the caller did not ask to resume may start over.
        let may_start_over = self.resumed.is_none();
        let mut state = self.prepare().await?;
        let is_resumed = self.resumed.is_some();
        let Self { client, source, assembly_timeout, state_file, .. } = self;
        // A TUS upload that had finished is found through its session instead.
        let finished = match is_resumed && state.method != UploadMethod::Tus {
            true => find::finished(&client, &state).await,
            false => None,
        };
        let tus = match state.method {
            UploadMethod::Tus => {
                let mut tus = TusUpload::open(client.clone(), &mut state, assembly_timeout).await;
                if may_start_over && is_resumed && has_expired(&tus) {
                    state.tus = None;
                    tus = TusUpload::open(client.clone(), &mut state, assembly_timeout).await;
                }
                Some(tus?)
            }
            UploadMethod::Simple if finished.is_none() && state.size >= CHECKED_SIZE => {
                check_folder(&client, state.folder_id).await?;
                None
            }
            UploadMethod::Simple | UploadMethod::Chunked => None,
        };
        if let Some(file) = &state_file {
            file.save(&state).await?;
        }
        let transfer = match (finished, tus) {
            (Some(file), _) => Uploaded::new(file, &state).into_transfer(&state),
            (None, Some(tus)) => tus.start(source),
            (None, None) if state.method == UploadMethod::Chunked => {
                multipart::start_chunked(client.clone(), &state, source, assembly_timeout)
            }
            (None, None) => multipart::start_simple(client.clone(), &state, source),
        };
        let transfer = match &state_file {
            Some(file) => {
                let state = state.clone();
                transfer.keep_state(file.clone(), move |_| state.clone())
            }
            None => transfer,
        };
        Ok(Upload { transfer, state, client, state_file })
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
        match &self.resumed {
            Some(resumed) => resumed.check_matches(&identity, &target)?,
            None => {
                if let Some(saved) = self.saved_state(&name, &identity, &target).await? {
                    self.take_over(saved);
                }
            }
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
            tus: self.resumed.as_ref().and_then(|resumed| resumed.tus.clone()),
        })
    }

    /// The state in the state file, if it is still that of this source.
    async fn saved_state(
        &self,
        name: &str,
        source: &SourceIdentity,
        target: &str,
    ) -> Result<Option<UploadState>, Error> {
        let Some(file) = &self.state_file else { return Ok(None) };
        let Some(saved) = file.load::<UploadState>().await? else { return Ok(None) };
        if (saved.folder_id, &*saved.name) != (self.folder_id, name) {
            let path = file.path().display();
            let message =
                format!("the state file {path} is that of another upload; use one file per upload");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        match saved.check_matches(source, target) {
            Ok(()) => Ok(Some(saved)),
            Err(error) if error.kind() == ErrorKind::Integrity => {
                if let Some(session) = &saved.tus {
                    // The server deletes it by itself when the session expires.
                    let _ = tus_protocol::delete(&self.client, session).await;
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn has_expired<T>(result: &Result<T, Error>) -> bool {
    result.as_ref().is_err_and(|error| ErrorCode::of(error) == Some(ErrorCode::UploadExpired))
}

/// Fails if the folder certainly does not accept files.
async fn check_folder(client: &Client, id: i64) -> Result<(), Error> {
    match client.get_folder(id).send().await {
        Ok(folder) if folder.can_write == Some(false) => {
            let message = "the folder does not accept files of this user; nothing was sent";
            Err(Error::new(ErrorKind::PermissionDenied, message))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(error),
        // A folder that this user may not read may accept files all the same.
        _ => Ok(()),
    }
}

impl IntoFuture for UploadRequest {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
