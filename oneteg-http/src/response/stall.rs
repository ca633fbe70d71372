use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Error, ErrorKind};

/// The number of slices that the limit is divided into.
const SLICES: u32 = 4;

/// Fails a stream whose source sends nothing for `limit` while its reader waits.
///
/// A slow reader must not be mistaken for a silent server. The difference shows when a timer fires: a waiting
/// reader is woken and polls at once, a busy one polls later or never. So the limit is divided into
/// [`SLICES`], and the stream fails after that many consecutive slices that each ended with a prompt poll and
/// nothing to read.
///
/// | At the end of a slice | Silent slices |
/// |---|---|
/// | bytes arrived | 0 |
/// | no bytes, and the poll is late: the reader was busy | 0 |
/// | no bytes, and the poll is prompt | one more; at [`SLICES`] the stream fails |
pub(crate) struct StallGuard<S> {
    inner: S,
    limit: Duration,
    silent: u32,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> StallGuard<S> {
    pub(crate) fn new(inner: S, limit: Duration) -> Self {
        Self { inner, limit, silent: 0, timer: None }
    }

    fn slice(&self) -> Duration {
        self.limit / SLICES
    }
}

impl<S, T> Stream for StallGuard<S>
where
    S: Stream<Item = Result<T, Error>> + Unpin,
{
    type Item = Result<T, Error>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        let this = &mut *self;
        if let Poll::Ready(item) = this.inner.poll_next_unpin(context) {
            this.silent = 0;
            this.timer = None;
            return Poll::Ready(item);
        }
        let slice = this.slice();
        // How late a poll may be and still count as caused by the timer.
        let prompt = (slice / 10).max(Duration::from_millis(2));
        loop {
            let now = Instant::now();
            let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(now + slice)));
            let ended = timer.deadline();
            if timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            if now.saturating_duration_since(ended) <= prompt {
                this.silent += 1;
            } else {
                this.silent = 0;
            }
            if this.silent >= SLICES {
                this.silent = 0;
                this.timer = None;
                let message = format!("the server sent nothing for {:?}", this.limit);
                return Poll::Ready(Some(Err(Error::new(ErrorKind::Timeout, message))));
            }
            timer.as_mut().reset(now + slice);
        }
    }
}
