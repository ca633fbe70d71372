use std::{
    io::SeekFrom,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncSeek, AsyncSeekExt, ReadBuf},
    sync::{Mutex, OwnedMutexGuard},
};

trait Seekable: AsyncRead + AsyncSeek + Send + Sync + Unpin {}
impl<R: AsyncRead + AsyncSeek + Send + Sync + Unpin> Seekable for R {}

/// A seekable reader that the attempts of a request read one after the other.
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

    /// The reader at a position, once the previous attempt has released it.
    pub(super) async fn at(self, start: u64) -> std::io::Result<ReadGuard> {
        let mut reader = self.reader.lock_owned().await;
        let reached = reader.seek(SeekFrom::Start(start)).await?;
        if reached != start {
            let message = format!("the reader sought to byte {reached} instead of {start}");
            return Err(std::io::Error::other(message));
        }
        Ok(ReadGuard(reader))
    }
}

/// Exclusive access to the reader for one attempt.
pub(super) struct ReadGuard(OwnedMutexGuard<Box<dyn Seekable>>);

impl AsyncRead for ReadGuard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut **self.0).poll_read(context, into)
    }
}
