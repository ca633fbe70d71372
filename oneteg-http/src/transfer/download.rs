use std::{
    fmt,
    future::Future,
    path::{Path, PathBuf},
    sync::Arc,
};

use oneteg_auth::BoxFuture;

use super::{
    handle::{Control, Transfer, TransferState},
    partial_file::{Disk, LocalDisk, PartialFile},
};
use crate::{ByteStream, Error, ErrorKind, RangeRequest, ResponseValue};

mod job;
#[cfg(test)]
mod tests;

use job::{Halt, Job};

pub(super) type Fetch = Arc<
    dyn Fn(RangeRequest) -> BoxFuture<'static, Result<ResponseValue<ByteStream>, Error>>
        + Send
        + Sync,
>;

/// Downloads a file in ranges, into a file.
///
/// What gets the file's name is the whole file of one version, byte for byte, or nothing: see [the
/// contract](crate::transfer). The bytes are written to `<name>.part` next to the target, or to a similar
/// name if that is taken, and the file is renamed when it is complete.
///
/// A range that breaks off is requested from where it broke. `If-Range`, the validator and the length of
/// every response ensure that all ranges are of one version. Files are read in one piece if the server
/// does not support ranges, or gives neither a strong entity tag nor a time of the last change, unless
/// there is a [`checksum`](Self::checksum). If that breaks off it begins anew, at most three times.
///
/// Defaults: ranges of 8 MiB, 4 at a time.
pub struct RangedDownload {
    fetch: Fetch,
    path: PathBuf,
    parallel: usize,
    state: TransferState,
    disk: Arc<dyn Disk>,
    #[cfg(feature = "checksums")]
    checksum: Option<super::Checksum>,
}

impl RangedDownload {
    /// A download to a path, from a function that makes the call for a range: an operation with
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
            disk: Arc::new(LocalDisk),
            #[cfg(feature = "checksums")]
            checksum: None,
        }
    }

    /// How many bytes are asked for at a time; 0 counts as 1. Default: 8 MiB.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.state.part_size = bytes.max(1);
        self
    }

    /// How many ranges are under way at the same time; 0 counts as 1. Default: 4.
    #[must_use]
    pub fn parallel(mut self, ranges: usize) -> Self {
        self.parallel = ranges.max(1);
        self
    }

    /// What the bytes must add up to.
    #[cfg(feature = "checksums")]
    #[must_use]
    pub fn checksum(mut self, checksum: super::Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Resumes a download of the same file to the same path that ended early. The part size is that of the
    /// state, and the bytes are those of the partial file next to the path.
    ///
    /// It fails with [`ErrorKind::Integrity`] if the file has changed since, or if the partial file is
    /// missing or its bytes are not those of the state: begin anew.
    #[must_use]
    pub fn resume(mut self, state: TransferState) -> Self {
        self.state = state;
        self
    }

    /// Begins, in a task of the current tokio runtime. The end gives the number of bytes.
    ///
    /// A download that ends early leaves its partial file if its [`state`](Transfer::state) has completed
    /// parts. If you do not resume it, remove that file.
    pub fn start(self) -> Transfer<u64> {
        let control = Control::new(self.state.clone());
        let work = self.run(control.clone());
        control.spawn(work)
    }

    async fn run(self, control: Control) -> Result<u64, Error> {
        #[cfg(feature = "checksums")]
        self.checksum.as_ref().map_or(Ok(()), super::Checksum::check)?;
        #[cfg(feature = "checksums")]
        let verified = self.checksum.is_some();
        #[cfg(not(feature = "checksums"))]
        let verified = false;

        let file = open(&self.path, &self.disk, &control, verified).await?;
        let mut job = Job::new(self.fetch, file, self.path.clone(), control.clone(), verified);
        match job.in_ranges(self.parallel).await {
            Ok(()) => {}
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::OnePiece(response)) => {
                if control.with_state(|state| state.total.is_some() && state.parts.is_empty()) {
                    // Writes of the ranges that were given up may still be under way: they go to the file
                    // that is removed.
                    let file = PartialFile::create(&self.path, &self.disk).await?;
                    job.replace_file(file);
                }
                job.in_one_piece(response.map(|response| *response)).await?;
            }
        }
        let total = control.with_state(|state| state.total.unwrap_or(0));
        #[cfg(feature = "checksums")]
        let checksum = self.checksum;
        job.file()
            .publish(total, move |_file| {
                #[cfg(feature = "checksums")]
                checksum.map_or(Ok(()), |checksum| checksum.verify(_file))?;
                Ok(())
            })
            .await?;
        Ok(total)
    }
}

/// The partial file: that of the state, with what is proven of it, or a new one.
async fn open(
    path: &Path,
    disk: &Arc<dyn Disk>,
    control: &Control,
    verified: bool,
) -> Result<PartialFile, Error> {
    if control.with_state(|state| state.part_size == 0) {
        return Err(no_download());
    }
    let (state, token) = control.with_state(|state| {
        if !verified && !state.version.is_known() {
            // Nothing would tell another version of the file from this one.
            *state = TransferState::new(state.part_size, None);
        }
        state.parts.retain(|_, receipt| job::sum_in(receipt).is_some());
        // An empty file has no parts to go on from: whether it still is empty is asked anew.
        state.total = state.total.filter(|total| *total > 0);
        (state.clone(), state.partial.take())
    });
    if state.total.is_none() && !state.parts.is_empty() {
        return Err(no_download());
    }
    control.expected(state.total);
    control.position(state.bytes_done());
    let sums = state.parts.iter().filter_map(|(part, receipt)| {
        let start = part * state.part_size;
        Some((start..start + state.part_length(*part), job::sum_in(receipt)?))
    });
    let sums: Vec<_> = sums.collect();
    let file = match (token, sums.is_empty()) {
        (_, true) => PartialFile::create(path, disk).await?,
        (token, false) => {
            PartialFile::reopen(path, token.as_deref().unwrap_or_default(), disk, sums).await?
        }
    };
    control.with_state(|state| state.partial = Some(file.token().to_owned()));
    Ok(file)
}

fn no_download() -> Error {
    Error::new(ErrorKind::Integrity, "the state is not that of a download; begin anew")
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
