//! The calls of a bulk request, and their responses.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use oneteg_http::{Error, Method, ResponseValue, Runtime};
use serde::{Serialize, de::DeserializeOwned};

use crate::Client;

/// One call of a [bulk](Client::bulk) request.
#[derive(Clone)]
pub struct BulkCall {
    pub(super) method: Method,
    pub(super) path: String,
    /// The JSON, or why it could not be written.
    pub(super) body: Option<Result<String, String>>,
}

impl BulkCall {
    /// Returns a call of a path, which is relative to the base URL and may have a query.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None }
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        self.body = Some(serde_json::to_string(value).map_err(|error| error.to_string()));
        self
    }
}

// Leaves query and body out: both may contain secrets.
impl fmt::Debug for BulkCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.as_ref().map(|body| body.as_ref().map_or(0, String::len));
        f.debug_struct("BulkCall")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next().unwrap_or_default())
            .field("body_bytes", &bytes)
            .finish_non_exhaustive()
    }
}

/// The response to one call of a [bulk](Client::bulk) request.
#[derive(Clone)]
pub struct BulkResponse {
    runtime: Runtime,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl BulkResponse {
    pub(super) fn new(client: &Client, response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            runtime: client.runtime().clone(),
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the raw body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the value, without MediaValet's envelope, as if the call had been sent by itself.
    ///
    /// # Errors
    /// Those that the call would have failed with by itself.
    pub fn value<T: DeserializeOwned>(&self) -> Result<ResponseValue<T>, Error> {
        self.runtime.decode_embedded(self.status, self.headers.clone(), self.body.clone())
    }

    /// Checks that the call succeeded, and ignores its value.
    ///
    /// # Errors
    /// As [`value`](Self::value), except for a value that cannot be read.
    pub fn check(&self) -> Result<(), Error> {
        self.value::<serde::de::IgnoredAny>().map(drop)
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }
}

// Leaves the headers out: they may contain cookies.
impl fmt::Debug for BulkResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkResponse")
            .field("status", &self.status.as_u16())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}
