#![doc = include_str!("../README.md")]

mod client;
mod error;
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;
// The tags with operations that take `RequestOptions`.
#[cfg(any(
    feature = "assets",
    feature = "attributes",
    feature = "collections",
    feature = "folders",
    feature = "search",
    feature = "users",
    feature = "views"
))]
mod request_options;
#[cfg(feature = "search")]
pub mod search;

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
    ByteStream, CallOptions, Error, ErrorKind, FilePart, Method, Operation, ResponseValue,
    RetryPolicy, UploadSource, reqwest,
};
pub use operations::OPERATIONS;
