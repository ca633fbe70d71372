//! Setting up and starting an upload.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use oneteg_auth::BoxFuture;
use oneteg_http::{
    Error, ErrorKind, FilePart, PartUpload, SourceIdentity, StateFile, TransferState, UploadSource,
};

use super::{
    block_writer::BlockWriter,
    checks,
    handle::{Upload, Uploaded},
    plan::{DEFAULT_BLOCK_SIZE, MAX_FILE_SIZE, UploadPlan},
    renewable_link::RenewableLink,
    resume::{self, Resumed},
    state::{AssetDetails, SavedLink, UploadKind, UploadSession, UploadState, nanoseconds},
    steps,
};
use crate::{Client, StorageError, storage::checksum::BlockChecksum};

impl Client {
    /// Returns a builder for the upload of a file as a new asset: from a path, or from a [`FilePart`] with any
    /// source and a name. The media type is not sent, since the vendor's steps have no place for it.
    ///
    /// Set at least one [category](UploadRequest::category), and the [attributes](UploadRequest::attribute) that
    /// the account requires. Start the upload with [`send`](UploadRequest::send) or
    /// [`start`](UploadRequest::start).
    pub fn upload(&self, file: impl Into<FilePart>) -> UploadRequest {
        UploadRequest::new(self, file.into(), UploadKind::New)
    }

    /// Returns a builder for the upload of a file as a new version of an asset. The asset is checked out, the
    /// file name validated, the bytes uploaded, and the asset checked in.
    ///
    /// If the upload fails in between, the asset stays checked out: [resume](Self::resume_upload) the upload, or
    /// check the asset in manually. Of the setters for details, only [`comment`](UploadRequest::comment) applies.
    pub fn upload_version(
        &self,
        asset_id: impl Into<String>,
        file: impl Into<FilePart>,
    ) -> UploadRequest {
        UploadRequest::new(self, file.into(), UploadKind::Version { asset_id: asset_id.into() })
    }

    /// Resumes an interrupted upload, even from another process. The file must be the same; its title and other
    /// details are in the state.
    ///
    /// The storage host is asked which blocks it has, so an old state is as useful as a new one. If the link does
    /// not permit that, the state decides. An upload that had finished returns its [`Uploaded`] at once; for a new
    /// version only the state shows that, so save it after the upload has finished, too.
    pub fn resume_upload(&self, file: impl Into<FilePart>, state: UploadState) -> UploadRequest {
        let mut upload = UploadRequest::new(self, file.into(), UploadKind::New);
        upload.resume = Some(state);
        upload
    }
}

/// Builder for an upload. Made by [`Client::upload`], [`Client::upload_version`] and [`Client::resume_upload`].
#[derive(Debug)]
#[must_use = "call `send` or `start` to start the upload"]
pub struct UploadRequest {
    client: Client,
    source: UploadSource,
    kind: UploadKind,
    details: AssetDetails,
    block_size: u64,
    parallel: usize,
    ready_within: Option<Duration>,
    checksum: BlockChecksum,
    check_ids: bool,
    resume: Option<UploadState>,
    state_file: Option<StateFile>,
}

impl IntoFuture for UploadRequest {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// As [`send`](UploadRequest::send).
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl UploadRequest {
    fn new(client: &Client, file: FilePart, kind: UploadKind) -> Self {
        let (source, file_name, _) = file.into_parts();
        Self {
            client: client.clone(),
            source,
            kind,
            details: AssetDetails { file_name, own_file_name: true, ..AssetDetails::default() },
            block_size: DEFAULT_BLOCK_SIZE,
            parallel: 4,
            ready_within: None,
            checksum: BlockChecksum::default(),
            check_ids: true,
            resume: None,
            state_file: None,
        }
    }

    /// Sets the name of the file. Default: that of the path, or of the [`FilePart`].
    pub fn name(mut self, file_name: impl Into<String>) -> Self {
        self.details.file_name = file_name.into();
        self
    }

    /// Sets the asset's title. Default: the file name without its extension.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.details.title = Some(title.into());
        self
    }

    /// Sets the asset's description. Default: empty.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.details.description = description.into();
        self
    }

    /// Adds a category, by its id. A new asset needs at least one.
    pub fn category(mut self, id: impl Into<String>) -> Self {
        self.details.categories.push(id.into());
        self
    }

    /// Adds categories, by their ids.
    pub fn categories<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.details.categories.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Adds a keyword.
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.details.keywords.push(keyword.into());
        self
    }

    /// Adds keywords.
    pub fn keywords<S: Into<String>>(mut self, keywords: impl IntoIterator<Item = S>) -> Self {
        self.details.keywords.extend(keywords.into_iter().map(Into::into));
        self
    }

    /// Puts the asset in a lightbox, by its id. MediaValet accepts only assets that it has begun to process, so the
    /// upload waits for that: at most as long as set by [`wait_until_ready`](Self::wait_until_ready), or five
    /// minutes.
    #[cfg(feature = "lightbox")]
    pub fn lightbox(mut self, id: impl Into<String>) -> Self {
        self.details.lightboxes.push(id.into());
        self
    }

    /// Sets an attribute, by its id.
    pub fn attribute(mut self, id: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.attributes.insert(id.into(), value.into());
        self
    }

    /// Sets the comment on the check-out and the check-in of a new version. Default: empty.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.details.comment = comment.into();
        self
    }

    /// Sends the name of the file as the asset's file name. This is the default; the vendor's guide does so, and
    /// published client code that completes its uploads.
    pub fn own_file_name(mut self) -> Self {
        self.details.own_file_name = true;
        self
    }

    /// Sends the name that MediaValet gave the upload as the asset's file name, like the vendor's sample program.
    pub fn stored_file_name(mut self) -> Self {
        self.details.own_file_name = false;
        self
    }

    /// Sets the length of all blocks but the last, in bytes. It is raised if the file would have more than
    /// 50,000 blocks, and limited to [`MAX_SINGLE_REQUEST`](super::MAX_SINGLE_REQUEST). Default: 8 MiB. A resumed
    /// upload keeps its block size.
    pub fn block_size(mut self, bytes: u64) -> Self {
        self.block_size = bytes;
        self
    }

    /// Sets the number of blocks that are sent concurrently; 0 counts as 1. Default: 4.
    pub fn parallel(mut self, blocks: usize) -> Self {
        self.parallel = blocks;
        self
    }

    /// Sets the checksum that is sent with each block and that the storage host verifies: `true` for MD5, `false`
    /// for none, or a [`BlockChecksum`]. It is computed while the blocks before it are being sent, but costs processor
    /// time on both sides, and TLS already detects bytes that change on the network. Default: MD5.
    pub fn checksums(mut self, checksum: impl Into<BlockChecksum>) -> Self {
        self.checksum = checksum.into();
        self
    }

    /// Sets whether the categories, attributes and lightboxes of a new asset are looked up before the bytes are
    /// sent, so that a wrong id is found early: once for each id and client. Needs the features of the same names.
    /// Default: `true`.
    pub fn check_ids(mut self, yes: bool) -> Self {
        self.check_ids = yes;
        self
    }

    /// Keeps the state of the upload in a file: resumes from it if it exists, replaces it while the upload runs, and
    /// removes it after success; see [`StateFile`]. Calling this again with the same source and file continues what
    /// was interrupted, in this process or another, with the title and other details of the first call.
    ///
    /// If the saved state is out of date, because the source has changed or its link has expired, the upload starts
    /// over. A state of another file name, server, or asset is [`ErrorKind::InvalidRequest`], one that is no state
    /// [`ErrorKind::Integrity`]; both stay. **The file is a secret for 24 hours**: see [`UploadState`].
    ///
    /// ```no_run
    /// # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
    /// let upload = client.upload("film.mov").category("a category's id");
    /// let asset = upload.state_file("film.mov.state").send().await?.id;
    /// # let _ = asset; Ok(()) }
    /// ```
    pub fn state_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.state_file = Some(StateFile::new(path));
        self
    }

    /// Also waits until MediaValet has processed the file, for at most this long; see
    /// [`Client::wait_until_ready`]. Default: the upload ends when the file is queued for processing.
    pub fn wait_until_ready(mut self, within: Duration) -> Self {
        self.ready_within = Some(within);
        self
    }

    /// Uploads the file and waits for the result.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`Upload::wait`].
    pub async fn send(self) -> Result<Uploaded, Error> {
        self.start().await?.wait().await
    }

    /// Creates the asset, and starts to send the bytes in a task on the current Tokio runtime.
    ///
    /// # Errors
    /// - [`ErrorKind::InvalidRequest`] for a new asset without a category, a category, attribute or lightbox that
    ///   does not exist, a file that is too large, or a state of an upload to another server;
    /// - [`ErrorKind::Integrity`] for a state of another file;
    /// - [`ErrorKind::Io`] for a path that is not a regular file, or a state file that cannot be written;
    /// - those of every call.
    pub async fn start(self) -> Result<Upload, Error> {
        let length = self.source.length().await?;
        if length.is_some_and(|length| length > MAX_FILE_SIZE) {
            let message = "the file is larger than the 200 GB that MediaValet accepts";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let identity = self.source.identity().await?;
        let target = self.client.runtime().base_url().to_string();
        let resumed = match (&self.resume, &self.state_file) {
            (Some(state), _) => {
                state.check_matches(&identity, &target)?;
                Some(resume::open(&self.client, state.clone()).await?)
            }
            (None, Some(file)) => self.resume_from(file, &identity, &target).await?,
            (None, None) => None,
        };
        let state_file = self.state_file.clone();
        let (session, done) = match resumed {
            Some(Resumed::Finished(state)) => {
                let upload =
                    Upload::finished(&self.client, *state, length, self.ready_within, state_file);
                return Ok(upload);
            }
            Some(Resumed::Unfinished(session, done)) => (*session, done),
            None => {
                if let Some(file) = &state_file {
                    check_writable(file).await?;
                }
                let session = self.begin(length, &identity, target).await?;
                (session.0, session.1)
            }
        };
        if let Some(file) = &state_file {
            // Before the first byte, so that the upload can be resumed whenever it fails.
            file.save(&UploadState::new(&session, &done, false)).await?;
        }
        let parallel = if session.single { 1 } else { self.parallel };
        let finished = Arc::new(AtomicBool::new(false));
        let writer = BlockWriter::new(
            &self.client,
            RenewableLink::new(&self.client, &session)?,
            session.clone(),
            self.ready_within,
            self.checksum,
            Arc::clone(&finished),
        );
        let upload = PartUpload::new(self.source, writer).parallel(parallel).resume(done);
        Ok(Upload::new(session, upload.start(), finished, state_file))
    }

    /// Begins a new upload with MediaValet.
    async fn begin(
        &self,
        length: Option<u64>,
        identity: &SourceIdentity,
        target: String,
    ) -> Result<(UploadSession, TransferState), Error> {
        checks::details_are_set(&self.kind, &self.details)?;
        if self.check_ids && self.kind == UploadKind::New {
            checks::ids_exist(&self.client, &self.details).await?;
        }
        let plan = UploadPlan::new(self.block_size, length);
        let entry = steps::begin(&self.client, &self.kind, &self.details).await?;
        let session = UploadSession {
            id: entry.asset_id,
            kind: self.kind.clone(),
            upload_filename: entry.stored_file_name,
            link: SavedLink::new(&entry.link),
            single: plan.single_request,
            modified: identity.modified().and_then(nanoseconds),
            source_name: identity.name().map(str::to_owned),
            target: Some(target),
            details: self.details.clone(),
        };
        Ok((session, TransferState::new(plan.part_size, length)))
    }

    /// Resumes from a state file, if it exists and its state is not out of date.
    async fn resume_from(
        &self,
        file: &StateFile,
        identity: &SourceIdentity,
        target: &str,
    ) -> Result<Option<Resumed>, Error> {
        // `None` in the file is from a check whose process ended.
        let Some(state) = file.load::<Option<UploadState>>().await?.flatten() else {
            return Ok(None);
        };
        state.check_belongs_to(&self.kind, &self.details.file_name, file.path())?;
        match state.check_matches(identity, target) {
            // The source has changed since.
            Err(error) if error.kind() == ErrorKind::Integrity => return Ok(None),
            result => result?,
        }
        match resume::open(&self.client, state).await {
            Err(error) if StorageError::of(&error) == Some(StorageError::LinkExpired) => Ok(None),
            result => result.map(Some),
        }
    }
}

/// Checks that a state file can be written, before an asset is created or checked out. Nothing in it changes: a state
/// that is out of date stays until there is a newer one.
async fn check_writable(file: &StateFile) -> Result<(), Error> {
    match file.load::<serde_json::Value>().await? {
        Some(saved) => file.save(&saved).await,
        None => {
            file.save(&None::<UploadState>).await?;
            file.remove().await
        }
    }
}
