//! Typed client of the MediaValet API.

mod client;
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;

pub use client::Client;
pub use generated::*;
/// The mock server that [`mock`] extends.
#[cfg(feature = "mock")]
pub use httpmock;
/// Connection settings, credentials and token stores.
pub use oneteg_auth as auth;
pub use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, FilePart, Method, Operation, ResponseValue,
    RetryPolicy, UploadSource, reqwest,
};
pub use wire::OPERATIONS;
