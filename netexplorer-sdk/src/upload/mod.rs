//! Uploading a file in one call, whatever it takes on the wire.
//!
//! | Method | Used by default | Pause | Resumed in a new process |
//! |---|---|---|---|
//! | [`Simple`](UploadMethod::Simple): one form | below 16 MiB | no | begins anew |
//! | [`Chunked`](UploadMethod::Chunked): a form for every chunk, in order | never | between chunks | begins anew |
//! | [`Tus`](UploadMethod::Tus): TUS 1.0.0 | from 16 MiB | between pieces | where the server is |
//!
//! A name that the folder has already gets a new version. A file on disk is read while it is sent.
//!
//! ```no_run
//! # async fn example(client: netexplorer_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use std::path::Path;
//! use netexplorer_sdk::upload::UploadState;
//!
//! let source = Path::new("film.mov");
//! let mut upload = client.upload(42, source).start().await?;
//! std::fs::write("film.upload", serde_json::to_vec(&upload.state())?)?;
//! let mut progress = upload.progress();
//! tokio::spawn(async move {
//!     while progress.changed().await.is_ok() {
//!         println!("{} bytes", progress.borrow().done);
//!     }
//! });
//! let file = upload.wait().await?;
//!
//! // After a crash, in another process:
//! let state: UploadState = serde_json::from_slice(&std::fs::read("film.upload")?)?;
//! let file = client.resume_upload(state, source).send().await?;
//! # let _ = file; Ok(()) }
//! ```

mod chunked;
mod find;
mod handle;
mod name;
mod patience;
mod request;
mod simple;
mod state;
mod tus;

pub use handle::{Upload, Uploaded};
pub use request::UploadRequest;
pub use state::UploadState;

/// How a file goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UploadMethod {
    /// One multipart form with the whole file. What a broken connection leaves is lost.
    Simple,
    /// A multipart form for every chunk, in order. Older than TUS; for platforms without it.
    Chunked,
    /// TUS 1.0.0: resumable to the byte.
    Tus,
}
