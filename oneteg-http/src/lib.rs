//! The runtime under every generated OneTeg client.
//!
//! Generated code builds a [`OperationRequest`](codegen::OperationRequest) for an [`Operation`] and hands it to the [`Runtime`],
//! which authorises it, sends it, takes the vendor's envelope off the answer and turns every failure
//! into one [`Error`] that a program can match on.
//!
//! A vendor crate tells the runtime how its vendor speaks through [`Vendor`].
//!
//! # What a call goes through
//! 1. It waits for the connection's [`Limits`], which learn from 429.
//! 2. A try is authorised with the credential of that moment, sent, and its answer read and opened.
//! 3. A failed try is followed by another where [`RetryClass`], the operation's idempotency, the
//!    [`RetryPolicy`], the [`RetryBudget`] and the time left allow it. A refused credential is replaced once.
//! 4. The value is decoded. An optional member that cannot be read does not lose the rest: it is absent, its raw
//!    value is in the type's `extra`, and [`ResponseValue::repairs`] reports it.
//! 5. [`CallOptions`] change policy and time limits for one call.
//!
//! Listings are [`Pager`]s; files move through [`PartUpload`] and [`RangedDownload`] under a [`Transfer`].
//!
//! # Features
//! | Feature | What it adds |
//! |---|---|
//! | `rustls` (default) | TLS by rustls with ring and the platform's trust store |
//! | `native-tls` | TLS of the platform |
//! | `gzip` | asks servers for gzip |
//! | `tracing` | a span for every call, an event for every try |
//! | `blocking` | calls from programs that are not async |
//! | `checksums` | MD5 and SHA-256 of downloads |
//! | `mock` | what the SDKs' mock helpers call |

mod answer;
mod call;
mod client_settings;
mod dispatch;
mod error;
mod file_response;
mod header_text;
mod limiter;
mod operation;
mod options;
mod pager;
mod payload;
mod query;
mod raw;
mod redirect;
mod request;
mod response;
mod retry;
mod rpc;
mod runtime;
mod runtime_builder;
mod skim;
mod storage;
mod timeouts;
mod tolerant;
mod trace;
pub mod transfer;
mod upload;
mod vendor;
mod wire;

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "mock")]
pub mod mock;
pub mod serde_with;

pub use error::{Error, ErrorKind};
pub use http::{Method, StatusCode};
pub use limiter::Limits;
pub use operation::{Confidence, Envelope, Evidence, Operation, Pagination, PaginationStyle, Rpc};
pub use options::CallOptions;
pub use pager::{Continuation, IntoTotal, Page, PageRequest, Pager};
pub use payload::{EnvelopeInfo, RecordCount};
pub use raw::RawRequest;
/// The HTTP client underneath, for those who bring their own.
pub use reqwest;
pub use response::{ByteStream, ResponseValue};
pub use retry::{GiveUp, RetryBudget, RetryClass, RetryPolicy, RetryPolicyBuilder};
pub use runtime::Runtime;
pub use runtime_builder::RuntimeBuilder;
pub use tolerant::{Repair, RepairKind};
#[cfg(feature = "checksums")]
pub use transfer::Checksum;
pub use transfer::{
    AppendSink, AppendUpload, PartSink, PartUpload, RangeRequest, RangedDownload, RangedStream,
    Transfer, TransferPhase, TransferProgress, TransferState, UploadPart,
};
pub use upload::{FilePart, SourceIdentity, UploadSource};
pub use vendor::{Vendor, VendorFault};
pub use wire::Transport;

/// What generated code calls. Not for use by hand: it changes with the generator.
#[doc(hidden)]
pub mod codegen {
    pub use crate::{
        __client_settings as client_settings, __one_of as one_of, __open_enum as open_enum,
    };
    pub use crate::{
        Error, Runtime,
        call::{OperationRequest, show_request},
        client_settings::ClientSettings,
        header_text::location,
        operation::*,
        options::CallOptions,
        pager::{Page, PageRequest, Pager},
        query::QueryStyle,
        response::{ByteStream, ResponseValue},
        serde_with,
        serde_with::open_enum::enum_string,
        tolerant::{OneOf, any, from_slice, from_value, read_one_of},
        upload::{FilePart, Form, UploadSource},
    };
    pub use http::Method;
}
