//! The body of a request, and its progress while it is sent.

use std::fmt;

use bytes::Bytes;
use oneteg_auth::BoxFuture;
use reqwest::{Client, Request};

use crate::{Error, envelope::json_rpc::Params};

mod exact_length;
mod form;
mod identity;
mod local_file;
mod progress;
mod shared_reader;
mod source;

pub(crate) use exact_length::{ByteSource, hold_to};
pub use form::{FilePart, Form};
pub use identity::SourceIdentity;
pub(crate) use progress::{Progress, STEP};
pub(crate) use source::Upload;
pub use source::UploadSource;

pub(crate) enum Body {
    Empty,
    Bytes {
        media_type: &'static str,
        bytes: Bytes,
    },
    /// The parameters of a remote procedure; becomes [`Bytes`](Self::Bytes) once the request has an id.
    Rpc(Params),
    Streamed(Box<dyn StreamedBody>),
}

/// An HTTP client to build multipart bodies with.
pub(crate) type ClientSource<'a> = dyn Fn() -> Result<Client, Error> + Send + Sync + 'a;

/// A body that is read while it is sent, and so may take long. The pipeline knows only this trait, so that a program
/// that sends no file has no code for files in it.
pub(crate) trait StreamedBody: Send + Sync {
    /// The media type, unless it is known only when the body is attached.
    fn media_type(&self) -> Option<&'static str>;

    /// A copy for another attempt; `None` if the body can be read only once.
    fn try_clone(&self) -> Option<Box<dyn StreamedBody>>;

    /// The request with this body.
    fn attach<'a>(
        self: Box<Self>,
        request: Request,
        client: &'a ClientSource<'a>,
        progress: &'a Progress,
    ) -> BoxFuture<'a, Result<Request, Error>>;
}

impl Body {
    pub(crate) fn is_streamed(&self) -> bool {
        matches!(self, Self::Streamed(_))
    }

    /// A copy for another attempt; `None` if the body can be read only once.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        Some(match self {
            Self::Empty => Self::Empty,
            Self::Bytes { media_type, bytes } => Self::Bytes { media_type, bytes: bytes.clone() },
            Self::Rpc(params) => Self::Rpc(params.clone()),
            Self::Streamed(body) => Self::Streamed(body.try_clone()?),
        })
    }

    /// The value of `Content-Type`, if it is known before the body is attached.
    pub(crate) fn media_type(&self) -> Option<&'static str> {
        match self {
            Self::Empty | Self::Rpc(_) => None,
            Self::Bytes { media_type, .. } => Some(media_type),
            Self::Streamed(body) => body.media_type(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes { media_type, bytes } => {
                write!(f, "Bytes({media_type}, {} bytes)", bytes.len())
            }
            Self::Rpc(params) => params.fmt(f),
            Self::Streamed(body) => {
                write!(f, "Streamed({})", body.media_type().unwrap_or("multipart/form-data"))
            }
        }
    }
}
