use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use oneteg_http::{Error, ResponseValue, Runtime};
use serde::de::DeserializeOwned;

use super::parts::Part;
use crate::Client;

/// What became of one call of a [bulk](crate::Client::bulk) request.
#[derive(Clone)]
pub struct BulkAnswer {
    runtime: Runtime,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl BulkAnswer {
    pub(super) fn new(client: &Client, part: Part) -> Self {
        let Part { status, headers, body } = part;
        Self { runtime: client.runtime().clone(), status, headers, body }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as it came.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The value of the answer, as if it had come alone: without its envelope.
    ///
    /// # Errors
    /// Those that the call alone would have failed with.
    pub fn value<T: DeserializeOwned>(&self) -> Result<ResponseValue<T>, Error> {
        self.runtime.decode_embedded(self.status, self.headers.clone(), self.body.clone())
    }

    /// That it worked, whatever the value.
    ///
    /// # Errors
    /// As [`value`](Self::value).
    pub fn ok(&self) -> Result<(), Error> {
        self.value::<serde::de::IgnoredAny>().map(drop)
    }

    pub(super) fn is_refused(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }
}

impl fmt::Debug for BulkAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers are left out: they may carry cookies.
        f.debug_struct("BulkAnswer")
            .field("status", &self.status.as_u16())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
