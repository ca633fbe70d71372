#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "assets")]
mod all_assets;
#[cfg(all(feature = "assets", feature = "uploads"))]
mod block_ids;
pub mod bulk;
mod client;
mod connection;
#[cfg(feature = "assets")]
pub mod download;
mod error;
#[rustfmt::skip]
#[allow(clippy::all, missing_docs, unreachable_pub, unused_qualifications)]
mod generated;
// The tags whose operations take a patch.
#[cfg(all(
    feature = "assets",
    feature = "uploads",
    any(feature = "categories", feature = "attributes", feature = "lightbox")
))]
mod known_ids;
#[cfg(any(feature = "assets", feature = "categories", feature = "lightbox"))]
mod lookup;
#[cfg(any(
    feature = "assets",
    feature = "attribute_groups",
    feature = "categories",
    feature = "keyword_groups",
    feature = "keywords",
    feature = "lightbox",
    feature = "org_unit",
    feature = "persons",
    feature = "saved_searches",
    feature = "uploads",
    feature = "user_groups",
    feature = "users"
))]
mod patch;
pub mod search;
#[cfg(feature = "assets")]
mod storage;
#[cfg(all(feature = "assets", feature = "uploads"))]
pub mod upload;
pub mod webhooks;

// Not below `generated`: errors use it, and `generated` uses the client.
#[cfg(feature = "cassette")]
#[rustfmt::skip]
#[path = "generated/words.rs"]
mod words;

#[cfg(feature = "assets")]
pub use all_assets::{AllAssets, OFFSET_LIMIT};
pub use client::{Client, ClientBuilder};
pub use error::StorageError;
pub use generated::*;
/// The mock server that the traits in [`mock`] extend.
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
    ByteStream, CallFuture, CallOptions, Checksum, Confidence, Continuation, EnvelopeInfo, Error,
    ErrorKind, Evidence, FilePart, GiveUp, Limits, Method, Operation, Page, PageRequest, Pager,
    RangeRequest, RangedDownload, RangedStream, RawRequest, Repair, RepairKind, ResponseParts,
    ResponseValue, RetryBudget, RetryClass, RetryPolicy, RetryPolicyBuilder, RuntimeBuilder,
    StateFile, StatusCode, Transfer, TransferPhase, TransferProgress, TransferState, Transport,
    UploadSource, reqwest,
};
pub use operations::OPERATIONS;
#[cfg(any(
    feature = "assets",
    feature = "attribute_groups",
    feature = "categories",
    feature = "keyword_groups",
    feature = "keywords",
    feature = "lightbox",
    feature = "org_unit",
    feature = "persons",
    feature = "saved_searches",
    feature = "uploads",
    feature = "user_groups",
    feature = "users"
))]
pub use patch::Patch;
