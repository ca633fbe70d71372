//! Responses: read in full, or streamed as a file.

use std::{fmt, ops::Deref};

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
/// ```
/// use oneteg_http::ResponseValue;
///
/// fn report(response: &ResponseValue<Vec<String>>) -> String {
///     format!("{} names, HTTP {}", response.len(), response.status())
/// }
/// ```
#[derive(Clone)]
pub struct ResponseValue<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    envelope: Option<EnvelopeMeta>,
    repairs: Option<Box<Repairs>>,
}

impl<T> ResponseValue<T> {
    pub(crate) fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self { value, status, headers, envelope: None, repairs: None }
    }

    pub(crate) fn with_repairs(mut self, repairs: Repairs) -> Self {
        self.repairs = (repairs.count() > 0).then(|| Box::new(repairs));
        self
    }

    pub(crate) fn with_envelope(mut self, envelope: Option<EnvelopeMeta>) -> Self {
        self.envelope = envelope;
        self
    }

    pub(crate) fn value_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Returns the value without status and headers.
    pub fn into_inner(self) -> T {
        self.value
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
        let (value, status, headers) = (change(self.value), self.status, self.headers);
        ResponseValue { value, status, headers, envelope: self.envelope, repairs: self.repairs }
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
