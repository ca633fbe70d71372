#![doc = include_str!("../README.md")]

#[cfg(feature = "zip")]
pub mod archive;
mod client;
#[cfg(feature = "files")]
pub mod download;
#[cfg(feature = "folders")]
pub mod entry;
mod error;
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;
#[cfg(any(feature = "token", all(feature = "ulinks", feature = "ulinks_email")))]
mod links;
#[cfg(all(feature = "folders", feature = "sync"))]
mod lookup;
#[cfg(feature = "signature")]
pub mod signing;
#[cfg(all(feature = "files", feature = "folders"))]
pub mod upload;
#[cfg(feature = "folders")]
pub mod walk;

pub use client::{Client, ClientBuilder};
pub use error::ErrorCode;
pub use generated::*;
/// The mock server that [`mock`] extends.
#[cfg(feature = "mock")]
pub use httpmock;
/// Connection settings, credentials and token stores.
pub use oneteg_auth as auth;
pub use oneteg_auth::{AuthError, Secret};
/// Shortcuts for the options of a call: `header`, `timeout`, `retry`.
pub use oneteg_http::RequestOptions;
pub use oneteg_http::{
    ByteStream, CallOptions, Checksum, Error, ErrorKind, FilePart, Method, Operation,
    ResponseValue, RetryPolicy, Transfer, TransferProgress, TransferState, UploadSource, reqwest,
};
pub use operations::OPERATIONS;
