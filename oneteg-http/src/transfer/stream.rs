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
    download::Fetch,
    response::{
        ATTEMPTS, Response, Verdict, broke, changed, judge, length, of_rest, refuses_condition,
        wait,
    },
    version::Version,
};
use crate::{ByteStream, Error, ErrorKind, RangeRequest, ResponseValue, response::ContentRange};

/// A download as a stream that outlives its connection: if it breaks off, the rest is requested.
///
/// All bytes are of one version: every response is compared with the first, by the strong entity tag, else the
/// time of the last change, and by the length. If the file has changed, the stream ends with
/// [`ErrorKind::Integrity`]. From a server without ranges the file is read again, and what was already yielded
/// is skipped. If the server reports no version, the stream ends where it breaks once bytes were yielded.
pub struct RangedStream {
    inner: Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>,
    total: Option<u64>,
}

struct Reading {
    fetch: Fetch,
    body: Option<ByteStream>,
    /// How many bytes were yielded.
    at: u64,
    /// How many bytes of the body were yielded before.
    skip: u64,
    total: Option<u64>,
    version: Version,
    fruitless: u32,
}

impl RangedStream {
    /// Begins a download, from a function that makes the call for a range: an operation with
    /// [`CallOptions::range`](crate::CallOptions::range).
    ///
    /// # Errors
    /// Those of the first call.
    pub async fn open<F, A>(fetch: F) -> Result<Self, Error>
    where
        F: Fn(RangeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ResponseValue<ByteStream>, Error>> + Send + 'static,
    {
        let fetch: Fetch = Arc::new(move |range| Box::pin(fetch(range)));
        let response = fetch(RangeRequest::from(0)).await?;
        let total = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let range = ContentRange::of(response.headers()).filter(ContentRange::is_whole);
                let message =
                    "the server sent part of the file although the whole file was requested";
                Some(range.ok_or_else(|| Error::new(ErrorKind::Integrity, message))?.total)
            }
            _ => length(response.headers()),
        };
        let version = Version::of(response.headers());
        let body = Some(response.into_inner());
        let reading = Reading { fetch, body, at: 0, skip: 0, total, version, fruitless: 0 };
        let stream = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|bytes| (bytes, reading)))
        });
        Ok(Self { inner: Box::pin(stream), total })
    }

    /// How many bytes there are in all, where the server says it.
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

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let failed = match &mut self.body {
                Some(body) => match body.next_chunk().await {
                    Some(Ok(bytes)) => match self.take(bytes)? {
                        Some(bytes) => return Ok(Some(bytes)),
                        None => continue,
                    },
                    None if self.skip == 0 && self.total.is_none_or(|total| total == self.at) => {
                        return Ok(None);
                    }
                    None => Error::new(ErrorKind::Transport, "the server ended before its end"),
                    Some(Err(error)) => error,
                },
                None => match self.reopen().await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
            };
            self.body = None;
            self.fruitless += 1;
            // Without a version the rest might be that of another file.
            let resumable = self.at == 0 || self.version.is_known();
            if !broke(&failed) || !resumable || self.fruitless >= ATTEMPTS {
                return Err(failed);
            }
            tokio::time::sleep(wait(self.fruitless)).await;
        }
    }

    /// The new part of a piece of the body.
    fn take(&mut self, mut bytes: Bytes) -> Result<Option<Bytes>, Error> {
        let known = usize::try_from(self.skip).map_or(bytes.len(), |skip| skip.min(bytes.len()));
        self.skip -= known as u64;
        let bytes = bytes.split_off(known);
        if bytes.is_empty() {
            return Ok(None);
        }
        let length = bytes.len() as u64;
        if self.total.is_some_and(|total| length > total - self.at) {
            let message = "the server sent more bytes than it announced";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        self.at += length;
        self.fruitless = 0;
        Ok(Some(bytes))
    }

    /// Requests the rest: if the file is unchanged, then without that condition, and last the whole, of which
    /// the beginning is skipped.
    async fn reopen(&mut self) -> Result<(), Error> {
        let rest = RangeRequest::from(self.at);
        let conditional = self.version.if_range().filter(|_| self.at > 0);
        let conditional = conditional.map(|validator| (true, rest.clone().if_range(validator)));
        let whole = (self.at > 0).then(|| (false, RangeRequest::from(0)));
        for (conditional, range) in conditional.into_iter().chain([(false, rest)]).chain(whole) {
            let start = range.start();
            let response: Response = match (self.fetch)(range).await {
                Err(error) if conditional && refuses_condition(&error) => continue,
                response => response.map_err(of_rest)?,
            };
            self.skip = match judge(&response, start, &self.version, self.total)? {
                Verdict::Range(_) => self.at - start,
                Verdict::Whole => self.at,
                Verdict::Elsewhere | Verdict::Unproven => continue,
            };
            if self.total.is_none() && response.status() == StatusCode::PARTIAL_CONTENT {
                self.total = ContentRange::of(response.headers()).map(|range| range.total);
            }
            self.body = Some(response.into_inner());
            return Ok(());
        }
        Err(changed("the server no longer reports its version"))
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
