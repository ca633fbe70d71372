//! Moving files: in parts, in ranges, with a handle to watch and stop them by.
//!
//! The engines know no vendor. An upload sends its parts through a [`PartSink`] (blocks of a storage
//! host, TUS, chunks of a form); a download gets its ranges from a function that fetches one.

#[cfg(feature = "checksums")]
mod checksum;
mod download;
mod handle;
mod range;
mod stall;
mod stream;
mod upload;

#[cfg(feature = "checksums")]
pub use checksum::Checksum;
pub use download::RangedDownload;
pub use handle::{Phase, Transfer, TransferProgress, TransferState};
pub use range::RangeRequest;
pub(crate) use stall::StallGuard;
pub use stream::RangedStream;
pub use upload::{Part, PartSink, PartUpload};
