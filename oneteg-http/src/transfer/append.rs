//! Uploading a file from its beginning to its end, for protocols that report how many bytes they have.
//!
//! | State | Event | Next |
//! |---|---|---|
//! | start | the length of the source is unknown | fail |
//! | start | the server has more bytes than the source | fail |
//! | piece sent | the server has all of it | send the next piece |
//! | piece sent | the server has less of it | send the rest, after a delay |
//! | piece failed | the source failed, or changed | fail; the sink is not asked |
//! | piece failed | [`AppendSink::recover`] reports the server's length | send from there, after a delay |
//! | piece failed | it reports none | fail |
//! | any | the server has more than was sent | fail |
//! | any | 6 pieces in a row without progress | fail |
//! | all bytes | the source is unchanged | [`AppendSink::finish`] |
//!
//! Progress is measured against the furthest position so far, not against the previous one: a server that keeps
//! losing bytes makes no progress. The delay is 100 ms, doubled with each piece without progress, with full jitter,
//! or the server's `Retry-After`, at most one minute.

use std::{fmt, future::Future, ops::Range, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::{
    handle::{Transfer, TransferControl, TransferPhase},
    state::TransferState,
};
use crate::{Error, ErrorKind, UploadSource, request::body::ByteSource};

/// The number of pieces in a row that may fail without progress.
const MAX_WITHOUT_PROGRESS: u32 = 6;

/// The longest `Retry-After` that is honoured between two pieces.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// A protocol that accepts a file from its beginning to its end, and reports how many bytes it has: TUS, or chunks
/// that must be sent in order.
pub trait AppendSink: Send + Sync + 'static {
    /// The result of a finished upload.
    type Output: Send + 'static;

    /// Sends a piece of the file, which begins at `range.start`. Returns how many bytes the server has then.
    fn append(
        &self,
        range: Range<u64>,
        piece: UploadSource,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// After a failed [`append`](Self::append): how many bytes the server has, to resume from there, or `None` if
    /// the failure ends the upload. It is not called after [`ErrorKind::Io`] and [`ErrorKind::Integrity`], which
    /// are failures of the source and always end the upload.
    fn recover(
        &self,
        range: Range<u64>,
        error: &Error,
    ) -> impl Future<Output = Result<Option<u64>, Error>> + Send;

    /// Finishes the upload, once the server has all bytes.
    fn finish(&self) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// Uploads a file in pieces, one after the other.
///
/// Default: pieces of 16 MiB. A file is read while it is sent, so memory depends neither on its size nor on that of
/// the pieces. Of a stream, one piece is kept in memory. The length of the source must be known.
pub struct AppendUpload<S> {
    source: UploadSource,
    sink: S,
    piece_size: u64,
    offset: u64,
}

impl<S: AppendSink> AppendUpload<S> {
    /// An upload of a source through a sink.
    pub fn new(source: impl Into<UploadSource>, sink: S) -> Self {
        Self { source: source.into(), sink, piece_size: 16 * 1024 * 1024, offset: 0 }
    }

    /// The size of every piece but the last, in bytes; 0 counts as 1. Default: 16 MiB.
    #[must_use]
    pub fn piece_size(mut self, bytes: u64) -> Self {
        self.piece_size = bytes.max(1);
        self
    }

    /// The number of bytes that the server already has. The source still begins with the first byte of the file.
    #[must_use]
    pub fn start_at(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Starts the upload in a task of the current tokio runtime. The state of the handle has no parts: the server
    /// knows how many bytes it has.
    pub fn start(self) -> Transfer<S::Output> {
        let state = TransferState { part_size: self.piece_size, ..TransferState::default() };
        let control = TransferControl::new(state);
        let work = self.run(control.clone());
        control.spawn(work)
    }

    async fn run(self, control: TransferControl) -> Result<S::Output, Error> {
        let identity = self.source.identity().await?;
        let Some(total) = identity.length() else {
            let message = "the length of the upload must be known; pass it with the stream";
            return Err(Error::invalid_request(message));
        };
        control.set_total(total);
        control.with_state(|state| state.source = Some(identity));
        if self.offset > total {
            let message = "the server has more bytes than the file";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        let mut at = self.offset;
        control.report_done(at);
        let mut reader = PieceReader::new(self.source);
        if total == 0 {
            reader.verify_empty().await?;
        }
        let mut without_progress = 0;
        let mut furthest = at;
        while at < total {
            if !control.may_run() {
                control.set_phase(TransferPhase::Paused);
                control.wait_until_running().await;
            }
            control.set_phase(TransferPhase::Running);
            let range = at..total.min(at.saturating_add(self.piece_size));
            let piece = reader.piece(range.clone(), total).await?;
            let (reached, failure) = match self.sink.append(range.clone(), piece).await {
                Ok(reached) => (reached, None),
                // The source failed or changed: the server knows nothing about that.
                Err(error) if matches!(error.kind(), ErrorKind::Io | ErrorKind::Integrity) => {
                    return Err(error);
                }
                Err(error) => match self.sink.recover(range.clone(), &error).await? {
                    Some(reached) => (reached, Some(error)),
                    None => return Err(error),
                },
            };
            if reached > range.end {
                let message = "the server has more of the file than was sent; start over";
                return Err(Error::new(ErrorKind::Integrity, message));
            }
            if reached > furthest {
                (furthest, without_progress) = (reached, 0);
            } else if reached < range.end {
                without_progress += 1;
            }
            if reached < range.end {
                let retry_after = failure.as_ref().and_then(Error::retry_after);
                if without_progress >= MAX_WITHOUT_PROGRESS {
                    return Err(failure.unwrap_or_else(|| {
                        let message = "the server accepts no more bytes of the file";
                        Error::new(ErrorKind::Integrity, message)
                    }));
                }
                let backoff = Duration::from_millis(100 << without_progress);
                let backoff = backoff.mul_f64(fastrand::f64());
                let delay = retry_after.map_or(backoff, |delay| delay.min(MAX_RETRY_AFTER));
                tokio::time::sleep(delay).await;
            }
            at = reached;
            control.report_done(at);
        }
        reader.verify_source().await?;
        self.sink.finish().await
    }
}

/// Cuts a source into pieces.
enum PieceReader {
    /// A source that can be read from any position, as often as needed.
    Replayable(UploadSource),
    /// A stream. Its last piece is kept, to be sent again.
    Stream {
        source: Option<UploadSource>,
        stream: Option<ByteSource>,
        /// The range of the bytes that are kept.
        kept: Range<u64>,
        bytes: Bytes,
    },
}

impl PieceReader {
    fn new(source: UploadSource) -> Self {
        if source.is_replayable() {
            return Self::Replayable(source);
        }
        Self::Stream { source: Some(source), stream: None, kept: 0..0, bytes: Bytes::new() }
    }

    /// Checks that the source has not changed.
    async fn verify_source(&self) -> Result<(), Error> {
        match self {
            Self::Replayable(source) => source.verify().await,
            Self::Stream { .. } => Ok(()),
        }
    }

    /// Reads a source that announces no bytes, and so has no piece: it may have some nevertheless.
    async fn verify_empty(&mut self) -> Result<(), Error> {
        let source = match self {
            Self::Replayable(source) => source.try_clone(),
            Self::Stream { source, .. } => source.take(),
        };
        if let Some(source) = source {
            let (mut stream, _) = source.open(0).await?;
            while let Some(bytes) = stream.next().await {
                bytes?;
            }
        }
        Ok(())
    }

    /// A piece of the source. Of a stream, it must not begin before the bytes that are kept.
    async fn piece(&mut self, range: Range<u64>, total: u64) -> Result<UploadSource, Error> {
        // Before each piece, so that a change is detected at once, whatever the sink makes of a failure.
        self.verify_source().await?;
        let cannot_rewind =
            || Error::new(ErrorKind::Integrity, "a stream cannot be read again; start over");
        match self {
            Self::Replayable(source) => source.piece(range).ok_or_else(cannot_rewind),
            Self::Stream { source, stream, kept, bytes } => {
                if stream.is_none() {
                    let Some(source) = source.take() else { return Err(cannot_rewind()) };
                    *stream = Some(source.open(range.start).await?.0);
                    *kept = range.start..range.start;
                }
                if range.start < kept.start || range.start > kept.end {
                    return Err(cannot_rewind());
                }
                let mut piece = BytesMut::new();
                let skipped = usize::try_from(range.start - kept.start).unwrap_or(usize::MAX);
                piece.extend_from_slice(bytes.get(skipped..).unwrap_or_default());
                let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                while piece.len() < wanted {
                    let next = match stream {
                        Some(stream) => stream.next().await,
                        None => None,
                    };
                    let Some(next) = next else { return Err(cannot_rewind()) };
                    piece.extend_from_slice(&next?);
                }
                // A source with more bytes than announced is detected before the upload is complete.
                if range.end == total
                    && let Some(stream) = stream
                    && let Some(more) = stream.next().await
                {
                    more?;
                }
                *bytes = piece.freeze();
                *kept = range.start..range.start + bytes.len() as u64;
                Ok(UploadSource::bytes(bytes.slice(..wanted)))
            }
        }
    }
}

impl<S> fmt::Debug for AppendUpload<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppendUpload")
            .field("source", &self.source)
            .field("piece_size", &self.piece_size)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn read(source: UploadSource) -> Vec<u8> {
        let (mut stream, _) = source.open(0).await.unwrap();
        let mut bytes = Vec::new();
        while let Some(next) = stream.next().await {
            bytes.extend_from_slice(&next.unwrap());
        }
        bytes
    }

    #[tokio::test]
    async fn a_stream_goes_back_within_its_last_piece_only() {
        let chunks = stream::iter((0..5_u8).map(|n| Ok(Bytes::from(vec![n; 4]))));
        let mut reader = PieceReader::new(UploadSource::stream(chunks, Some(20)));
        assert_eq!(read(reader.piece(0..6, 20).await.unwrap()).await, [0, 0, 0, 0, 1, 1]);
        // The server has less of it than was sent.
        assert_eq!(read(reader.piece(3..9, 20).await.unwrap()).await, [0, 1, 1, 1, 1, 2]);
        // What was read beyond a piece is not lost.
        assert_eq!(read(reader.piece(9..20, 20).await.unwrap()).await.len(), 11);
        for lost in [0..6, 8..14] {
            let error = reader.piece(lost, 20).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
        }
    }

    #[tokio::test]
    async fn bytes_are_read_from_any_position() {
        let mut reader = PieceReader::new(UploadSource::bytes(vec![1, 2, 3, 4, 5]));
        for (range, expected) in [(2..4, &[3, 4][..]), (0..1, &[1]), (4..5, &[5])] {
            assert_eq!(read(reader.piece(range, 5).await.unwrap()).await, expected);
        }
    }
}
