use std::{
    fmt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::TryStreamExt;
use reqwest::Body;
use tokio::io::{AsyncRead, AsyncSeek, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::{Error, ErrorKind, timeouts::Progress};

mod form;
mod reader;

pub use form::{FilePart, Form};
use reader::SharedReader;

pub(crate) type ByteSource =
    std::pin::Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send + Sync>>;

/// Bytes to send: from a file, from memory or from a stream. Files are read while they are sent, so
/// their size does not matter.
pub struct UploadSource(Kind);

enum Kind {
    Path(PathBuf),
    Bytes(Bytes),
    Reader(SharedReader),
    Stream { stream: ByteSource, length: Option<u64> },
}

/// How much is read from a source at a time, and how much of a body counts as one step of progress.
pub(crate) const STEP: usize = 64 * 1024;

impl UploadSource {
    /// A file, opened when the request is sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Path(path.into()))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }

    /// A reader that can go back, with the number of bytes it has from its beginning. It can be read
    /// again, so a request with it may be sent a second time.
    pub fn reader<R>(reader: R, length: u64) -> Self
    where
        R: AsyncRead + AsyncSeek + Send + Sync + Unpin + 'static,
    {
        Self(Kind::Reader(SharedReader::new(reader, length)))
    }

    /// A stream, with its length in bytes where it is known. It can be read once, so a request with it
    /// is never sent a second time.
    pub fn stream<S>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + Sync + 'static,
    {
        Self(Kind::Stream { stream: Box::pin(stream), length })
    }

    /// Whether the bytes can be read again, and so the request be sent again.
    pub fn is_replayable(&self) -> bool {
        !matches!(self.0, Kind::Stream { .. })
    }

    /// The file's own name, for a file.
    pub fn file_name(&self) -> Option<String> {
        match &self.0 {
            Kind::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            _ => None,
        }
    }

    /// When a file was last changed, for a file whose system keeps that. Who goes on with an upload can
    /// tell by it whether the file is still the one that was begun with.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be looked at.
    pub async fn modified(&self) -> Result<Option<std::time::SystemTime>, Error> {
        let Kind::Path(path) = &self.0 else { return Ok(None) };
        let metadata = tokio::fs::metadata(path).await.map_err(|error| unopened(path, error))?;
        Ok(metadata.modified().ok())
    }

    /// A copy to send again, where that is possible.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Kind::Path(path) => Some(Self(Kind::Path(path.clone()))),
            Kind::Bytes(bytes) => Some(Self(Kind::Bytes(bytes.clone()))),
            Kind::Reader(reader) => Some(Self(Kind::Reader(reader.clone()))),
            Kind::Stream { .. } => None,
        }
    }

    /// The number of bytes, where it is known.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be looked at.
    pub async fn length(&self) -> Result<Option<u64>, Error> {
        match &self.0 {
            Kind::Bytes(bytes) => Ok(Some(bytes.len() as u64)),
            Kind::Reader(reader) => Ok(Some(reader.length())),
            Kind::Stream { length, .. } => Ok(*length),
            Kind::Path(path) => match tokio::fs::metadata(path).await {
                Ok(metadata) => Ok(Some(metadata.len())),
                Err(error) => Err(unopened(path, error)),
            },
        }
    }

    /// Opens the source for reading it from a position on; and its whole length where it is known.
    pub(crate) async fn open(self, start: u64) -> Result<(ByteSource, Option<u64>), Error> {
        match self.0 {
            Kind::Bytes(bytes) => {
                let length = bytes.len() as u64;
                let from = usize::try_from(start).map_or(bytes.len(), |from| from.min(bytes.len()));
                Ok((Box::pin(steps(bytes.slice(from..))), Some(length)))
            }
            Kind::Stream { stream, length } => Ok((Box::pin(skip(stream, start)), length)),
            Kind::Reader(reader) => {
                let length = reader.length();
                let reader = reader.at(start).await.map_err(unreadable)?;
                Ok((Box::pin(ReaderStream::with_capacity(reader, STEP)), Some(length)))
            }
            Kind::Path(path) => {
                let opened = open(&path, start).await;
                let (file, length) = opened.map_err(|error| unopened(&path, error))?;
                Ok((Box::pin(ReaderStream::with_capacity(file, STEP)), Some(length)))
            }
        }
    }

    /// The body, and its length where it is known.
    pub(crate) async fn into_body(self, progress: &Progress) -> Result<(Body, Option<u64>), Error> {
        if let Kind::Bytes(bytes) = &self.0
            && bytes.len() <= STEP
        {
            return Ok((Body::from(bytes.clone()), Some(bytes.len() as u64)));
        }
        let (stream, length) = self.open(0).await?;
        let progress = progress.clone();
        let stream = stream.inspect_ok(move |_| progress.step()).map_err(SourceFailed);
        Ok((Body::wrap_stream(stream), length))
    }
}

/// Bytes in steps, so that sending them shows progress.
fn steps(mut bytes: Bytes) -> impl Stream<Item = std::io::Result<Bytes>> {
    futures_util::stream::iter(std::iter::from_fn(move || {
        let step = bytes.split_to(bytes.len().min(STEP));
        (!step.is_empty()).then_some(Ok(step))
    }))
}

/// A stream without its first bytes.
fn skip(stream: ByteSource, mut bytes: u64) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream.map_ok(move |mut piece| {
        let skipped = usize::try_from(bytes).map_or(piece.len(), |bytes| bytes.min(piece.len()));
        bytes -= skipped as u64;
        piece.split_off(skipped)
    })
}

fn unopened(path: &Path, error: std::io::Error) -> Error {
    let message = format!("{} could not be opened: {error}", path.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}

pub(crate) fn unreadable(error: std::io::Error) -> Error {
    let message = format!("the upload could not be read: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

async fn open(path: &Path, start: u64) -> std::io::Result<(tokio::fs::File, u64)> {
    let mut file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    if metadata.is_dir() {
        // Opening a folder succeeds on Unix, and only reading it fails, in the middle of the request.
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
    }
    if start > 0 {
        file.seek(std::io::SeekFrom::Start(start)).await?;
    }
    Ok((file, metadata.len()))
}

/// The caller's source failed. A type of its own, so that it is not mistaken for the network's failure.
#[derive(Debug, thiserror::Error)]
#[error("the upload could not be read: {0}")]
pub(crate) struct SourceFailed(pub(crate) std::io::Error);

impl fmt::Debug for UploadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Path(path) => f.debug_tuple("Path").field(path).finish(),
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
