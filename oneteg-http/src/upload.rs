use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};
use reqwest::Body;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeek};
use tokio_util::io::ReaderStream;

use crate::{Error, ErrorKind, timeouts::Progress};

mod exact;
mod file;
mod form;
mod identity;
mod reader;

use exact::{Then, exactly, skip};
use file::LocalFile;
pub use form::{FilePart, Form};
pub use identity::SourceIdentity;
use reader::SharedReader;

pub(crate) type ByteSource =
    std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + Sync>>;

/// Bytes to send: from a file, from memory or from a stream. Files are read while they are sent, so
/// their size does not matter.
///
/// A length that is announced is a length that is sent: a source that turns out to have fewer or more bytes,
/// and a file that changes while it is sent, are [`ErrorKind::Integrity`]. If the source has more bytes, the
/// announced ones are sent; in any other case the request is broken off, so that the server never receives a
/// complete one.
pub struct UploadSource(Kind, Option<Range<u64>>);

enum Kind {
    Path(LocalFile),
    Bytes(Bytes),
    Reader(SharedReader),
    Stream { stream: ByteSource, length: Option<u64> },
}

/// How much is read from a source at a time, and how much of a body counts as one step of progress.
pub(crate) const STEP: usize = 64 * 1024;

impl UploadSource {
    /// A file, opened when its length is requested or the request is sent, and only once: every attempt
    /// reads that file. It must be a regular file; links are followed. Pipes, sockets, devices, folders
    /// and files below `/proc` have no length to announce, and are [`ErrorKind::Io`] before anything is
    /// sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Path(LocalFile::new(path.into())), None)
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Bytes(bytes.into()), None)
    }

    /// A reader that can seek, with the exact number of bytes it has from its beginning. It can be read
    /// again, so a request with it may be sent a second time.
    pub fn reader<R>(reader: R, length: u64) -> Self
    where
        R: AsyncRead + AsyncSeek + Send + Sync + Unpin + 'static,
    {
        Self(Kind::Reader(SharedReader::new(reader, length)), None)
    }

    /// A stream, with its length in bytes where it is known. It can be read once, so a request with it
    /// is never sent a second time. After its last announced byte it should end: one that stays silent
    /// then for 5 seconds counts as ended.
    pub fn stream<S>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + Sync + 'static,
    {
        let stream = stream.map_err(unreadable);
        Self(Kind::Stream { stream: Box::pin(stream), length }, None)
    }

    /// Whether the bytes can be read again, and so the request be sent again.
    pub fn is_replayable(&self) -> bool {
        !matches!(self.0, Kind::Stream { .. })
    }

    /// The file's own name, for a file.
    pub fn file_name(&self) -> Option<String> {
        match &self.0 {
            Kind::Path(file) => {
                file.path().file_name().map(|name| name.to_string_lossy().into_owned())
            }
            _ => None,
        }
    }

    /// When a file was last changed, for a file whose system keeps that. Who goes on with an upload can
    /// tell by it whether the file is still the one that was begun with.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be opened or is not a regular file.
    pub async fn modified(&self) -> Result<Option<std::time::SystemTime>, Error> {
        match &self.0 {
            Kind::Path(file) => Ok(file.opened().await?.modified()),
            _ => Ok(None),
        }
    }

    /// What identifies the source, to be kept in a state.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be opened.
    pub async fn identity(&self) -> Result<SourceIdentity, Error> {
        let (length, modified) = (self.length().await?, self.modified().await?);
        Ok(SourceIdentity::new(self.file_name(), length, modified))
    }

    /// The path, where the source is a file.
    pub fn file_path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Path(file) => Some(file.path()),
            _ => None,
        }
    }

    /// The number of bytes, where it is known.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be opened or is not a regular file.
    pub async fn length(&self) -> Result<Option<u64>, Error> {
        if let Some(range) = &self.1 {
            return Ok(Some(range.end - range.start));
        }
        match &self.0 {
            Kind::Bytes(bytes) => Ok(Some(bytes.len() as u64)),
            Kind::Reader(reader) => Ok(Some(reader.length())),
            Kind::Stream { length, .. } => Ok(*length),
            Kind::Path(file) => Ok(Some(file.opened().await?.length())),
        }
    }

    /// A copy to send again, where that is possible.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        let kind = match &self.0 {
            Kind::Path(file) => Kind::Path(file.clone()),
            Kind::Bytes(bytes) => Kind::Bytes(bytes.clone()),
            Kind::Reader(reader) => Kind::Reader(reader.clone()),
            Kind::Stream { .. } => return None,
        };
        Some(Self(kind, self.1.clone()))
    }

    /// A piece of a source that can be read again.
    pub(crate) fn piece(&self, range: Range<u64>) -> Option<Self> {
        if let Kind::Bytes(bytes) = &self.0 {
            let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
            let (start, end) = (index(range.start), index(range.end));
            return (start <= end && end <= bytes.len())
                .then(|| Self::bytes(bytes.slice(start..end)));
        }
        Some(Self(self.try_clone()?.0, Some(range)))
    }

    /// Whether a file is unchanged since it was opened. Nothing is known about other sources.
    pub(crate) async fn verify(&self) -> Result<(), Error> {
        match &self.0 {
            Kind::Path(file) => file.verify().await,
            _ => Ok(()),
        }
    }

    /// Opens the source for reading it from a position on; and its whole length where it is known. The
    /// stream is held to that length.
    pub(crate) async fn open(self, start: u64) -> Result<(ByteSource, Option<u64>), Error> {
        let Self(kind, piece) = self;
        let range = |whole: u64| {
            let piece = piece.clone().unwrap_or(0..whole);
            let start = piece.start.saturating_add(start);
            (start, piece.end.saturating_sub(start), piece.end - piece.start)
        };
        match kind {
            Kind::Bytes(bytes) => {
                let length = bytes.len() as u64;
                let from = usize::try_from(start).map_or(bytes.len(), |from| from.min(bytes.len()));
                Ok((Box::pin(steps(bytes.slice(from..))), Some(length)))
            }
            Kind::Stream { stream, length } => {
                let rest = skip(stream, start).await?;
                let rest = match length {
                    Some(length) => hold_to(rest, length.saturating_sub(start)),
                    None => rest,
                };
                Ok((rest, length))
            }
            Kind::Reader(reader) => {
                let (start, left, length) = range(reader.length());
                let ends = start.saturating_add(left) >= reader.length();
                let (then, most) = if ends { (Then::Ends, u64::MAX) } else { (Then::GoesOn, left) };
                let reader = reader.at(start).await.map_err(unreadable)?.take(most);
                let stream = ReaderStream::with_capacity(reader, STEP).map_err(unreadable);
                Ok((Box::pin(exactly(Box::pin(stream), left, then)), Some(length)))
            }
            Kind::Path(file) => {
                let opened = file.opened().await?;
                file.verify().await?;
                let (start, left, length) = range(opened.length());
                Ok((Box::pin(file::read(opened, start, left)), Some(length)))
            }
        }
    }

    /// The body, and its length where it is known.
    pub(crate) async fn into_body(self, progress: &Progress) -> Result<(Body, Option<u64>), Error> {
        let is_file = match &self.0 {
            Kind::Bytes(bytes) if bytes.len() <= STEP => {
                return Ok((Body::from(bytes.clone()), Some(bytes.len() as u64)));
            }
            Kind::Path(_) => true,
            _ => false,
        };
        let (stream, length) = self.open(0).await?;
        // What is read before the request begins fails before it begins. The HTTP client does not read
        // the body of a request whose length is 0.
        if length.is_some_and(|length| length == 0 || is_file && length <= STEP as u64) {
            let add = |mut all: BytesMut, bytes: Bytes| async move {
                all.extend_from_slice(&bytes);
                Ok(all)
            };
            let bytes = stream.try_fold(BytesMut::new(), add).await?;
            return Ok((Body::from(bytes.freeze()), length));
        }
        Ok((Body::wrap_stream(body(stream, length, progress.clone())), length))
    }
}

/// A stream that has exactly this many bytes and ends after them.
pub(crate) fn hold_to(stream: ByteSource, length: u64) -> ByteSource {
    Box::pin(exactly(stream, length, Then::Ends))
}

/// A source as the HTTP client reads it. Why it failed is kept with the progress: how a client reports the
/// failure of a body depends on the protocol, and on what the server does at that moment.
fn body(
    stream: ByteSource,
    length: Option<u64>,
    progress: Progress,
) -> impl Stream<Item = Result<Bytes, SourceFailed>> {
    futures_util::stream::try_unfold((stream, length), move |(mut stream, left)| {
        let progress = progress.clone();
        async move {
            let bytes = match stream.next().await {
                None => return Ok(None),
                Some(Ok(bytes)) => bytes,
                Some(Err(error)) => {
                    progress.source_failed(error);
                    return Err(SourceFailed);
                }
            };
            progress.step();
            let left = left.map(|left| left.saturating_sub(bytes.len() as u64));
            // The client does not read on after the announced length, so what comes is found out here.
            if left == Some(0)
                && let Some(Err(error)) = stream.next().await
            {
                progress.source_failed(error);
            }
            Ok(Some((bytes, (stream, left))))
        }
    })
}

/// Bytes in steps, so that sending them shows progress.
fn steps(mut bytes: Bytes) -> impl Stream<Item = Result<Bytes, Error>> {
    futures_util::stream::iter(std::iter::from_fn(move || {
        let step = bytes.split_to(bytes.len().min(STEP));
        (!step.is_empty()).then_some(Ok(step))
    }))
}

fn unreadable(error: std::io::Error) -> Error {
    let message = format!("the upload could not be read: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

/// The caller's source failed; the reason is kept elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("the upload's source failed")]
struct SourceFailed;

impl fmt::Debug for UploadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Path(file) => f.debug_tuple("Path").field(&file.path()).finish(),
            Kind::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Kind::Reader(reader) => write!(f, "Reader({} bytes)", reader.length()),
            Kind::Stream { length, .. } => write!(f, "Stream({length:?} bytes)"),
        }
    }
}

impl From<PathBuf> for UploadSource {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&Path> for UploadSource {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<Bytes> for UploadSource {
    fn from(bytes: Bytes) -> Self {
        Self::bytes(bytes)
    }
}

impl From<Vec<u8>> for UploadSource {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}
