//! Moving files: in parts, in ranges, with a handle to watch and stop them.
//!
//! The engines know no vendor. An upload sends its parts through a [`PartSink`] (such as the blocks of a storage
//! host), or, where a protocol accepts a file from beginning to end only (TUS), through an [`AppendSink`]. A
//! download requests ranges through a function. Each runs as a [`Transfer`].
//!
//! # What uploads promise
//! An upload that finishes has sent one version of its source: exactly as many bytes as were announced, of a file
//! that did not change meanwhile. A state belongs to one source. Anything else is
//! [`ErrorKind::Integrity`](crate::ErrorKind::Integrity), before the upload is finished.
//!
//! # What downloads promise
//! 1. **What gets the file's name is the whole file of one version, or nothing.** Bytes are written to
//!    `<name>.part` in the same folder, or to `<name>.<token>.part` if that name is taken. When all of them are
//!    there, the length is set, the [`Checksum`] compared, the file synced and renamed, and the folder synced.
//!    An existing file of that name stays until then. This holds for [`RangedDownload`], [`ByteStream::save`],
//!    and what the SDKs build on them, archives included.
//! 2. **One version.** Every response is compared with the first: the length of the file, and the strong entity
//!    tag or else the modification time. `If-Range` is sent as well, but not relied on. If the server reports
//!    neither, ranges of two responses are not combined: the file is read from one response, and from the
//!    beginning again if that fails. With a checksum, which would detect mixed versions, ranges are combined
//!    anyway.
//! 3. **A state belongs to one source and one target, and its bytes are on the disk.** A part is in the
//!    [`TransferState`] only after its bytes were synced, with their checksum. Resuming compares the checksums
//!    with the partial file, which is found by the target's name. A mismatch is
//!    [`ErrorKind::Integrity`](crate::ErrorKind::Integrity), and the partial file is left unchanged.
//! 4. **No file of somebody else is touched.** A partial file is created, never opened through a link. Two
//!    downloads to one path have two partial files, and the one that ends last gets the name.
//! 5. **Only a file is a file.** 200 and 206 are; 202 is retried after its `Retry-After`; other statuses, a
//!    content coding that was not requested, and an HTML page in place of the file are errors. See
//!    [`ByteStream`].
//!
//! Not promised: two versions of the same length with the same validator, or two changes within one second if only
//! the time is known, are not distinguished; a response without a length over a connection that is closed at its
//! end (HTTP/1.0) ends wherever it was cut. A checksum detects both. An interrupted download leaves its partial
//! file if its state has parts; if you do not resume it, remove the file.
//!
//! [`ByteStream`]: crate::ByteStream
//! [`ByteStream::save`]: crate::ByteStream::save

mod append;
#[cfg(feature = "checksums")]
mod checksum;
mod download;
mod handle;
mod partial_file;
mod parts;
mod range_response;
mod ranged_stream;
mod save_stream;
mod state;
mod state_file;
mod version;

pub use append::{AppendSink, AppendUpload};
#[cfg(feature = "checksums")]
pub use checksum::Checksum;
pub use download::RangedDownload;
pub use handle::{Transfer, TransferPhase, TransferProgress};
pub use parts::{PartSink, PartUpload, UploadPart};
pub use ranged_stream::RangedStream;
pub use state::TransferState;
pub use state_file::StateFile;
