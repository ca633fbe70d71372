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
use http::{StatusCode, header};

use super::{
    RangeRequest,
    download::{FRUITLESS, Fetch, check, validator, wait},
};
use crate::{ByteStream, Error, ErrorKind, ResponseValue};

/// A download as a stream that outlives its connection: where it breaks off, the rest is asked for.
///
/// `If-Range` and the length in every answer make sure that all bytes are of one version; where the file
/// has changed, it ends with [`ErrorKind::Integrity`]. A server without ranges that breaks off ends it so
/// as well.
pub struct RangedStream {
    inner: Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>,
    total: Option<u64>,
}

struct Reading {
    fetch: Fetch,
    body: Option<ByteStream>,
    at: u64,
    total: Option<u64>,
    validator: Option<String>,
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
        let answer = fetch(RangeRequest::from(0)).await?;
        let length = answer.headers().get(header::CONTENT_LENGTH);
        let total = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let reading = Reading {
            validator: validator(answer.headers()),
            body: Some(answer.into_inner()),
            fetch,
            at: 0,
            total,
            fruitless: 0,
        };
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
                    Some(Ok(bytes)) if bytes.is_empty() => continue,
                    Some(Ok(bytes)) => {
                        self.at += bytes.len() as u64;
                        self.fruitless = 0;
                        return Ok(Some(bytes));
                    }
                    None if self.total.is_none_or(|total| total == self.at) => return Ok(None),
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
            let broke = matches!(failed.kind(), ErrorKind::Transport | ErrorKind::Timeout);
            if !broke || self.fruitless >= FRUITLESS {
                return Err(failed);
            }
            tokio::time::sleep(wait(self.fruitless)).await;
        }
    }

    async fn reopen(&mut self) -> Result<(), Error> {
        let mut range = RangeRequest::from(self.at);
        if let (Some(validator), 1..) = (&self.validator, self.at) {
            range = range.if_range(validator);
        }
        let answer = (self.fetch)(range).await?;
        let whole = self.at == 0 && answer.status() == StatusCode::OK;
        if whole && validator(answer.headers()) == self.validator {
            self.body = Some(answer.into_inner());
            return Ok(());
        }
        check(&answer, self.at, self.total)?;
        self.body = Some(answer.into_inner());
        Ok(())
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
