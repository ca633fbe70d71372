//! Typed client of the NetExplorer API.

mod client;
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;

pub use client::Client;
pub use generated::*;
pub use oneteg_http::{
    ByteStream, CallOptions, Error, ErrorKind, FilePart, Method, Operation, ResponseValue,
    RetryPolicy, UploadSource, reqwest,
};
pub use wire::OPERATIONS;
