#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "zip")]
pub mod archive;
mod client;
mod connection;
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
#[cfg(all(feature = "folders", any(feature = "files", feature = "sync")))]
mod names;
#[cfg(feature = "sharelinks")]
pub mod share_link;
#[cfg(feature = "signature")]
pub mod signing;
#[cfg(all(feature = "files", feature = "folders"))]
pub mod upload;
#[cfg(feature = "folders")]
pub mod walk;
// Not below `generated`: errors use it, and `generated` uses the client.
#[cfg(feature = "cassette")]
#[rustfmt::skip]
#[path = "generated/words.rs"]
mod words;

pub use client::{Client, ClientBuilder};
pub use error::ErrorCode;
pub use generated::*;
/// The mock server that [`mock`] extends.
#[cfg(feature = "mock")]
pub use httpmock;
/// Connection settings, credentials and token stores.
pub use oneteg_auth as auth;
pub use oneteg_auth::{AuthError, Secret};
/// Sets the options of a call on its request: `header`, `timeout`, `retry`, `keep_body`.
pub use oneteg_http::CallSettings;
/// Calls from programs that are not async.
#[cfg(feature = "blocking")]
pub use oneteg_http::blocking;
/// Calls that are recorded without the content of the account, and replayed in tests.
#[cfg(feature = "cassette")]
pub use oneteg_http::cassette;
/// Hooks before and after each attempt, and the wire log.
pub use oneteg_http::{AttemptOutcome, AttemptRequest, Interceptor, WireLog};
pub use oneteg_http::{
    ByteStream, CallFuture, CallOptions, Checksum, Continuation, EnvelopeInfo, Error, ErrorKind,
    FilePart, GiveUp, Limits, Method, Operation, Page, PageRequest, Pager, RangeRequest,
    RangedDownload, RangedStream, RawRequest, Repair, RepairKind, ResponseParts, ResponseValue,
    RetryBudget, RetryPolicy, RuntimeBuilder, StateFile, StatusCode, Transfer, TransferPhase,
    TransferProgress, TransferState, Transport, UploadSource, reqwest,
};
pub use operations::OPERATIONS;
