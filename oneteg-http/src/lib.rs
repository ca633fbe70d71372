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
mod open_enum;
mod operation;
mod query;
mod raw;
mod response;
mod rpc;
mod runtime;
mod tls;
mod upload;
mod vendor;

#[cfg(feature = "mock")]
pub mod mock;
pub mod serde_with;

pub use call::CallOptions;
pub use error::{Error, ErrorKind};
pub use http::{Method, StatusCode};
pub use operation::{Confidence, Envelope, Evidence, Operation, Pagination, PaginationStyle, Rpc};
pub use raw::RawRequest;
/// The HTTP client underneath, for those who bring their own.
pub use reqwest;
pub use response::{ByteStream, ResponseValue};
pub use runtime::{Runtime, RuntimeBuilder};
pub use upload::{FilePart, UploadSource};
pub use vendor::{Fault, Vendor};

/// What generated code calls. Not for use by hand: it changes with the generator.
#[doc(hidden)]
pub mod codegen {
    pub use crate::__open_enum as open_enum;
    pub use crate::{
        Error, Runtime,
        call::{Call, CallOptions},
        open_enum::enum_text,
        operation::*,
        query::QueryStyle,
        response::{ByteStream, ResponseValue},
        serde_with,
        upload::{FilePart, Form, UploadSource},
    };
    pub use http::Method;
}
