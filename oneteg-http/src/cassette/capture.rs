//! Copies bodies while they pass: the first bytes up to a limit, and the length.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use reqwest::Body;

/// The largest body whose content is recorded, in bytes. The same number limits what a runtime decodes by default.
pub(super) const LARGEST: usize = 32 * 1024 * 1024;

/// What of a body has passed.
#[derive(Debug, Default, Clone)]
pub(super) struct Capture {
    /// The first bytes.
    pub(super) bytes: Vec<u8>,
    /// The number of all bytes.
    pub(super) length: u64,
}

impl Capture {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut capture = Self::default();
        capture.add(bytes);
        capture
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        let free = LARGEST.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(free)]);
        self.length += bytes.len() as u64;
    }

    /// The content, if it was captured as a whole.
    pub(super) fn content(&self) -> Option<&[u8]> {
        (self.bytes.len() as u64 == self.length).then_some(&*self.bytes)
    }
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Broken,
    /// It was not read to its end.
    Dropped,
}

/// Told once what passed and how it ended.
pub(super) trait Observer: Send + Sync + Unpin + 'static {
    fn data(&mut self, bytes: &[u8]);
    fn end(&mut self, end: End);
}

/// A body that is observed while it is read.
pub(super) struct ObservedBody<O: Observer> {
    body: Body,
    observer: O,
    has_ended: bool,
}

impl<O: Observer> ObservedBody<O> {
    pub(super) fn wrap(body: Body, observer: O) -> Body {
        Body::wrap(Self { body, observer, has_ended: false })
    }

    fn finish(&mut self, end: End) {
        if !self.has_ended {
            self.has_ended = true;
            self.observer.end(end);
        }
    }
}

impl<O: Observer> HttpBody for ObservedBody<O> {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.observer.data(data);
                }
                if this.body.is_end_stream() {
                    this.finish(End::Complete);
                }
            }
            Some(Err(_)) => this.finish(End::Broken),
            None => this.finish(End::Complete),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<O: Observer> Drop for ObservedBody<O> {
    fn drop(&mut self) {
        let is_empty = self.body.is_end_stream();
        self.finish(if is_empty { End::Complete } else { End::Dropped });
    }
}

/// A capture that the sender and the recorder share.
#[derive(Debug, Default, Clone)]
pub(super) struct SharedCapture(Arc<Mutex<Capture>>);

impl SharedCapture {
    pub(super) fn take(&self) -> Capture {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for SharedCapture {
    fn data(&mut self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(bytes);
    }

    fn end(&mut self, _: End) {}
}
