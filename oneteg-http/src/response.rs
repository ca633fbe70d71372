use std::{
    fmt,
    ops::Deref,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderMap, StatusCode};

use crate::{
    EnvelopeInfo, Error, ErrorKind, Repair,
    file_response::{self, PageTest},
    payload::Said,
    tolerant::Repairs,
    transfer::StallGuard,
};

/// The value of an answer, and what came with it. It derefs to the value.
#[derive(Clone)]
pub struct ResponseValue<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    envelope: Option<Said>,
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

    pub(crate) fn with_envelope(mut self, envelope: Option<Said>) -> Self {
        self.envelope = envelope;
        self
    }

    pub(crate) fn value_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The value alone.
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

    /// What the answer's envelope said beside the value: counts, warnings, the version. `None` where the
    /// vendor has no such envelope, and for answers that came without.
    pub fn envelope(&self) -> Option<&EnvelopeInfo> {
        self.envelope.as_ref().map(Said::info)
    }

    /// What in the response was not as documented and was read anyway: a value of another type, an optional
    /// member that could not be read and is now in `extra`, broken text. Empty for nearly every response. The
    /// first 100 are listed.
    pub fn repairs(&self) -> &[Repair] {
        self.repairs.as_ref().map_or(&[], |repairs| repairs.list())
    }

    /// How many records there are in all, where the envelope says it.
    #[doc(hidden)]
    pub fn total(&self) -> Option<u64> {
        self.envelope()?.record_count?.total
    }

    /// The answer with its value replaced.
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

// Headers are left out: they may carry cookies.
impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue")
            .field("status", &self.status.as_u16())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

type BoxedBody = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// The bytes of a file, as they come.
///
/// Only a file is returned as one: a status other than 200 and 206, a content coding that was not requested,
/// and an HTML page after a redirect, or in place of a file whose name denotes another type, are errors of
/// the call.
///
/// It fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when the server sends nothing for the
/// client's stall timeout while the reader waits; a reader that takes its time is not failed.
pub struct ByteStream {
    inner: StallGuard<BoxedBody>,
    operation: &'static str,
    /// What was peeked at and not taken yet.
    first: Bytes,
    /// How to determine whether it is a page, if its headers do not show that it is something else.
    page_test: Option<PageTest>,
    /// Whether it failed while its beginning was peeked at.
    broken: bool,
}

impl ByteStream {
    pub(crate) fn new(
        response: reqwest::Response,
        operation: &'static str,
        stall: Duration,
        headers: &HeaderMap,
    ) -> Self {
        let body: BoxedBody = Box::pin(response.bytes_stream().map_err(Error::from_reqwest));
        let page_test = file_response::page_test_of_stream(headers);
        let (inner, first) = (StallGuard::new(body, stall), Bytes::new());
        Self { inner, operation, first, page_test, broken: false }
    }

    /// The first bytes, without consuming them: at least this number, unless the body is shorter. After an
    /// error, the bytes that arrived can still be read; then the stream fails.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn peek(&mut self, bytes: usize) -> Result<&[u8], Error> {
        while self.first.len() < bytes {
            let seen = std::mem::take(&mut self.first);
            let next = match self.next_chunk().await {
                Some(Ok(next)) => next,
                Some(Err(error)) => {
                    (self.first, self.broken) = (seen, true);
                    return Err(error);
                }
                None => {
                    self.first = seen;
                    break;
                }
            };
            self.first = if seen.is_empty() { next } else { [seen, next].concat().into() };
        }
        Ok(&self.first)
    }

    /// Fails if an HTML page came for a file whose target name denotes another type.
    pub(crate) async fn refuse_page(&mut self, target: &Path) -> Result<(), Error> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let Some(is_page) = self.page_test.filter(|_| file_response::is_no_html_name(&name)) else {
            return Ok(());
        };
        let operation = self.operation;
        // Who reads it gets the error of a stream that breaks off here.
        let first = match self.peek(file_response::BEGINNING).await {
            Ok(first) if is_page(first) => first,
            _ => return Ok(()),
        };
        let message = "a page of HTML came instead of the file: check the sign-in and any proxy";
        Err(Error::new(ErrorKind::Html, message).with_operation(operation).with_body(first))
    }

    /// Reads everything into memory, up to a limit in bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) past the limit, and the errors of the network.
    pub async fn collect(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next_chunk().await {
            let chunk = chunk?;
            if chunk.len() > limit - all.len() {
                let message = format!("the file is larger than the {limit} bytes allowed");
                return Err(Error::new(ErrorKind::TooLarge, message).with_operation(self.operation));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// The next bytes, or `None` at the end.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.first))));
        }
        let operation = self.operation;
        if std::mem::take(&mut self.broken) {
            let error = Error::new(ErrorKind::Transport, "the connection broke");
            return Poll::Ready(Some(Err(error.with_operation(operation))));
        }
        self.inner
            .poll_next_unpin(context)
            .map(|chunk| chunk.map(|chunk| chunk.map_err(|error| error.with_operation(operation))))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}
