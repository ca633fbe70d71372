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

/// In how many parts the silence is watched.
const SLICES: u32 = 4;

/// Fails a stream of bytes whose source is silent for too long while its reader waits.
///
/// A reader that does something else must not be mistaken for a silent server. The difference shows at a
/// timer's end: a waiting reader is woken by it and polls at once, an absent one comes later or never.
/// So the limit is cut into slices, and only slices in a row that all end with a prompt poll, with
/// nothing to read, count. The first poll after an absence makes the connection read again, and the
/// slices after it are the server's to fill.
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
        // How late a poll may be and still be the answer to the timer.
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
