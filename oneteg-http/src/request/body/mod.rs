//! The body of a request, and its progress while it is sent.

use std::fmt;

use bytes::Bytes;

use crate::envelope::json_rpc::Params;

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
pub use source::UploadSource;

pub(crate) enum Body {
    Empty,
    Bytes {
        media_type: &'static str,
        bytes: Bytes,
    },
    /// The parameters of a remote procedure; becomes [`Bytes`](Self::Bytes) once the request has an id.
    Rpc(Params),
    Form(Form),
    Upload {
        media_type: &'static str,
        source: UploadSource,
    },
}

impl Body {
    /// Whether it is read while it is sent, and so may take long.
    pub(crate) fn is_streamed(&self) -> bool {
        matches!(self, Self::Upload { .. } | Self::Form(_))
    }

    /// A copy for another attempt; `None` if the body can be read only once.
    pub(crate) fn try_clone(&self) -> Option<Self> {
        Some(match self {
            Self::Empty => Self::Empty,
            Self::Bytes { media_type, bytes } => Self::Bytes { media_type, bytes: bytes.clone() },
            Self::Rpc(params) => Self::Rpc(params.clone()),
            Self::Form(form) => Self::Form(form.try_clone()?),
            Self::Upload { media_type, source } => {
                Self::Upload { media_type, source: source.try_clone()? }
            }
        })
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
            Self::Form(_) => f.write_str("Form"),
            Self::Upload { media_type, .. } => write!(f, "Upload({media_type})"),
        }
    }
}
