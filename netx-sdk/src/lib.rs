#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "assets", feature = "collections", feature = "import", feature = "search"))]
mod asset;
mod client;
mod connection;
#[cfg(feature = "files")]
pub mod download;
mod error;
#[cfg(feature = "search")]
mod find_asset;
#[cfg(feature = "folders")]
mod find_folder;
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
#[cfg(all(feature = "folders", feature = "import"))]
pub mod upload;
#[cfg(all(feature = "assets", feature = "folders"))]
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
pub use oneteg_http::{
    AttemptOutcome, AttemptRequest, CallFuture, Interceptor, ResponseParts, WireLog,
};
pub use oneteg_http::{
    ByteStream, CallOptions, Checksum, Continuation, EnvelopeInfo, Error, ErrorKind, FilePart,
    GiveUp, Limits, Method, Operation, Pager, RangeRequest, RangedDownload, RangedStream,
    RawRequest, Repair, RepairKind, ResponseValue, RetryBudget, RetryPolicy, RuntimeBuilder,
    StateFile, StatusCode, Transfer, TransferPhase, TransferProgress, TransferState, Transport,
    UploadSource, reqwest,
};
pub use operations::OPERATIONS;
