use std::{
    fmt,
    path::Path,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, TryStreamExt};
use http::HeaderMap;

use super::{
    file::{self, PageTest},
    stall::StallGuard,
};
use crate::{Error, ErrorKind};

type BoxedBody = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// The bytes of a file, as they arrive.
///
/// It is always a file. A status other than 200 and 206, a content coding that was not requested, and an HTML
/// page after a redirect or in place of a file of another type are errors of the call.
///
/// It fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) if the server sends nothing for the client's
/// stall timeout while the reader waits. A slow reader does not cause a timeout.
pub struct ByteStream {
    body: StallGuard<BoxedBody>,
    operation: &'static str,
    /// Bytes that were peeked at but not consumed.
    peeked: Bytes,
    /// How to recognise an HTML page, if the headers do not rule one out.
    page_test: Option<PageTest>,
    /// Whether `peek` hit an error, which is reported after the peeked bytes.
    broken: bool,
}

impl ByteStream {
    pub(crate) fn new(
        response: reqwest::Response,
        operation: &'static str,
        stall_timeout: Duration,
        headers: &HeaderMap,
    ) -> Self {
        let body: BoxedBody = Box::pin(response.bytes_stream().map_err(Error::from_reqwest));
        Self {
            body: StallGuard::new(body, stall_timeout),
            operation,
            peeked: Bytes::new(),
            page_test: file::page_test_of_stream(headers),
            broken: false,
        }
    }

    /// Returns the first bytes without consuming them: at least `bytes`, unless the body is shorter. After an
    /// error, the bytes that arrived can still be read; then the stream fails.
    ///
    /// # Errors
    /// Those of the network.
    pub async fn peek(&mut self, bytes: usize) -> Result<&[u8], Error> {
        while self.peeked.len() < bytes {
            let peeked = std::mem::take(&mut self.peeked);
            let next = match self.next_chunk().await {
                Some(Ok(next)) => next,
                Some(Err(error)) => {
                    (self.peeked, self.broken) = (peeked, true);
                    return Err(error);
                }
                None => {
                    self.peeked = peeked;
                    break;
                }
            };
            self.peeked = if peeked.is_empty() { next } else { [peeked, next].concat().into() };
        }
        Ok(&self.peeked)
    }

    /// Fails if the body is an HTML page although the target's name denotes another type.
    pub(crate) async fn refuse_page(&mut self, target: &Path) -> Result<(), Error> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let Some(is_page) = self.page_test.filter(|_| file::denotes_other_than_html(&name)) else {
            return Ok(());
        };
        let operation = self.operation;
        // An error is left to the caller who reads the stream.
        let first = match self.peek(file::PAGE_TEST_BYTES).await {
            Ok(first) if is_page(first) => first,
            _ => return Ok(()),
        };
        let message =
            "the server sent an HTML page instead of the file: check the sign-in and any proxy";
        Err(Error::new(ErrorKind::Html, message).with_operation(operation).with_body(first))
    }

    /// Reads everything into memory, up to `limit` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) beyond the limit, and the errors of the network.
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

    /// Returns the next bytes, or `None` at the end.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.peeked.is_empty() {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.peeked))));
        }
        let operation = self.operation;
        if std::mem::take(&mut self.broken) {
            let error = Error::new(ErrorKind::Transport, "the connection broke");
            return Poll::Ready(Some(Err(error.with_operation(operation))));
        }
        self.body
            .poll_next_unpin(context)
            .map(|chunk| chunk.map(|chunk| chunk.map_err(|error| error.with_operation(operation))))
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}
