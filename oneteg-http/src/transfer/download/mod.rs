//! Downloading a file into a file, in ranges that are requested at the same time.
//!
//! | State | Event | Next |
//! |---|---|---|
//! | start | the state has completed parts | verify them in the partial file, then request the others |
//! | start | it has none | request the first range |
//! | first range | 206 that reports the length and the version of the file | request the other ranges |
//! | first range | 206 without a version, and no checksum was given | one piece: ranges of two versions would mix unnoticed |
//! | first range | 206 without the length, 200, 416 | one piece |
//! | ranges | a part is complete | sync its bytes, then record it in the state |
//! | ranges | a connection fails | request the rest of that part; after 4 attempts without a byte, fail |
//! | ranges | a response with another version or length | fail: the file has changed |
//! | ranges | `If-Range` is rejected, or the whole file comes in spite of it | the same range without `If-Range` |
//! | ranges | the whole file, or another range | one piece |
//! | one piece | the connection fails | read the file again from its beginning; after 4 attempts, fail |
//! | all bytes | | set the length, compare the checksum, sync, rename, sync the folder |

#[cfg(feature = "checksums")]
mod digest_ahead;
mod job;
mod ranges;
mod whole_file;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
};

use oneteg_auth::BoxFuture;

use self::{
    job::{DownloadJob, RangesError, receipt_checksum},
    ranges::download_ranges,
    whole_file::download_whole_file,
};
use super::{
    handle::{Transfer, TransferControl},
    partial_file::{Disk, LocalDisk, PartialFile},
    range_response::FetchRange,
    state::TransferState,
    state_file::StateFile,
};
use crate::{ByteStream, Error, ErrorKind, RangeRequest, ResponseValue};

/// Downloads a file in ranges, into a file.
///
/// What gets the final name is the whole file of one version, byte for byte, or nothing: see [the
/// contract](crate::transfer). The bytes are written to `<name>.part` next to the target, or to a similar
/// name if that is taken, and the file is renamed when it is complete.
///
/// If the connection fails during a range, the rest of that range is requested. `If-Range`, the validator and the
/// length in every response ensure that all ranges are of one version. A file is read in one piece if the server
/// does not support ranges, or reports neither a strong entity tag nor a modification time, unless there is a
/// [`checksum`](Self::checksum). If that fails, it is read again from the beginning, at most three times.
///
/// Defaults: ranges of 8 MiB, 4 at a time.
pub struct RangedDownload {
    fetch: FetchRange,
    path: PathBuf,
    parallel: usize,
    state: TransferState,
    state_file: Option<StateFile>,
    disk: Arc<dyn Disk>,
    #[cfg(feature = "checksums")]
    checksum: Option<super::Checksum>,
}

impl RangedDownload {
    /// A download to a path, from a function that requests a range: an operation with
    /// [`CallOptions::range`](crate::CallOptions::range).
    pub fn new<F, A>(path: impl Into<PathBuf>, fetch: F) -> Self
    where
        F: Fn(RangeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ResponseValue<ByteStream>, Error>> + Send + 'static,
    {
        Self {
            fetch: Arc::new(move |range| Box::pin(fetch(range))),
            path: path.into(),
            parallel: 4,
            state: TransferState::new(8 * 1024 * 1024, None),
            state_file: None,
            disk: Arc::new(LocalDisk),
            #[cfg(feature = "checksums")]
            checksum: None,
        }
    }

    /// The size of a range in bytes; 0 counts as 1. Default: 8 MiB.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.state.part_size = bytes.max(1);
        self
    }

    /// The number of ranges that are requested at the same time; 0 counts as 1. Default: 4.
    #[must_use]
    pub fn parallel(mut self, ranges: usize) -> Self {
        self.parallel = ranges.max(1);
        self
    }

    /// The expected checksum of the file. It is computed from the bytes on the disk, while the rest of the file is on
    /// its way.
    #[cfg(feature = "checksums")]
    #[must_use]
    pub fn checksum(mut self, checksum: super::Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Resumes an interrupted download of the same file to the same path. The part size is that of the state, and
    /// the bytes are those of the partial file next to the path.
    ///
    /// The download fails with [`ErrorKind::Integrity`] if the file has changed since, or if the partial file is
    /// missing or does not have the bytes that the state records. Start over in these cases.
    #[must_use]
    pub fn resume(mut self, state: TransferState) -> Self {
        self.state = state;
        self
    }

    /// Keeps the state of the download in a file: resumes from it if it exists, replaces it while the download
    /// runs, and removes it after success; see [`StateFile`]. Calling this again with the same path and file
    /// continues what was interrupted, in this process or another.
    ///
    /// If the saved state is out of date, because the file has changed or the partial file is gone, the download
    /// starts over, once. A file that does not contain the state of a download is [`ErrorKind::Integrity`], and
    /// stays.
    #[must_use]
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(StateFile::new(path));
        self
    }

    /// Downloads the file, and returns the number of bytes.
    ///
    /// # Errors
    /// Those of the calls; [`ErrorKind::Io`] if the file cannot be written; [`ErrorKind::Integrity`] if it changes
    /// during the download, or its checksum differs; [`ErrorKind::Html`] for an HTML page in its place.
    pub async fn send(self) -> Result<u64, Error> {
        self.start().wait().await
    }

    /// Starts the download in a task of the current tokio runtime. Its result is the number of bytes.
    ///
    /// An interrupted download leaves its partial file if its [`state`](Transfer::state) has completed parts. If
    /// you do not resume it, remove that file.
    pub fn start(self) -> Transfer<u64> {
        let control = TransferControl::new(self.state.clone());
        let state_file = self.state_file.clone();
        let work = self.run(control.clone());
        let transfer = control.spawn(work);
        match state_file {
            Some(file) => transfer.keep_state(file, TransferState::clone),
            None => transfer,
        }
    }

    async fn run(self, control: TransferControl) -> Result<u64, Error> {
        #[cfg(feature = "checksums")]
        self.checksum.as_ref().map_or(Ok(()), super::Checksum::check)?;
        let Some(saved) = self.load_state().await? else { return self.attempt(&control).await };
        let done = saved.bytes_done();
        control.with_state(|state| *state = saved);
        match self.attempt(&control).await {
            // The saved state is out of date: the file has changed, or the partial file is gone.
            Err(error) if done > 0 && error.kind() == ErrorKind::Integrity => {
                let part_size = self.state.part_size;
                control.with_state(|state| *state = TransferState::new(part_size, None));
                control.report_done(0);
                self.attempt(&control).await
            }
            result => result,
        }
    }

    async fn load_state(&self) -> Result<Option<TransferState>, Error> {
        let Some(file) = &self.state_file else { return Ok(None) };
        let Some(saved) = file.load::<TransferState>().await? else { return Ok(None) };
        saved.check().map(|()| Some(saved))
    }

    async fn attempt(&self, control: &TransferControl) -> Result<u64, Error> {
        #[cfg(feature = "checksums")]
        let has_checksum = self.checksum.is_some();
        #[cfg(not(feature = "checksums"))]
        let has_checksum = false;

        let file = open_partial_file(&self.path, &self.disk, control, has_checksum).await?;
        let (target, fetch) = (self.path.clone(), Arc::clone(&self.fetch));
        let mut job = DownloadJob::new(fetch, file, target, control.clone(), has_checksum);
        let result = self.finish(&mut job).await;
        if let Err(error) = &result
            && error.kind() == ErrorKind::Integrity
            && self.state_file.is_some()
        {
            // The download starts over, now or the next time.
            job.file.discard();
        }
        result
    }

    async fn finish(&self, job: &mut DownloadJob) -> Result<u64, Error> {
        #[cfg(feature = "checksums")]
        let mut digest = self.checksum.as_ref().map(digest_ahead::DigestAhead::new);
        let ranges = download_ranges(job, self.parallel);
        #[cfg(feature = "checksums")]
        let ranges = async {
            match &digest {
                Some(digest) => digest.during(job, ranges).await,
                None => ranges.await,
            }
        };
        let result = ranges.await;
        match result {
            Ok(()) => {}
            Err(RangesError::Failed(error)) => return Err(error),
            Err(RangesError::NeedsOnePiece(response)) => {
                let control = &job.control;
                if control.with_state(|state| state.total.is_some() && state.parts.is_empty()) {
                    // Writes of abandoned ranges may still be running. They go to the file that is dropped here.
                    let file = PartialFile::create(&self.path, &self.disk).await?;
                    job.replace_file(file);
                }
                download_whole_file(job, response.map(|response| *response)).await?;
                #[cfg(feature = "checksums")]
                if let Some(checksum) = &self.checksum {
                    digest = Some(digest_ahead::DigestAhead::new(checksum));
                }
            }
        }
        let total = job.control.with_state(|state| state.total.unwrap_or(0));
        job.file
            .publish(total, move |_file| {
                #[cfg(feature = "checksums")]
                digest.map_or(Ok(()), |digest| digest.verify(_file))?;
                Ok(())
            })
            .await?;
        Ok(total)
    }
}

/// The partial file that the state names, with its completed parts verified, or a new one.
async fn open_partial_file(
    path: &Path,
    disk: &Arc<dyn Disk>,
    control: &TransferControl,
    has_checksum: bool,
) -> Result<PartialFile, Error> {
    if control.with_state(|state| state.part_size == 0) {
        return Err(not_a_download_state());
    }
    let (state, token) = control.with_state(|state| {
        if !has_checksum && !state.version.is_comparable() {
            // Nothing would distinguish another version of the file from this one.
            *state = TransferState::new(state.part_size, None);
        }
        state.parts.retain(|_, receipt| receipt_checksum(receipt).is_some());
        // An empty file has no parts to resume from: a request shows whether it is still empty.
        state.total = state.total.filter(|total| *total > 0);
        (state.clone(), state.partial.take())
    });
    if state.total.is_none() && !state.parts.is_empty() {
        return Err(not_a_download_state());
    }
    control.report_total(state.total);
    control.report_done(state.bytes_done());
    let parts = state.parts.iter().filter_map(|(part, receipt)| {
        let start = part * state.part_size;
        Some((start..start + state.part_length(*part), receipt_checksum(receipt)?))
    });
    let parts: Vec<_> = parts.collect();
    let file = match (token, parts.is_empty()) {
        (_, true) => PartialFile::create(path, disk).await?,
        (token, false) => {
            let opened =
                PartialFile::reopen(path, token.as_deref().unwrap_or_default(), disk, parts).await;
            if opened.is_err() {
                // The state stays what it was, so that a later call can resume from it.
                control.with_state(|state| state.partial = token);
            }
            opened?
        }
    };
    control.with_state(|state| state.partial = Some(file.token().to_owned()));
    Ok(file)
}

fn not_a_download_state() -> Error {
    Error::new(ErrorKind::Integrity, "the state is not one of a download; start over")
}

impl IntoFuture for RangedDownload {
    type Output = Result<u64, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    /// As [`send`](RangedDownload::send).
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for RangedDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangedDownload")
            .field("path", &self.path)
            .field("parallel", &self.parallel)
            .field("part_size", &self.state.part_size)
            .finish_non_exhaustive()
    }
}
