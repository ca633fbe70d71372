//! The runtime of every generated OneTeg client.
//!
//! Generated code builds an [`OperationRequest`](codegen::OperationRequest) for an [`Operation`] and passes it to
//! the [`Runtime`], which authorises and sends it, unwraps the vendor's envelope, decodes the value, and turns
//! every failure into an [`Error`] to match on. A vendor's crate describes its vendor by implementing [`Vendor`].
//!
//! # A call
//! 1. The call waits for the client's [`Limits`], which adapt to 429 responses.
//! 2. Each attempt is authorised with the current credential and sent; its response is read and unwrapped.
//! 3. A failed attempt is followed by another if [`RetryClass`], the operation's idempotency, [`RetryPolicy`],
//!    [`RetryBudget`] and the time left allow it. A refused credential is replaced once.
//! 4. The value is decoded. An optional member that cannot be read does not lose the rest: it is absent, its raw
//!    value is in the type's `extra`, and [`ResponseValue::repairs`] reports it.
//!
//! [`CallOptions`] change retries, time limits and headers for a single call, and keep the response's body. An
//! [`Interceptor`], such as [`WireLog`], observes each attempt. Listings are [`Pager`]s, folder trees are [`Walk`]s.
//! Files are moved by [`PartUpload`] and [`RangedDownload`], which report to a [`Transfer`].
//!
//! # Features
//! | Feature | Adds |
//! |---|---|
//! | `rustls` (default) | TLS by rustls with ring and the platform's trust store |
//! | `native-tls` | TLS by the platform |
//! | `oauth` (default) | OAuth 2.0 in `oneteg-auth` |
//! | `redis`, `postgres` | stores of sessions that many machines share, in `oneteg-auth` |
//! | `gzip` | requests gzip from servers |
//! | `tracing` | a span for every call, an event for every attempt |
//! | `blocking` | calls from programs that are not async |
//! | `checksums` | MD5 and SHA-256 of downloads |
//! | `cassette` | recorded calls and fakes of values |
//! | `mock` | support for the SDKs' mock helpers |

#![cfg_attr(docsrs, feature(doc_cfg))]

// The layers: a module uses only those in the groups above its own, and no modules use each other in a circle.

// What an error is, and how JSON is read.
mod error;
mod fault;
mod header_value;
#[cfg(feature = "cassette")]
pub mod pseudonym;
pub mod serde_with;
mod tolerant;

// What an operation is, and its rules: of envelopes, of retries, of vendors.
mod envelope;
mod operation;
mod retry;
mod vendor;

// A call: its request, its response, the hooks around its attempts, and the pipeline between them.
mod request;
mod response;

mod interceptor;
mod pipeline;

// Recorded and replayed calls.
#[cfg(feature = "cassette")]
pub mod cassette;

// What users and generated code call.
mod client;

// Built on calls: listings, files, folder trees, and calls from programs that are not async.
#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "mock")]
pub mod mock;
mod pager;
pub mod transfer;
mod walk;

pub use client::{CallFuture, RawRequest, Runtime, RuntimeBuilder};
pub use envelope::{Envelope, EnvelopeInfo, RecordCount};
pub use error::{Error, ErrorKind, GiveUp, mask_secrets};
pub use fault::VendorFault;
pub use http::{Method, StatusCode};
pub use interceptor::{AttemptOutcome, AttemptRequest, Interceptor, WireLog};
pub use operation::{Confidence, Evidence, Operation, Pagination, PaginationStyle, Rpc, Server};
pub use pager::{Continuation, IntoTotal, Page, PageRequest, Pager};
pub use pipeline::{Limits, Transport};
pub use request::{
    CallOptions, CallSettings, RangeRequest,
    body::{FilePart, SourceIdentity, UploadSource},
};
/// The HTTP client, for programs that configure it themselves.
pub use reqwest;
pub use response::{ByteStream, ResponseParts, ResponseValue};
pub use retry::{RetryBudget, RetryClass, RetryPolicy, RetryPolicyBuilder};
pub use tolerant::{Repair, RepairKind};
#[cfg(feature = "checksums")]
pub use transfer::Checksum;
pub use transfer::{
    AppendSink, AppendUpload, PartSink, PartUpload, RangedDownload, RangedStream, StateFile,
    Transfer, TransferPhase, TransferProgress, TransferState, UploadPart,
};
pub use vendor::Vendor;
pub use walk::{FolderEntry, Walk, WalkEntry};

/// Used by generated code. Do not use it elsewhere: it changes with the generator.
#[doc(hidden)]
pub mod codegen {
    pub use crate::{
        __client_connections as client_connections, __client_settings as client_settings,
        __forms as forms, __into_future as into_future, __one_of as one_of,
        __open_enum as open_enum, __read_members as read_members,
    };
    pub use crate::{
        Error, Runtime,
        client::{ClientSettings, variable, variable_error},
        envelope::Envelope,
        header_value::location,
        operation::*,
        pager::{Page, PageRequest, Pager},
        request::{
            CallOptions, CallSettings, OperationRequest,
            body::{FilePart, Form, UploadSource},
            query::QueryStyle,
            show_request,
        },
        response::{ByteStream, ResponseValue},
        serde_with,
        serde_with::{
            members::{Member, ReadMembers, read_members_of},
            open_enum::enum_string,
        },
        tolerant::{Forms, OneOf, ValueForm, any, from_slice, from_value, read_forms, read_one_of},
    };
    pub use http::Method;
}
