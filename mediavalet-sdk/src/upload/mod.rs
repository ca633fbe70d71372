//! Uploads: the vendor's five steps as one call, in blocks, and resumable in another process.
//!
//! ```no_run
//! # async fn run(client: mediavalet_sdk::Client) -> Result<(), mediavalet_sdk::Error> {
//! use std::path::Path;
//!
//! let category = "7d4bd8b4-6b46-4a8b-9f0f-2d0fb1c1b1de";
//! let uploaded = client.upload(Path::new("harbour.jpg")).title("Harbour").category(category).send().await?;
//! println!("asset {}", uploaded.id);
//! # Ok(()) }
//! ```
//!
//! # Steps
//!
//! | State | Action | If it fails, a resumed upload |
//! |---|---|---|
//! | checks | the categories, attributes and lightboxes are looked up, once for each client | (there is nothing to resume) |
//! | begin | `POST /uploads` creates the asset and returns a signed link to a blob, valid for 24 hours | (there is nothing to resume) |
//! | blocks | the bytes go to the link, without MediaValet's credentials; each request has a [checksum](BlockChecksum) | sends the blocks that the storage host does not have |
//! | details | file name, title, description, size, categories, keywords and attributes are sent | sends them again |
//! | finish | a patch of the status makes MediaValet compare the size and queue the file | sends it again; if the asset exists, the upload had finished |
//! | lightboxes | optional: adds the asset, which MediaValet accepts once it processes the file | adds it again |
//! | wait | optional: polls until MediaValet has processed the file | polls again |
//!
//! A new version of an asset takes the same path: begin checks the asset out, and details and finish are the
//! check-in.
//!
//! Files of up to [`MAX_SINGLE_REQUEST`] bytes are sent in one request, others in blocks. At most
//! [`parallel`](UploadRequest::parallel) blocks are in memory, and one that is being read, whatever the size of
//! the file.

mod block_writer;
mod checks;
mod handle;
mod plan;
mod renewable_link;
mod request;
mod resume;
mod state;
mod steps;
mod wait;

pub use handle::{Upload, Uploaded};
pub use plan::{MAX_FILE_SIZE, MAX_SINGLE_REQUEST};
pub use request::UploadRequest;
pub use state::UploadState;

pub use crate::storage::checksum::BlockChecksum;
