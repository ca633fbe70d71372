//! Uploads of any size.
//!
//! | Method | Default for | Pause | Resume in a new process |
//! |---|---|---|---|
//! | [`Simple`](UploadMethod::Simple): one multipart form | below 16 MiB | no | starts over |
//! | [`Chunked`](UploadMethod::Chunked): one form per chunk, in order | never | between chunks | starts over |
//! | [`Tus`](UploadMethod::Tus): TUS 1.0.0 | 16 MiB and more | between pieces | continues at the server's offset |
//!
//! Uploading under a name that the folder already has creates a new version. Files on disk are streamed, not
//! loaded into memory.
//!
//! ```no_run
//! # async fn example(client: netexplorer_sdk::Client) -> Result<(), netexplorer_sdk::Error> {
//! // Resumes if an earlier run was interrupted:
//! let file = client.upload(42, "film.mov").state_file("film.state").send().await?;
//! # let _ = file; Ok(()) }
//! ```
//!
//! A program that keeps the state elsewhere, such as in a database, resumes with it:
//!
//! ```no_run
//! # async fn example(client: netexplorer_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use netexplorer_sdk::upload::UploadState;
//!
//! let mut upload = client.upload(42, "film.mov").start().await?;
//! let saved = serde_json::to_string(&upload.state())?;
//! let file = upload.wait().await?;
//!
//! // After a crash, in another process:
//! let state: UploadState = serde_json::from_str(&saved)?;
//! let file = client.resume_upload("film.mov", state).send().await?;
//! # let _ = file; Ok(()) }
//! ```
//!
//! # States
//! | State | Event | Next state |
//! |---|---|---|
//! | set up ([`UploadRequest`]) | [`start`](UploadRequest::start) | running; a TUS upload is first opened on the server |
//! | running ([`Upload`]) | [`pause`](Upload::pause) | paused, once the current piece is sent |
//! | paused | [`resume`](Upload::resume) | running |
//! | running | all bytes are sent | assembling: polls the platform, at most [`assembly_timeout`](UploadRequest::assembly_timeout) |
//! | assembling | the file is complete | finished ([`Uploaded`]) |
//! | running, paused, assembling | [`cancel`](Upload::cancel), drop, an error | stopped |
//! | stopped | [`resume_upload`](crate::Client::resume_upload), or a new call with the same [`state_file`](UploadRequest::state_file) | running, or finished if the file is already there |
//! | any | [`discard`](Upload::discard) | stopped; a TUS server deletes what it received |

mod find;
mod handle;
mod metadata;
mod multipart;
mod request;
mod state;
mod tus;
mod tus_protocol;
mod wait;

pub use handle::{Upload, Uploaded};
pub use request::UploadRequest;
pub use state::UploadState;

pub use crate::names::name_problem;

/// How a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UploadMethod {
    /// One multipart form with the whole file. A broken connection loses what was sent.
    Simple,
    /// One multipart form per chunk, in order. Older than TUS; for platforms without it.
    Chunked,
    /// TUS 1.0.0: resumable at any byte.
    Tus,
}
