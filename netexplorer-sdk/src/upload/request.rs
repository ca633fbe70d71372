use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, SubsecRound, Utc};
use oneteg_http::{Error, ErrorKind, UploadSource};

use super::{Upload, UploadMethod, UploadState, Uploaded, chunked, find, name, simple, tus};
use crate::Client;

/// From this size on, files go by TUS; and how many bytes a piece has.
const PIECE: u64 = 16 * 1024 * 1024;
/// How long the platform may take to put a file together.
const ASSEMBLY: Duration = Duration::from_secs(600);

/// An upload as it is set up; begun by [`start`](Self::start) or [`send`](Self::send).
#[derive(Debug)]
#[must_use = "the upload is begun by `start` or `send`"]
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
    assembly: Duration,
    resumed: Option<UploadState>,
}

impl Client {
    /// Begins an upload into a folder, from a path, from bytes or from a stream of known length. What is
    /// not a path needs a [`name`](UploadRequest::name).
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
            piece_size: PIECE,
            keep_dates: true,
            created: None,
            modified: None,
            assembly: ASSEMBLY,
            resumed: None,
        }
    }

    /// Goes on with an upload that ended early, perhaps in another process, with the same source. A TUS
    /// upload resumes at the server's offset; others begin anew. One that had finished is not sent again
    /// if that can be determined: for TUS by its session, otherwise by the name, size and date of the
    /// file in the folder.
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
    /// The file's name. Default: that of the path.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How the file is sent. Default: by its size.
    pub fn method(mut self, method: UploadMethod) -> Self {
        self.method = Some(method);
        self
    }

    /// How many bytes a chunk, or a request of a TUS upload, has; 0 counts as 1. Default: 16 MiB.
    pub fn piece_size(mut self, bytes: u64) -> Self {
        self.piece_size = bytes.max(1);
        self
    }

    /// When the file was made.
    pub fn created(mut self, at: DateTime<Utc>) -> Self {
        self.created = Some(at);
        self
    }

    /// When the file was last changed.
    pub fn modified(mut self, at: DateTime<Utc>) -> Self {
        self.modified = Some(at);
        self
    }

    /// Whether a file on disk keeps its dates, where [`created`](Self::created) and
    /// [`modified`](Self::modified) do not say others. Default: yes.
    pub fn keep_dates(mut self, yes: bool) -> Self {
        self.keep_dates = yes;
        self
    }

    /// How long to wait for the platform to put the file together, when all its bytes are there. Default:
    /// 10 minutes.
    pub fn assembly_timeout(mut self, limit: Duration) -> Self {
        self.assembly = limit;
        self
    }

    /// Uploads the file and waits for the end.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`Upload::wait`].
    pub async fn send(self) -> Result<Uploaded, Error> {
        self.start().await?.wait().await
    }

    /// Begins the upload, in a task of the current tokio runtime. A TUS upload is opened on the server
    /// first, so that [`Upload::state`] has all that a resumption needs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a name that the platform does not accept, a source of unknown length, or a
    /// state that belongs to another platform; [`ErrorKind::Integrity`] when a resumed upload's source is another one
    /// or has changed; [`ErrorKind::Io`] for a path that is not a regular file; for TUS, the errors of opening it, such
    /// as [`ErrorCode::TooLarge`](crate::ErrorCode::TooLarge) and
    /// [`ErrorCode::UploadExpired`](crate::ErrorCode::UploadExpired).
    pub async fn start(mut self) -> Result<Upload, Error> {
        let is_resumed = self.resumed.is_some();
        let (mut state, client, assembly) =
            (self.prepare().await?, self.client.clone(), self.assembly);
        let before = match is_resumed && state.method != UploadMethod::Tus {
            true => find::finished(&client, &state).await,
            false => None,
        };
        let transfer = match (before, state.method) {
            (Some(file), _) => Uploaded::before(&state, file),
            (None, UploadMethod::Simple) => simple::start(client, &state, self.source),
            (None, UploadMethod::Chunked) => chunked::start(client, &state, self.source, assembly),
            (None, UploadMethod::Tus) => {
                tus::start(client, &mut state, self.source, assembly).await?
            }
        };
        Ok(Upload { transfer, state, client: self.client })
    }

    /// All that is known before the first call.
    async fn prepare(&mut self) -> Result<UploadState, Error> {
        let name = match (self.name.take(), self.source.file_path().and_then(Path::file_name)) {
            (Some(name), _) => name,
            (None, Some(name)) => name.to_string_lossy().into_owned(),
            (None, None) => {
                let message = "the upload needs a name: call `name`";
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            }
        };
        name::check(&name)?;
        let identity = self.source.identity().await?;
        let Some(size) = identity.length() else {
            let message = "the length of the upload must be known; give it with the stream";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        let disk = match self.source.file_path() {
            Some(path) => Dates::of(path).await,
            None => Dates::default(),
        };
        let target = self.client.runtime().base_url().to_string();
        if let Some(before) = &self.resumed {
            before.fits(&identity, &target)?;
        }
        let chosen = if size < PIECE { UploadMethod::Simple } else { UploadMethod::Tus };
        // What was resumed has its dates, or was not to have any.
        let keep = self.keep_dates && self.resumed.is_none();
        Ok(UploadState {
            method: self.method.unwrap_or(chosen),
            folder_id: self.folder_id,
            name,
            size,
            piece_size: self.piece_size,
            created: self.created.or(disk.created.filter(|_| keep)),
            modified: self.modified.or(disk.modified.filter(|_| keep)),
            source_modified: None,
            source: Some(identity),
            target: Some(target),
            tus: self.resumed.take().and_then(|before| before.tus),
        })
    }
}

/// The dates of a file on disk, in whole seconds, as the wire has them.
#[derive(Default)]
struct Dates {
    created: Option<DateTime<Utc>>,
    modified: Option<DateTime<Utc>>,
}

impl Dates {
    async fn of(path: &Path) -> Self {
        let Ok(metadata) = tokio::fs::metadata(path).await else { return Self::default() };
        let date = |time: SystemTime| DateTime::<Utc>::from(time).trunc_subsecs(0);
        // Not every file system knows when a file was made.
        Self {
            created: metadata.created().ok().map(date),
            modified: metadata.modified().ok().map(date),
        }
    }
}
