//! A local file as a source. It is opened once. Every attempt and every part reads that open file by position,
//! whatever happens to its path. Before each part and after the last byte, the file is compared with its
//! state when it was opened.

use std::{
    fs::{File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::OnceCell;

use super::progress::STEP;
use crate::{Error, ErrorKind};

/// A path and the file that it led to when it was first needed. Clones share the file.
#[derive(Clone)]
pub(super) struct LocalFile {
    path: PathBuf,
    opened: Arc<OnceCell<Arc<OpenFile>>>,
}

impl LocalFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, opened: Arc::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn opened(&self) -> Result<&Arc<OpenFile>, Error> {
        let open = || async {
            let path = self.path.clone();
            blocking(move || OpenFile::open(path)).await.map(Arc::new)
        };
        self.opened.get_or_try_init(open).await
    }

    /// Fails if the file has changed since it was opened.
    pub(super) async fn verify(&self) -> Result<(), Error> {
        let Some(file) = self.opened.get().cloned() else { return Ok(()) };
        blocking(move || file.verify()).await
    }
}

/// An open file and its state when it was opened.
pub(super) struct OpenFile {
    path: PathBuf,
    /// The same path, independent of later changes of the working directory.
    absolute: PathBuf,
    file: File,
    stamp: Stamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self { length: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// File systems record the time of the last clock tick, up to 10 ms ago. A second change within the same tick
/// does not alter the time, so a file modified more recently than this is opened after a wait.
const SETTLED: Duration = Duration::from_millis(20);

/// How much is read at a time, in bytes: every read changes threads and back, which takes longer than reading a step.
const READ: usize = 16 * STEP;

impl OpenFile {
    fn open(path: PathBuf) -> Result<Self, Error> {
        Self::try_open(&path).map_err(|error| unopened(&path, error))
    }

    fn try_open(path: &Path) -> io::Result<Self> {
        // Checked before opening, which would wait for the other end of a pipe and can affect a device.
        refuse_special(&std::fs::metadata(path)?)?;
        // The path may have become a pipe since the check.
        let file = oneteg_files::open_to_read(path)?;
        let metadata = file.metadata()?;
        refuse_special(&metadata)?;
        let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        let metadata = match age.and_then(|age| SETTLED.checked_sub(age)) {
            Some(left) => {
                std::thread::sleep(left);
                file.metadata()?
            }
            None => metadata,
        };
        let absolute = std::path::absolute(path)?;
        let stamp = Stamp::of(&metadata);
        if stamp.length == 0 && oneteg_files::read_at(&file, &mut [0], 0)? > 0 {
            let message = "its length is reported as 0 although it has bytes, as with files in /proc; \
                           read it first and send the bytes";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(Self { path: path.to_owned(), absolute, file, stamp })
    }

    pub(super) fn length(&self) -> u64 {
        self.stamp.length
    }

    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.stamp.modified
    }

    /// Fails if it has changed since it was opened.
    fn verify(&self) -> Result<(), Error> {
        let now = self.file.metadata().map_err(|error| unread(&self.path, error))?;
        let now = Stamp::of(&now);
        let what = match now.length.cmp(&self.stamp.length) {
            std::cmp::Ordering::Greater => Some("it has grown"),
            std::cmp::Ordering::Less => Some("it has shrunk"),
            std::cmp::Ordering::Equal if now != self.stamp => Some("it was written to"),
            std::cmp::Ordering::Equal => None,
        };
        // A deleted file is not another version: the open file still has all its bytes.
        let replaced = || self.is_replaced().unwrap_or(false);
        let what = what.or_else(|| replaced().then_some("another file took its place"));
        match what {
            Some(what) => Err(changed(&self.path, what)),
            None => Ok(()),
        }
    }

    /// Whether the path leads to another file now. Links are followed, as they were when the file was opened.
    fn is_replaced(&self) -> io::Result<bool> {
        std::fs::metadata(&self.absolute)?;
        Ok(!oneteg_files::leads_to(&self.absolute, &self.file)?)
    }

    fn has_grown(&self) -> bool {
        self.file.metadata().is_ok_and(|now| now.len() > self.stamp.length)
    }

    /// Reads the next bytes. If an error is returned with them, the source ends after them.
    fn read(&self, at: u64, left: u64) -> Result<(Bytes, Option<Error>), Error> {
        let wanted = usize::try_from(left).map_or(READ, |left| left.min(READ));
        let mut bytes = vec![0; wanted];
        let mut read = 0;
        while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match oneteg_files::read_at(&self.file, rest, at + read as u64) {
                Ok(0) => return Err(changed(&self.path, "it has shrunk")),
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unread(&self.path, error)),
            }
        }
        let mut after = None;
        if wanted as u64 == left
            && let Err(error) = self.verify()
        {
            // If bytes were only appended, the announced ones are complete and are sent.
            if !self.has_grown() {
                return Err(error);
            }
            after = Some(error);
        }
        Ok((bytes.into(), after))
    }
}

/// A part of a file that is being read.
struct Reading {
    file: Arc<OpenFile>,
    at: u64,
    left: u64,
    /// What was read and is not sent yet.
    ready: Bytes,
    /// What ends the source after that.
    after: Option<Error>,
}

/// Reads a part of the file: exactly `length` bytes, or an error.
pub(super) fn read(
    file: &Arc<OpenFile>,
    at: u64,
    length: u64,
) -> impl Stream<Item = Result<Bytes, Error>> + Send + Sync + use<> {
    let file = Arc::clone(file);
    let begin = Reading { file, at, left: length, ready: Bytes::new(), after: None };
    futures_util::stream::try_unfold(begin, |mut reading| async move {
        if reading.ready.is_empty() {
            if let Some(error) = reading.after {
                return Err(error);
            }
            if reading.left == 0 {
                return Ok(None);
            }
            let (reader, at, left) = (Arc::clone(&reading.file), reading.at, reading.left);
            (reading.ready, reading.after) = blocking(move || reader.read(at, left)).await?;
            let read = reading.ready.len() as u64;
            (reading.at, reading.left) = (at + read, left - read);
        }
        let step = reading.ready.split_to(reading.ready.len().min(STEP));
        Ok(Some((step, reading)))
    })
}

/// Refuses everything but regular files: only they have a length to announce and the same bytes for every attempt.
fn refuse_special(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let what = oneteg_files::special(metadata.file_type());
    let message =
        format!("it is {what}, not a regular file; read it and send it as `UploadSource::stream`");
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Error::new(ErrorKind::Cancelled, "the program is shutting down"))?
}

fn unopened(path: &Path, error: io::Error) -> Error {
    let message = format!("{} could not be opened: {error}", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}

fn unread(path: &Path, error: io::Error) -> Error {
    let message = format!("{} could not be read: {error}", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}

fn changed(path: &Path, what: &str) -> Error {
    let message = format!(
        "{} changed while it was uploaded: {what}; upload it again when nothing writes to it",
        path.display()
    );
    Error::new(ErrorKind::Integrity, message)
}
