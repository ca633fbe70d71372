//! Responses: read in full, or streamed as a file.

use std::{fmt, ops::Deref};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{EnvelopeInfo, Repair, envelope::EnvelopeMeta, tolerant::Repairs};

mod buffered;
mod byte_stream;
mod content_range;
mod failure;
pub(crate) mod file;
mod stall;

pub(crate) use buffered::{BufferedResponse, Responder};
pub use byte_stream::ByteStream;
pub(crate) use content_range::{ContentRange, content_length};

/// The value of a response, with its status and headers. Dereferences to the value.
///
/// The field [`value`](Self::value) lets a member be moved out; [`into_inner`](Self::into_inner) returns the value
/// alone, and [`into_parts`](Self::into_parts) everything.
///
/// ```
/// use oneteg_http::ResponseValue;
///
/// fn report(response: &ResponseValue<Vec<String>>) -> String {
///     format!("{} names, HTTP {}", response.len(), response.status())
/// }
///
/// struct Asset {
///     name: String,
/// }
///
/// fn name(response: ResponseValue<Asset>) -> String {
///     response.value.name
/// }
/// ```
#[derive(Clone)]
pub struct ResponseValue<T> {
    /// The decoded value.
    pub value: T,
    status: StatusCode,
    headers: HeaderMap,
    envelope: Option<EnvelopeMeta>,
    repairs: Option<Box<Repairs>>,
    body: Option<Bytes>,
}

/// What a response has besides its value. Made by [`ResponseValue::into_parts`].
#[derive(Clone)]
#[non_exhaustive]
pub struct ResponseParts {
    /// The HTTP status.
    pub status: StatusCode,
    /// The HTTP headers.
    pub headers: HeaderMap,
    /// What the envelope contains besides the value; see [`ResponseValue::envelope`].
    pub envelope: Option<EnvelopeInfo>,
    /// The body as the server sent it, if the call [kept](crate::CallOptions::keep_body) it.
    pub body: Option<Bytes>,
    /// What differed from the documentation and was read anyway; see [`ResponseValue::repairs`].
    pub repairs: Vec<Repair>,
}

// Without headers, which may contain cookies, and without the body.
impl fmt::Debug for ResponseParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseParts")
            .field("status", &self.status.as_u16())
            .field("body", &self.body.as_ref().map(Bytes::len))
            .field("repairs", &self.repairs)
            .finish_non_exhaustive()
    }
}

impl<T> ResponseValue<T> {
    pub(crate) fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self { value, status, headers, envelope: None, repairs: None, body: None }
    }

    pub(crate) fn with_repairs(mut self, repairs: Repairs) -> Self {
        self.repairs = (repairs.count() > 0).then(|| Box::new(repairs));
        self
    }

    pub(crate) fn with_envelope(mut self, envelope: Option<EnvelopeMeta>) -> Self {
        self.envelope = envelope;
        self
    }

    pub(crate) fn with_body(mut self, body: Option<Bytes>) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn value_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Returns the value without status and headers.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the value, and everything else that the response has.
    pub fn into_parts(self) -> (T, ResponseParts) {
        let (envelope, repairs) = (self.envelope().cloned(), self.repairs().to_vec());
        let (status, headers, body) = (self.status, self.headers, self.body);
        (self.value, ResponseParts { status, headers, envelope, body, repairs })
    }

    /// The body as the server sent it, envelope included, if the call was made with
    /// [`CallOptions::keep_body`](crate::CallOptions::keep_body); `None` for a streamed file. A body may contain
    /// secrets, such as signed links: `Debug` output does not show it.
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What the envelope contains besides the value, such as counts and warnings. `None` if the vendor has no
    /// such envelope or the response lacks it.
    pub fn envelope(&self) -> Option<&EnvelopeInfo> {
        self.envelope.as_ref().map(EnvelopeMeta::info)
    }

    /// What differed from the documentation and was read anyway: a value of another type, an optional member
    /// that could not be read and is now in `extra`, malformed strings. Empty for nearly every response. At
    /// most the first 100 are listed.
    pub fn repairs(&self) -> &[Repair] {
        self.repairs.as_ref().map_or(&[], |repairs| repairs.list())
    }

    /// The total number of records, if the envelope contains it.
    #[doc(hidden)]
    pub fn total(&self) -> Option<u64> {
        self.envelope()?.record_count?.total
    }

    /// Replaces the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> ResponseValue<U> {
        ResponseValue {
            value: change(self.value),
            status: self.status,
            headers: self.headers,
            envelope: self.envelope,
            repairs: self.repairs,
            body: self.body,
        }
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

// Without headers, which may contain cookies.
impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue")
            .field("status", &self.status.as_u16())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
