//! Moving files: in parts, in ranges, with a handle to watch and stop them by.
//!
//! The engines know no vendor. An upload sends its parts through a [`PartSink`] (blocks of a storage
//! host); where they must come in order, as with TUS,
//! an [`AppendSink`] takes them. A download gets its ranges from a function that fetches one.
//!
//! What an upload finishes is one version of its source: exactly as many bytes as were announced, of a file
//! that did not change meanwhile. A state belongs to one source. Anything else is
//! [`ErrorKind::Integrity`](crate::ErrorKind::Integrity), before the upload is finished.

mod append;
#[cfg(feature = "checksums")]
mod checksum;
mod download;
mod handle;
mod range;
mod stall;
mod stream;
mod upload;

pub use append::{AppendSink, AppendUpload};
#[cfg(feature = "checksums")]
pub use checksum::Checksum;
pub use download::RangedDownload;
pub use handle::{Phase, Transfer, TransferProgress, TransferState};
pub use range::RangeRequest;
pub(crate) use stall::StallGuard;
pub use stream::RangedStream;
pub use upload::{Part, PartSink, PartUpload};
