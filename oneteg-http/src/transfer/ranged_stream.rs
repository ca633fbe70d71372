//! A download as a stream that survives lost connections.
//!
//! When the connection is lost, the rest is requested in this order, until a response fits:
//!
//! | Request | Condition | If it fits |
//! |---|---|---|
//! | the rest, with `If-Range` | bytes were yielded, and the version has a validator | continue |
//! | the rest, without it | | continue |
//! | the whole file | bytes were yielded | skip what was yielded |
//!
//! After 4 attempts in a row without a byte the stream fails. It fails at once if the file has changed, or if bytes
//! were yielded and the first response did not report a version.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http::StatusCode;

use super::{
    range_response::{
        FetchRange, MAX_ATTEMPTS, RangeMatch, file_changed, is_connection_failure, match_response,
        may_reject_if_range, rest_error, retry_delay, whole_file_length,
    },
    version::FileVersion,
};
use crate::{ByteStream, Error, ErrorKind, RangeRequest, ResponseValue, response::ContentRange};

/// A download as a stream that survives lost connections: the rest is then requested.
///
/// All bytes are of one version: every response is compared with the first, by the strong entity tag or else the
/// modification time, and by the length. If the file has changed, the stream fails with [`ErrorKind::Integrity`].
/// If the server does not support ranges, the file is read again, and what was already yielded is skipped. If the
/// server reports no version, a lost connection fails the stream once bytes were yielded.
pub struct RangedStream {
    inner: Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>,
    total: Option<u64>,
}

struct StreamState {
    fetch: FetchRange,
    body: Option<ByteStream>,
    /// The number of bytes that were yielded.
    at: u64,
    /// The number of bytes at the beginning of the body that were already yielded.
    skip: u64,
    total: Option<u64>,
    version: FileVersion,
    attempts_without_byte: u32,
}

impl RangedStream {
    /// Starts a download, from a function that requests a range: an operation with
    /// [`CallOptions::range`](crate::CallOptions::range).
    ///
    /// # Errors
    /// Those of the first request.
    pub async fn open<F, A>(fetch: F) -> Result<Self, Error>
    where
        F: Fn(RangeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ResponseValue<ByteStream>, Error>> + Send + 'static,
    {
        let fetch: FetchRange = Arc::new(move |range| Box::pin(fetch(range)));
        let response = fetch(RangeRequest::from(0)).await?;
        let total = whole_file_length(&response)?;
        let version = FileVersion::from_headers(response.headers());
        let body = Some(response.into_inner());
        let attempts_without_byte = 0;
        let state =
            StreamState { fetch, body, at: 0, skip: 0, total, version, attempts_without_byte };
        let stream = stream::try_unfold(state, |mut state| async move {
            Ok(state.next().await?.map(|bytes| (bytes, state)))
        });
        Ok(Self { inner: Box::pin(stream), total })
    }

    /// The length of the file in bytes, if the server reports it.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The next bytes, or `None` at the end.
    pub async fn next_chunk(&mut self) -> Option<Result<Bytes, Error>> {
        self.inner.next().await
    }

    /// Reads everything into memory, up to a limit in bytes.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`] past the limit, and the errors of the download.
    pub async fn collect(mut self, limit: usize) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next_chunk().await {
            let bytes = bytes?;
            if bytes.len() > limit - all.len() {
                let message = format!("the file is larger than the {limit} bytes allowed");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }
}

impl StreamState {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let failure = match &mut self.body {
                Some(body) => match body.next_chunk().await {
                    Some(Ok(bytes)) => match self.take_new(bytes)? {
                        Some(bytes) => return Ok(Some(bytes)),
                        None => continue,
                    },
                    None if self.skip == 0 && self.total.is_none_or(|total| total == self.at) => {
                        return Ok(None);
                    }
                    None => {
                        let message = "the server ended the response before the end of the file";
                        Error::new(ErrorKind::Transport, message)
                    }
                    Some(Err(error)) => error,
                },
                None => match self.reopen().await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
            };
            self.body = None;
            self.attempts_without_byte += 1;
            // Without a version, the rest may be that of another file.
            let is_resumable = self.at == 0 || self.version.is_comparable();
            let is_exhausted = self.attempts_without_byte >= MAX_ATTEMPTS;
            if !is_connection_failure(&failure) || !is_resumable || is_exhausted {
                return Err(failure);
            }
            tokio::time::sleep(retry_delay(self.attempts_without_byte)).await;
        }
    }

    /// The bytes of a chunk that were not yielded before, if any.
    fn take_new(&mut self, mut bytes: Bytes) -> Result<Option<Bytes>, Error> {
        let known = usize::try_from(self.skip).map_or(bytes.len(), |skip| skip.min(bytes.len()));
        self.skip -= known as u64;
        let bytes = bytes.split_off(known);
        if bytes.is_empty() {
            return Ok(None);
        }
        let length = bytes.len() as u64;
        if self.total.is_some_and(|total| length > total.saturating_sub(self.at)) {
            let message = "the server sent more bytes than it announced";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        self.at += length;
        self.attempts_without_byte = 0;
        Ok(Some(bytes))
    }

    /// Requests the rest: with `If-Range`, then without, then the whole file, whose beginning is skipped.
    async fn reopen(&mut self) -> Result<(), Error> {
        let rest = RangeRequest::from(self.at);
        let conditional = self.version.if_range().filter(|_| self.at > 0);
        let conditional = conditional.map(|validator| (true, rest.clone().if_range(validator)));
        let whole = (self.at > 0).then(|| (false, RangeRequest::from(0)));
        for (conditional, range) in conditional.into_iter().chain([(false, rest)]).chain(whole) {
            let start = range.start();
            let response = match (self.fetch)(range).await {
                Err(error) if conditional && may_reject_if_range(&error) => continue,
                response => response.map_err(rest_error)?,
            };
            self.skip = match match_response(&response, start, &self.version, self.total)? {
                RangeMatch::Requested(_) => self.at - start,
                RangeMatch::WholeFile => self.at,
                RangeMatch::OtherRange | RangeMatch::UnknownVersion => continue,
            };
            if self.total.is_none() && response.status() == StatusCode::PARTIAL_CONTENT {
                let total = ContentRange::of(response.headers()).map(|range| range.total);
                if let Some(total) = total.filter(|total| *total < self.at) {
                    let reason =
                        format!("its length is {total} bytes, and {} were received", self.at);
                    return Err(file_changed(&reason));
                }
                self.total = total;
            }
            self.body = Some(response.into_inner());
            return Ok(());
        }
        Err(file_changed("the server no longer reports its version"))
    }
}

impl Stream for RangedStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.inner.poll_next_unpin(context)
    }
}

impl fmt::Debug for RangedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangedStream").field("total", &self.total).finish_non_exhaustive()
    }
}
