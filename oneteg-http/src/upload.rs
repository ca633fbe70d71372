use std::{
    fmt,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::TryStreamExt;
use reqwest::{Body, multipart};
use tokio_util::io::ReaderStream;

use crate::{Error, ErrorKind};

type ByteSource = std::pin::Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send + Sync>>;

/// Bytes to send: from a file, from memory or from a stream. Files are read while they are sent, so
/// their size does not matter.
pub struct UploadSource(Kind);

enum Kind {
    Path(PathBuf),
    Bytes(Bytes),
    Stream { stream: ByteSource, length: Option<u64> },
}

impl UploadSource {
    /// A file, opened when the request is sent.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Path(path.into()))
    }

    /// Bytes in memory.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Bytes(bytes.into()))
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

    /// A copy to send again, where that is possible.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Kind::Path(path) => Some(Self(Kind::Path(path.clone()))),
            Kind::Bytes(bytes) => Some(Self(Kind::Bytes(bytes.clone()))),
            Kind::Stream { .. } => None,
        }
    }

    /// Opens the source: the body, and its length where it is known.
    pub(crate) async fn into_body(self) -> Result<(Body, Option<u64>), Error> {
        match self.0 {
            Kind::Bytes(bytes) => {
                let length = bytes.len() as u64;
                Ok((Body::from(bytes), Some(length)))
            }
            Kind::Stream { stream, length } => {
                Ok((Body::wrap_stream(stream.map_err(SourceFailed)), length))
            }
            Kind::Path(path) => {
                let (file, length) = open(&path).await.map_err(|error| {
                    let message = format!("{} could not be opened: {error}", path.display());
                    Error::new(ErrorKind::Io, message).with_source(error)
                })?;
                let stream = ReaderStream::with_capacity(file, 64 * 1024).map_err(SourceFailed);
                Ok((Body::wrap_stream(stream), Some(length)))
            }
        }
    }
}

async fn open(path: &Path) -> std::io::Result<(tokio::fs::File, u64)> {
    let file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    if metadata.is_dir() {
        // Opening a folder succeeds on Unix, and only reading it fails, in the middle of the request.
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
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

/// A file part of a multipart form: the bytes and the name they are sent under.
#[derive(Debug)]
pub struct FilePart {
    source: UploadSource,
    file_name: String,
    content_type: Option<String>,
}

impl FilePart {
    /// Some bytes under a name.
    pub fn new(file_name: impl Into<String>, source: impl Into<UploadSource>) -> Self {
        Self { source: source.into(), file_name: file_name.into(), content_type: None }
    }

    /// A file under its own name.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let file_name = path
            .file_name()
            .map_or_else(|| "file".to_owned(), |name| name.to_string_lossy().into_owned());
        Self::new(file_name, UploadSource::path(path))
    }

    /// Sets the media type; the default is `application/octet-stream`.
    #[must_use]
    pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }

    /// The name the bytes are sent under.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    fn try_clone(&self) -> Option<Self> {
        Some(Self {
            source: self.source.try_clone()?,
            file_name: self.file_name.clone(),
            content_type: self.content_type.clone(),
        })
    }
}

/// A multipart form as generated code fills it.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Form(Vec<(&'static str, FormValue)>);

#[derive(Debug)]
enum FormValue {
    Text(String),
    File(FilePart),
}

impl Form {
    pub fn text(&mut self, name: &'static str, text: String) {
        self.0.push((name, FormValue::Text(text)));
    }

    pub fn file(&mut self, name: &'static str, part: FilePart) {
        self.0.push((name, FormValue::File(part)));
    }

    pub(crate) fn try_clone(&self) -> Option<Self> {
        let parts = self.0.iter().map(|(name, value)| {
            Some((
                *name,
                match value {
                    FormValue::Text(text) => FormValue::Text(text.clone()),
                    FormValue::File(part) => FormValue::File(part.try_clone()?),
                },
            ))
        });
        parts.collect::<Option<_>>().map(Self)
    }

    pub(crate) async fn into_multipart(self) -> Result<multipart::Form, Error> {
        let mut form = multipart::Form::new();
        for (name, value) in self.0 {
            form = match value {
                FormValue::Text(text) => form.text(name, text),
                FormValue::File(part) => form.part(name, file_part(part).await?),
            };
        }
        Ok(form)
    }
}

async fn file_part(part: FilePart) -> Result<multipart::Part, Error> {
    let (body, length) = part.source.into_body().await?;
    let sent = match length {
        Some(length) => multipart::Part::stream_with_length(body, length),
        None => multipart::Part::stream(body),
    };
    let media_type = part.content_type.as_deref().unwrap_or("application/octet-stream");
    sent.file_name(part.file_name).mime_str(media_type).map_err(|error| {
        Error::invalid_request(format!("`{media_type}` is not a media type")).with_source(error)
    })
}
