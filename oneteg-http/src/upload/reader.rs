use std::{
    io::SeekFrom,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncSeek, AsyncSeekExt, ReadBuf},
    sync::{Mutex, OwnedMutexGuard},
};

trait Seekable: AsyncRead + AsyncSeek + Send + Sync + Unpin {}
impl<R: AsyncRead + AsyncSeek + Send + Sync + Unpin> Seekable for R {}

/// A seekable reader that the tries of a request read one after the other.
#[derive(Clone)]
pub(super) struct SharedReader {
    reader: Arc<Mutex<Box<dyn Seekable>>>,
    length: u64,
}

impl SharedReader {
    pub(super) fn new<R>(reader: R, length: u64) -> Self
    where
        R: AsyncRead + AsyncSeek + Send + Sync + Unpin + 'static,
    {
        Self { reader: Arc::new(Mutex::new(Box::new(reader))), length }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The reader at a position, once the try before has let go of it.
    pub(super) async fn at(self, start: u64) -> std::io::Result<Reading> {
        let mut reader = self.reader.lock_owned().await;
        reader.seek(SeekFrom::Start(start)).await?;
        Ok(Reading { reader, left: self.length.saturating_sub(start) })
    }
}

/// One pass over the reader, bounded by the length that was announced.
pub(super) struct Reading {
    reader: OwnedMutexGuard<Box<dyn Seekable>>,
    left: u64,
}

impl AsyncRead for Reading {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Ok(()));
        }
        #[allow(clippy::cast_possible_truncation)]
        let most = (into.remaining() as u64).min(self.left) as usize;
        let mut part = ReadBuf::new(into.initialize_unfilled_to(most));
        ready!(Pin::new(&mut **self.reader).poll_read(context, &mut part))?;
        let read = part.filled().len();
        if read == 0 {
            return Poll::Ready(Err(std::io::ErrorKind::UnexpectedEof.into()));
        }
        into.advance(read);
        self.left -= read as u64;
        Poll::Ready(Ok(()))
    }
}
