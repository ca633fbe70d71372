//! The runtime under every generated OneTeg client.
//!
//! Generated code builds a [`Call`](codegen::Call) for an [`Operation`] and hands it to the [`Runtime`],
//! which authorises it, sends it, takes the vendor's envelope off the answer and turns every failure
//! into one [`Error`] that a program can match on.
//!
//! A vendor crate tells the runtime how its vendor speaks through [`Vendor`].

mod answer;
mod call;
mod dispatch;
mod error;
mod limiter;
mod open_enum;
mod operation;
mod options;
mod pager;
mod query;
mod raw;
mod request;
mod response;
mod retry;
mod rpc;
mod runtime;
mod timeouts;
mod tls;
mod trace;
mod transfer;
mod upload;
mod vendor;
mod wire;

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "test-kit")]
pub mod test_kit;

pub mod serde_with;

pub use error::{Error, ErrorKind};
pub use limiter::Limits;
pub use operation::{Confidence, Envelope, Evidence, Operation, Pagination, PaginationStyle, Rpc};
pub use options::CallOptions;
pub use pager::{Continuation, Page, PageRequest, Pager, Total};
pub use raw::RawRequest;
pub use response::{ByteStream, ResponseValue};
pub use retry::{GiveUp, RetryBudget, RetryClass, RetryPolicy, RetryPolicyBuilder};
pub use runtime::{Runtime, RuntimeBuilder};
#[cfg(feature = "checksums")]
pub use transfer::Checksum;
pub use transfer::{
    Part, PartSink, PartUpload, Phase, RangeRequest, RangedDownload, Transfer, TransferProgress,
    TransferState,
};
pub use upload::{FilePart, UploadSource};
pub use vendor::{Fault, Vendor};

/// What generated code calls. Not for use by hand: it changes with the generator.
#[doc(hidden)]
pub mod codegen {
    pub use crate::__open_enum as open_enum;
    pub use crate::{
        Error, Runtime,
        call::Call,
        open_enum::enum_text,
        operation::*,
        options::CallOptions,
        pager::{Page, PageRequest, Pager},
        query::QueryStyle,
        response::{ByteStream, ResponseValue},
        serde_with,
        upload::{FilePart, Form, UploadSource},
    };
}
