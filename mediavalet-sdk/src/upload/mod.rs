//! Uploads: the vendor's five steps as one call, in blocks, resumable in another process.
//!
//! ```no_run
//! # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
//! use std::path::Path;
//!
//! let category = "7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de";
//! let uploaded = client.upload(Path::new("harbour.jpg")).title("Harbour").category(category).send().await?;
//! println!("asset {}", uploaded.id);
//! # Ok(()) }
//! ```
//!
//! # What happens
//! 1. `POST /uploads` makes the asset and answers a signed link to a blob, which lives 24 hours.
//! 2. The bytes go to that link, without any credential of MediaValet: in one request up to
//!    [`SINGLE_REQUEST`], in blocks above. Every request has an MD5 sum, which the host compares.
//! 3. File name, title, description and size are sent, and categories, keywords and attributes.
//! 4. A patch of the status finishes the upload: MediaValet compares the size, and queues the file.
//!
//! At most [`workers`](Upload::workers) blocks are in memory, whatever the file's size.

mod new;
mod ready;
mod resume;
mod sink;
mod state;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use oneteg_http::{
    Error, ErrorKind, FilePart, PartUpload, Transfer, TransferProgress, TransferState, UploadSource,
};

use self::{
    sink::{Blob, Sink},
    state::{Kind, Session},
};
use crate::{Client, types::Asset};

pub use state::UploadState;

/// The most bytes that go in one request. The vendor says 64 MB; of its two readings this one is right
/// under both.
pub const SINGLE_REQUEST: u64 = 64_000_000;
/// The largest file, in bytes: the vendor's 200 GB in the larger reading. MediaValet decides between them.
pub const LARGEST_FILE: u64 = 200 << 30;
/// The most blocks that a blob is made of, by Azure's protocol.
const MOST_BLOCKS: u64 = 50_000;
/// The length of a block unless told otherwise.
const BLOCK: u64 = 8 << 20;

impl Client {
    /// Begins the upload of a file as a new asset: a path, or a [`FilePart`] of any source with a name. A
    /// media type is not sent: the vendor's steps have no place for it.
    ///
    /// It needs a [category](Upload::category) at least, and begins with [`send`](Upload::send) or
    /// [`start`](Upload::start). The account's required [attributes](Upload::attribute) must be given.
    pub fn upload(&self, file: impl Into<FilePart>) -> Upload {
        Upload::new(self, file.into(), Kind::New)
    }

    /// Begins the upload of a file as the new version of an asset: it is checked out, the file's name
    /// validated, the bytes uploaded, and the asset checked in.
    ///
    /// When it fails on the way, the asset stays checked out; [resume](Self::resume_upload) it, or check
    /// it in by hand. Of the setters for a new asset's details, only the comment counts.
    pub fn upload_version(&self, asset_id: impl Into<String>, file: impl Into<FilePart>) -> Upload {
        Upload::new(self, file.into(), Kind::Version { asset_id: asset_id.into() })
    }

    /// Goes on with an upload that ended early, perhaps in another process. The file must be the same; its
    /// title and the rest are in the state. An upload that had finished is [`Uploaded`] at once; for a new
    /// version only the state shows that, so save it after the end as well.
    ///
    /// The storage host is asked which blocks it has, so an old state is as good as a new one. Where the
    /// link does not allow that question, the state's own word counts.
    pub fn resume_upload(&self, file: impl Into<FilePart>, state: UploadState) -> Upload {
        let mut upload = Upload::new(self, file.into(), Kind::New);
        upload.resume = Some(state);
        upload
    }
}

/// An upload that has not begun. Made by [`Client::upload`] and its siblings.
#[derive(Debug)]
#[must_use = "the upload begins with `send` or `start`"]
pub struct Upload {
    client: Client,
    source: UploadSource,
    kind: Kind,
    details: state::Details,
    block_size: u64,
    workers: usize,
    ready_within: Option<Duration>,
    checksums: bool,
    resume: Option<UploadState>,
}

impl Upload {
    fn new(client: &Client, file: FilePart, kind: Kind) -> Self {
        let (source, file_name, _) = file.into_parts();
        Self {
            client: client.clone(),
            source,
            kind,
            details: state::Details { file_name, own_file_name: true, ..state::Details::default() },
            block_size: BLOCK,
            workers: 4,
            ready_within: None,
            checksums: true,
            resume: None,
        }
    }

    /// The asset's title. Default: the file's name without its extension.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.details.title = Some(title.into());
        self
    }

    /// The asset's description. Default: empty.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.details.description = description.into();
        self
    }

    /// Adds a category, by its id. A new asset needs one at least.
    pub fn category(mut self, id: impl Into<String>) -> Self {
        self.details.categories.push(id.into());
        self
    }

    /// Adds a keyword.
    pub fn keyword(mut self, keyword: impl Into<String>) -> Self {
        self.details.keywords.push(keyword.into());
        self
    }

    /// Sets an attribute, by its id.
    pub fn attribute(mut self, id: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.attributes.insert(id.into(), value.into());
        self
    }

    /// What the check-out and the check-in of a new version are said to be for. Default: empty.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.details.comment = comment.into();
        self
    }

    /// Sends the file's own name with the details. This is the default: the vendor's guide has it, and so have
    /// programs whose uploads complete.
    pub fn own_file_name(mut self) -> Self {
        self.details.own_file_name = true;
        self
    }

    /// Sends the name that MediaValet gave the upload with the details, in place of the file's own, as the
    /// vendor's sample program does.
    pub fn stored_file_name(mut self) -> Self {
        self.details.own_file_name = false;
        self
    }

    /// How many bytes a block has, except the last; more where the file would have more than 50,000
    /// blocks, and at most 64 MB. Default: 8 MiB. A resumed upload keeps what it began with.
    pub fn block_size(mut self, bytes: u64) -> Self {
        self.block_size = bytes;
        self
    }

    /// How many blocks are under way at the same time; 0 counts as 1. Default: 4.
    pub fn workers(mut self, blocks: usize) -> Self {
        self.workers = blocks;
        self
    }

    /// Whether every block goes with its MD5 sum, which the storage host compares. It costs both sides
    /// processor time; TLS finds what the network damages. Default: yes.
    pub fn checksums(mut self, yes: bool) -> Self {
        self.checksums = yes;
        self
    }

    /// Also waits until MediaValet has processed the file, as [`Client::wait_until_ready`] does, for so
    /// long. Default: the upload ends when the file is queued.
    pub fn wait_until_ready(mut self, within: Duration) -> Self {
        self.ready_within = Some(within);
        self
    }

    /// Uploads the file and waits for the end.
    ///
    /// # Errors
    /// As [`start`](Self::start) and [`Uploading::wait`].
    pub async fn send(self) -> Result<Uploaded, Error> {
        self.start().await?.wait().await
    }

    /// Makes the asset, and begins to send the bytes in a task of the current tokio runtime.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a new asset without a category, for a file that is too large, and
    /// when the state to resume belongs to another server; [`ErrorKind::Integrity`] when it belongs to
    /// another file; [`ErrorKind::Io`] for a path that is not a regular file; the errors of the calls.
    pub async fn start(self) -> Result<Uploading, Error> {
        let length = self.source.length().await?;
        if length.is_some_and(|length| length > LARGEST_FILE) {
            let message = "the file is larger than the 200 GB that MediaValet takes";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let identity = self.source.identity().await?;
        let target = self.client.runtime().base_url().to_string();
        let (session, done) = match self.resume {
            Some(state) => {
                state.fits(&identity, &target)?;
                if resume::is_finished(&self.client, &state).await {
                    return Ok(Uploading::finished(&self.client, state, length, self.ready_within));
                }
                resume::look(&self.client, state).await?
            }
            None => {
                let single = length.is_some_and(|length| length <= SINGLE_REQUEST);
                let part_size = match length {
                    Some(length) if single => length.max(1),
                    _ => block_size(self.block_size, length),
                };
                let mut session = new::begin(&self.client, self.kind, self.details).await?;
                session.single = single;
                session.modified = identity.modified().and_then(state::nanoseconds);
                session.source_name = identity.name().map(str::to_owned);
                session.target = Some(target);
                (session, TransferState::new(part_size, length))
            }
        };
        let blob = Blob::new(&self.client, &session)?;
        let finished = Arc::new(AtomicBool::new(false));
        let sink = Sink::new(
            blob,
            session.clone(),
            self.ready_within,
            self.checksums,
            Arc::clone(&finished),
        );
        let parallel = if session.single { 1 } else { self.workers };
        let upload = PartUpload::new(self.source, sink).parallel(parallel).resume(done);
        Ok(Uploading { session, transfer: upload.start(), finished })
    }
}

/// The length of a block: as asked, unless the file would have too many then.
fn block_size(asked: u64, length: Option<u64>) -> u64 {
    let least = length.unwrap_or(LARGEST_FILE).div_ceil(MOST_BLOCKS);
    asked.max(least).clamp(1, SINGLE_REQUEST)
}

/// An upload under way, in a task of its own. Dropping it stops the upload where it is.
#[derive(Debug)]
pub struct Uploading {
    session: Session,
    transfer: Transfer<Uploaded>,
    /// Whether MediaValet has accepted the upload.
    finished: Arc<AtomicBool>,
}

impl Uploading {
    /// One that had finished before it was resumed.
    fn finished(
        client: &Client,
        state: UploadState,
        length: Option<u64>,
        ready_within: Option<Duration>,
    ) -> Self {
        let length = length.or(state.length());
        let session = state.session;
        let (client, id) = (client.clone(), session.id.clone());
        let transfer = Transfer::spawn(length, async move {
            Uploaded::after(&client, id, length.unwrap_or(0), ready_within).await
        });
        Self { session, transfer, finished: Arc::new(AtomicBool::new(true)) }
    }

    /// The id of the asset.
    pub fn asset_id(&self) -> &str {
        &self.session.id
    }

    /// A channel that always holds the newest progress.
    pub fn progress(&self) -> tokio::sync::watch::Receiver<TransferProgress> {
        self.transfer.progress()
    }

    /// What another process needs to go on. Save it now and then: after a crash, blocks that arrived are
    /// found all the same.
    pub fn state(&self) -> UploadState {
        let finished = self.finished.load(Ordering::Relaxed);
        UploadState::new(&self.session, &self.transfer.state(), finished)
    }

    /// Lets the blocks under way finish and begins no more.
    pub fn pause(&self) {
        self.transfer.pause();
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.transfer.resume();
    }

    /// Stops at once. Blocks that arrived stay with the storage host for a week, and the unfinished asset
    /// with MediaValet.
    pub fn cancel(&self) {
        self.transfer.cancel();
    }

    /// Waits for the end. Dropping the future does not stop the upload.
    ///
    /// # Errors
    /// Those of the calls, with [`StorageError::of`](crate::StorageError::of) for what the storage host
    /// refused; [`ErrorKind::Integrity`] when the file changed meanwhile; [`ErrorKind::Cancelled`] after
    /// [`cancel`](Self::cancel); [`ErrorKind::Timeout`] when the asset was not ready in time, although the
    /// upload is done.
    pub async fn wait(&mut self) -> Result<Uploaded, Error> {
        self.transfer.wait().await
    }
}

/// A finished upload.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The id of the asset.
    pub id: String,
    /// How many bytes the file has.
    pub bytes: u64,
    /// The asset, when the upload was to [wait for it](Upload::wait_until_ready).
    pub asset: Option<Asset>,
}

impl Uploaded {
    /// For an upload that MediaValet has accepted.
    async fn after(
        client: &Client,
        id: String,
        bytes: u64,
        ready_within: Option<Duration>,
    ) -> Result<Self, Error> {
        let asset = match ready_within {
            Some(within) => Some(client.wait_until_ready(&*id, within).await?),
            None => None,
        };
        Ok(Self { id, bytes, asset })
    }
}

/// The result of a call whose answer is not needed. What was done is done, also where the answer has
/// another form than is documented.
fn done<T>(result: Result<T, Error>) -> Result<(), Error> {
    match result {
        Err(error)
            if error.kind() == ErrorKind::Decode
                && error.status().is_some_and(|status| status.is_success()) =>
        {
            Ok(())
        }
        result => result.map(drop),
    }
}

/// The attributes of an upload, as the call wants them: a list of maps.
fn attributes(attributes: &BTreeMap<String, String>) -> Vec<BTreeMap<String, String>> {
    vec![attributes.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_grow_so_that_every_file_fits() {
        assert_eq!(block_size(BLOCK, Some(64 << 20)), BLOCK);
        assert_eq!(block_size(BLOCK, Some(LARGEST_FILE)), BLOCK);
        for asked in [0, 1, 1 << 20] {
            for length in [Some(200_000_000_000), Some(LARGEST_FILE), None] {
                let block = block_size(asked, length);
                assert!(length.unwrap_or(LARGEST_FILE).div_ceil(block) <= MOST_BLOCKS);
                assert!(block < 5_000_000, "{block}");
            }
        }
        assert_eq!(block_size(u64::MAX, None), SINGLE_REQUEST);
        assert_eq!(block_size(0, Some(70_000_000)), 1_400);
    }
}
