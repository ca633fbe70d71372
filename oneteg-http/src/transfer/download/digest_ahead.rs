//! Computes the checksum of a download while the rest of it is on its way.
//!
//! | State | Event | Next |
//! |---|---|---|
//! | ranges | the beginning of the file grew by complete parts | read and digest them, a step at a time |
//! | ranges | the file cannot be read | no more is read ahead; the end shows whether that lasts |
//! | one piece | | start over: other bytes are written |
//! | all bytes | | digest the rest, compare |

use std::{
    convert::Infallible,
    fs::File,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    super::checksum::{Checksum, FileDigest},
    job::DownloadJob,
};
use crate::Error;

/// How much is digested without a look at whether the download still runs, in bytes.
const STEP: u64 = 16 << 20;

/// The expected checksum, and that of the beginning of the file.
pub(super) struct DigestAhead {
    expected: Checksum,
    digest: Arc<Mutex<FileDigest>>,
}

impl DigestAhead {
    pub(super) fn new(expected: &Checksum) -> Self {
        let digest = Arc::new(Mutex::new(expected.start()));
        Self { expected: expected.clone(), digest }
    }

    /// Runs a download in ranges, and digests the beginning of its file meanwhile.
    pub(super) async fn during<T>(&self, job: &DownloadJob, ranges: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            result = ranges => result,
            never = self.follow(job) => match never {},
        }
    }

    async fn follow(&self, job: &DownloadJob) -> Infallible {
        let mut progress = job.control.progress();
        let mut parts = 0;
        loop {
            progress.mark_unchanged();
            let ready = job.control.with_state(|state| {
                while state.parts.contains_key(&parts) {
                    parts += 1;
                }
                parts.saturating_mul(state.part_size).min(state.total.unwrap_or(0))
            });
            let digested = self.lock().length();
            if digested < ready {
                let (digest, until) = (Arc::clone(&self.digest), ready.min(digested + STEP));
                let extend = move |file: &File| lock(&digest).extend(file, until);
                if matches!(job.file.inspect(extend).await, Ok(Ok(()))) {
                    continue;
                }
            } else if progress.changed().await.is_ok() {
                continue;
            }
            return std::future::pending().await;
        }
    }

    /// Compares the checksum of the whole file. Blocks.
    pub(super) fn verify(self, file: &File) -> Result<(), Error> {
        let digest = self.lock().clone();
        self.expected.verify(digest, file)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, FileDigest> {
        lock(&self.digest)
    }
}

fn lock(digest: &Mutex<FileDigest>) -> std::sync::MutexGuard<'_, FileDigest> {
    digest.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::{
        super::super::{
            handle::TransferControl,
            partial_file::{Disk, LocalDisk, PartialFile},
            range_response::FetchRange,
            state::TransferState,
        },
        *,
    };

    /// The MD5 checksum of `0123456789`.
    const MD5: &str = "781e5e245d69b566979b86e28d23f2c7";

    async fn job(folder: &tempfile::TempDir) -> DownloadJob {
        let disk: Arc<dyn Disk> = Arc::new(LocalDisk);
        let target = folder.path().join("file");
        let file = PartialFile::create(&target, &disk).await.unwrap();
        let fetch: FetchRange = Arc::new(|_| Box::pin(std::future::pending()));
        let control = TransferControl::new(TransferState::new(4, Some(10)));
        DownloadJob::new(fetch, file, target, control, true)
    }

    async fn complete(job: &DownloadJob, part: u64, bytes: &'static [u8]) {
        job.file.write(part * 4, Bytes::from_static(bytes)).await.unwrap();
        job.control.complete_part(part, String::new(), bytes.len() as u64);
    }

    #[tokio::test]
    async fn the_beginning_is_digested_while_the_rest_is_on_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let job = job(&folder).await;
        let digest = DigestAhead::new(&Checksum::md5(MD5));
        let ranges = async {
            complete(&job, 1, b"4567").await;
            assert_eq!(digest.lock().length(), 0, "there is a gap before it");
            complete(&job, 0, b"0123").await;
            while digest.lock().length() < 8 {
                tokio::task::yield_now().await;
            }
            complete(&job, 2, b"89").await;
        };
        let ranges = digest.during(&job, ranges);
        tokio::time::timeout(Duration::from_secs(60), ranges).await.expect("nothing was digested");
        job.file.publish(10, move |file| digest.verify(file)).await.unwrap();
        assert_eq!(std::fs::read(folder.path().join("file")).unwrap(), b"0123456789");
    }

    #[tokio::test]
    async fn what_was_not_digested_ahead_is_compared_all_the_same() {
        for (last, equal) in [(b"89", true), (b"8x", false)] {
            let folder = tempfile::tempdir().unwrap();
            let job = job(&folder).await;
            let digest = DigestAhead::new(&Checksum::md5(MD5));
            for (part, bytes) in [b"0123".as_slice(), b"4567", last].into_iter().enumerate() {
                complete(&job, part as u64, bytes).await;
            }
            let published = job.file.publish(10, move |file| digest.verify(file)).await;
            assert_eq!(published.is_ok(), equal);
        }
    }
}
