use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};
use http::header;
use oneteg_auth::BoxFuture;
use reqwest::{Body, Request};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncSeek};
use tokio_util::io::ReaderStream;

use super::{
    ClientSource, StreamedBody,
    exact_length::{AfterLast, ByteSource, exactly, hold_to, skip},
    identity::SourceIdentity,
    local_file::{self, LocalFile},
    progress::{Progress, STEP},
    shared_reader::SharedReader,
};
use crate::{Error, ErrorKind};

/// The bytes of an upload: a file, bytes in memory, a reader or a stream. Everything but bytes in memory is read
/// while it is sent, so size does not matter.
///
/// The announced length is always the length sent. A source that has fewer or more bytes, or a file that changes
/// while it is sent, is [`ErrorKind::Integrity`]. If the source has more bytes, the announced ones are sent;
/// otherwise the request is aborted, so that the server never receives a complete one.
///
/// ```
/// use oneteg_http::UploadSource;
///
/// let file = UploadSource::path("film.mov");
/// let memory = UploadSource::bytes("hello");
/// assert!(file.is_replayable() && memory.is_replayable());
/// ```
pub struct UploadSource {
    kind: Kind,
    /// The part of the source that is sent; `None` for all of it.
    part: Option<Range<u64>>,
}

enum Kind {
    Path(LocalFile),
    Bytes(Bytes),
    Reader(SharedReader),
    Stream { stream: ByteSource, length: Option<u64> },
}

impl UploadSource {
    fn new(kind: Kind) -> Self {
        Self { kind, part: None }
    }

    /// A file. It is opened once, when its length is first needed or the request is sent, and every attempt
    /// reads that open file. It must be a regular file; symbolic links are followed. Pipes, sockets, devices,
    /// folders and files in `/proc` have no length to announce, and are [`ErrorKind::Io`] before anything is
    /// sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::new(Kind::Path(LocalFile::new(path.into())))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(Kind::Bytes(bytes.into()))
    }

    /// A seekable reader and its exact length in bytes, counted from its beginning. It can be read again, so
    /// the request can be retried.
    pub fn reader<R>(reader: R, length: u64) -> Self
    where
        R: AsyncRead + AsyncSeek + Send + Sync + Unpin + 'static,
    {
        Self::new(Kind::Reader(SharedReader::new(reader, length)))
    }

    /// A stream and its length in bytes, if known. It can be read only once, so the request is never retried.
    /// It should end after its last announced byte; one that then stays silent for 5 seconds counts as
    /// ended.
    pub fn stream<S>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + Sync + 'static,
    {
        let stream = stream.map_err(unreadable);
        Self::new(Kind::Stream { stream: Box::pin(stream), length })
    }

    /// Whether the bytes can be read again, so that the request can be retried.
    pub fn is_replayable(&self) -> bool {
        !matches!(self.kind, Kind::Stream { .. })
    }

    /// The name of a file; `None` for other sources.
    pub fn file_name(&self) -> Option<String> {
        match &self.kind {
            Kind::Path(file) => {
                file.path().file_name().map(|name| name.to_string_lossy().into_owned())
            }
            _ => None,
        }
    }

    /// When a file was last modified, to check before resuming an upload that it is unchanged. `None` for
    /// other sources, and if the file system does not record it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be opened or is not a regular file.
    pub async fn modified(&self) -> Result<Option<std::time::SystemTime>, Error> {
        match &self.kind {
            Kind::Path(file) => Ok(file.opened().await?.modified()),
            _ => Ok(None),
        }
    }

    /// The identity of the source, to be stored in the state of a transfer.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be opened.
    pub async fn identity(&self) -> Result<SourceIdentity, Error> {
        let (length, modified) = (self.length().await?, self.modified().await?);
        Ok(SourceIdentity::new(self.file_name(), length, modified))
    }

    /// The path of a file; `None` for other sources.
    pub fn file_path(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Path(file) => Some(file.path()),
            _ => None,
        }
    }

    /// The number of bytes, if known.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] for a file that cannot be opened or is not a regular file.
    pub async fn length(&self) -> Result<Option<u64>, Error> {
        if let Some(part) = &self.part {
            return Ok(Some(part.end - part.start));
        }
        match &self.kind {
            Kind::Bytes(bytes) => Ok(Some(bytes.len() as u64)),
            Kind::Reader(reader) => Ok(Some(reader.length())),
            Kind::Stream { length, .. } => Ok(*length),
            Kind::Path(file) => Ok(Some(file.opened().await?.length())),
        }
    }

    /// A copy for another attempt; `None` if the source can be read only once.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        let kind = match &self.kind {
            Kind::Path(file) => Kind::Path(file.clone()),
            Kind::Bytes(bytes) => Kind::Bytes(bytes.clone()),
            Kind::Reader(reader) => Kind::Reader(reader.clone()),
            Kind::Stream { .. } => return None,
        };
        Some(Self { kind, part: self.part.clone() })
    }

    /// A part of a source that can be read again.
    pub(crate) fn piece(&self, range: Range<u64>) -> Option<Self> {
        if let Kind::Bytes(bytes) = &self.kind {
            let index = |at| usize::try_from(at).unwrap_or(usize::MAX);
            let (start, end) = (index(range.start), index(range.end));
            return (start <= end && end <= bytes.len())
                .then(|| Self::bytes(bytes.slice(start..end)));
        }
        Some(Self { kind: self.try_clone()?.kind, part: Some(range) })
    }

    /// Fails if a file has changed since it was opened. Other sources are not checked.
    pub(crate) async fn verify(&self) -> Result<(), Error> {
        match &self.kind {
            Kind::Path(file) => file.verify().await,
            _ => Ok(()),
        }
    }

    /// Opens the source at a position. Returns a stream that is held to the announced length, and the length
    /// of the whole source, if known.
    pub(crate) async fn open(self, start: u64) -> Result<(ByteSource, Option<u64>), Error> {
        let Self { kind, part } = self;
        // Position in the whole source, bytes left from there, length of the part.
        let range = |whole: u64| {
            let part = part.clone().unwrap_or(0..whole);
            let start = part.start.saturating_add(start);
            (start, part.end.saturating_sub(start), part.end - part.start)
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
                let (after_last, limit) =
                    if ends { (AfterLast::End, u64::MAX) } else { (AfterLast::More, left) };
                let reader = reader.at(start).await.map_err(unreadable)?.take(limit);
                let stream = ReaderStream::with_capacity(reader, STEP).map_err(unreadable);
                Ok((Box::pin(exactly(Box::pin(stream), left, after_last)), Some(length)))
            }
            Kind::Path(file) => {
                let opened = file.opened().await?;
                file.verify().await?;
                let (start, left, length) = range(opened.length());
                Ok((Box::pin(local_file::read(opened, start, left)), Some(length)))
            }
        }
    }

    /// The body as the HTTP client takes it, and its length, if known.
    pub(crate) async fn into_body(self, progress: &Progress) -> Result<(Body, Option<u64>), Error> {
        let is_file = match &self.kind {
            Kind::Bytes(bytes) if bytes.len() <= STEP => {
                return Ok((Body::from(bytes.clone()), Some(bytes.len() as u64)));
            }
            Kind::Path(_) => true,
            _ => false,
        };
        let (stream, length) = self.open(0).await?;
        // A small file is read before the request begins, so that nothing is sent if that fails. So is a
        // source of length 0, whose body the HTTP client would not read at all.
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

/// A source as the whole body of a request.
pub(crate) struct Upload {
    pub(crate) media_type: &'static str,
    pub(crate) source: UploadSource,
}

impl StreamedBody for Upload {
    fn media_type(&self) -> Option<&'static str> {
        Some(self.media_type)
    }

    fn try_clone(&self) -> Option<Box<dyn StreamedBody>> {
        let source = self.source.try_clone()?;
        Some(Box::new(Self { media_type: self.media_type, source }))
    }

    fn attach<'a>(
        self: Box<Self>,
        mut request: Request,
        _: &'a ClientSource<'a>,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Request, Error>> {
        Box::pin(async move {
            let (body, length) = self.source.into_body(progress).await?;
            if let Some(length) = length {
                request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            }
            *request.body_mut() = Some(body);
            Ok(request)
        })
    }
}

/// A source as the HTTP client reads it. The reason of a failure is kept in `progress`, because what the client
/// reports about a failed body depends on the protocol and on what the server does at that moment.
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
                    progress.fail_source(error);
                    return Err(SourceFailed);
                }
            };
            progress.step();
            let left = left.map(|left| left.saturating_sub(bytes.len() as u64));
            // The client stops reading at the announced length, so surplus bytes are detected here.
            if left == Some(0)
                && let Some(Err(error)) = stream.next().await
            {
                progress.fail_source(error);
            }
            Ok(Some((bytes, (stream, left))))
        }
    })
}

/// Bytes in steps, so that sending them makes progress.
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

/// The caller's source failed. The reason is kept in [`Progress`].
#[derive(Debug, thiserror::Error)]
#[error("the upload's source failed")]
struct SourceFailed;

impl fmt::Debug for UploadSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
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

/// A path, as a string.
impl From<&str> for UploadSource {
    fn from(path: &str) -> Self {
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
