use std::{fmt, future::Future, ops::Range, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;

use super::handle::{Control, Transfer, TransferPhase, TransferState};
use crate::{Error, ErrorKind, UploadSource, request::body::ByteSource};

/// How often in a row a piece may fail without the server having any more bytes.
const FRUITLESS: u32 = 6;

/// A protocol that takes a file from its beginning to its end, and knows how many bytes it has: TUS, or
/// chunks that have to come in order.
pub trait AppendSink: Send + Sync + 'static {
    /// What a finished upload gives.
    type Output: Send + 'static;

    /// Sends a piece of the file, which begins at `range.start`, and returns how many bytes the server
    /// has then.
    fn append(
        &self,
        range: Range<u64>,
        piece: UploadSource,
    ) -> impl Future<Output = Result<u64, Error>> + Send;

    /// After a failed [`append`](Self::append): how many bytes the server has, to go on from there, or
    /// `None` when the failure ends the upload. It is not asked after [`ErrorKind::Io`] and
    /// [`ErrorKind::Integrity`], which are failures of the source and end it anyway.
    fn recover(
        &self,
        range: Range<u64>,
        error: &Error,
    ) -> impl Future<Output = Result<Option<u64>, Error>> + Send;

    /// Ends the upload, when the server has all bytes.
    fn finish(&self) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// Sends a file in pieces, one after the other.
///
/// Default: pieces of 16 MiB. A file is read while it is sent, so memory does not depend on its size or on
/// that of the pieces; of a stream, one piece is kept in memory. The source's length must be known.
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

    /// How many bytes a piece has, except the last; 0 counts as 1. Default: 16 MiB.
    #[must_use]
    pub fn piece_size(mut self, bytes: u64) -> Self {
        self.piece_size = bytes.max(1);
        self
    }

    /// How many bytes the server has already. The source still begins with the first byte of the file.
    #[must_use]
    pub fn start_at(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }

    /// Begins, in a task of the current tokio runtime. The handle's state has no parts: how far it is, the
    /// server knows.
    pub fn start(self) -> Transfer<S::Output> {
        let state = TransferState { part_size: self.piece_size, ..TransferState::default() };
        let control = Control::new(state);
        let work = self.run(control.clone());
        control.spawn(work)
    }

    async fn run(self, control: Control) -> Result<S::Output, Error> {
        let identity = self.source.identity().await?;
        let Some(total) = identity.length() else {
            let message = "the length of the upload must be known; give it with the stream";
            return Err(Error::invalid_request(message));
        };
        control.total(total);
        control.with_state(|state| state.source = Some(identity));
        if self.offset > total {
            return Err(Error::new(
                ErrorKind::Integrity,
                "the server has more than the whole file",
            ));
        }
        let mut at = self.offset;
        control.position(at);
        let mut pieces = Pieces::new(self.source);
        if total == 0 {
            pieces.verify_empty().await?;
        }
        let mut fruitless = 0;
        let mut furthest = at;
        while at < total {
            if !control.may_run() {
                control.phase(TransferPhase::Paused);
                control.until_run().await;
            }
            control.phase(TransferPhase::Running);
            let range = at..total.min(at.saturating_add(self.piece_size));
            let piece = pieces.piece(range.clone(), total).await?;
            let (reached, failed) = match self.sink.append(range.clone(), piece).await {
                Ok(reached) => (reached, None),
                // The source failed, or is not what it was: the server has nothing to say to that.
                Err(error) if matches!(error.kind(), ErrorKind::Io | ErrorKind::Integrity) => {
                    return Err(error);
                }
                Err(error) => match self.sink.recover(range.clone(), &error).await? {
                    Some(reached) => (reached, Some(error)),
                    None => return Err(error),
                },
            };
            if reached > range.end {
                let message = "the server has more of the file than was sent; begin anew";
                return Err(Error::new(ErrorKind::Integrity, message));
            }
            if reached > furthest {
                // Not what it had before: a server that loses bytes again and again gets nowhere.
                (furthest, fruitless) = (reached, 0);
            } else if reached < range.end {
                fruitless += 1;
            }
            if reached < range.end {
                let asked = failed.as_ref().and_then(Error::retry_after);
                if fruitless >= FRUITLESS {
                    return Err(failed.unwrap_or_else(|| {
                        let message = "the server takes no more bytes of the file";
                        Error::new(ErrorKind::Integrity, message)
                    }));
                }
                let backoff = Duration::from_millis(100 << fruitless).mul_f64(fastrand::f64());
                tokio::time::sleep(asked.map_or(backoff, |asked| asked.min(LONGEST))).await;
            }
            at = reached;
            control.position(at);
        }
        pieces.verify().await?;
        self.sink.finish().await
    }
}

/// The longest wait that a server may ask for between two pieces.
const LONGEST: Duration = Duration::from_secs(60);

/// The source, piece by piece.
enum Pieces {
    Replayable(UploadSource),
    /// What was read last is kept, to be sent again.
    Once {
        source: Option<UploadSource>,
        stream: Option<ByteSource>,
        held: Range<u64>,
        bytes: Bytes,
    },
}

impl Pieces {
    fn new(source: UploadSource) -> Self {
        if source.is_replayable() {
            return Self::Replayable(source);
        }
        Self::Once { source: Some(source), stream: None, held: 0..0, bytes: Bytes::new() }
    }

    /// Whether the source is still what it was.
    async fn verify(&self) -> Result<(), Error> {
        match self {
            Self::Replayable(source) => source.verify().await,
            Self::Once { .. } => Ok(()),
        }
    }

    /// Reads a source that announces no bytes, of which there is no piece: it may have some all the same.
    async fn verify_empty(&mut self) -> Result<(), Error> {
        let source = match self {
            Self::Replayable(source) => source.try_clone(),
            Self::Once { source, .. } => source.take(),
        };
        if let Some(source) = source {
            let (mut stream, _) = source.open(0).await?;
            while let Some(bytes) = stream.next().await {
                bytes?;
            }
        }
        Ok(())
    }

    async fn piece(&mut self, range: Range<u64>, total: u64) -> Result<UploadSource, Error> {
        // Before each piece: what changed is noticed at once, whatever the sink makes of a failed one.
        self.verify().await?;
        let lost = || Error::new(ErrorKind::Integrity, "a stream cannot go back; begin anew");
        match self {
            Self::Replayable(source) => source.piece(range).ok_or_else(lost),
            Self::Once { source, stream, held, bytes } => {
                if stream.is_none() {
                    let Some(source) = source.take() else { return Err(lost()) };
                    *stream = Some(source.open(range.start).await?.0);
                    *held = range.start..range.start;
                }
                if range.start < held.start || range.start > held.end {
                    return Err(lost());
                }
                let mut piece = BytesMut::new();
                let kept = usize::try_from(range.start - held.start).unwrap_or(usize::MAX);
                piece.extend_from_slice(bytes.get(kept..).unwrap_or_default());
                let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                while piece.len() < wanted {
                    let next = match stream {
                        Some(stream) => stream.next().await,
                        None => None,
                    };
                    let Some(next) = next else { return Err(lost()) };
                    piece.extend_from_slice(&next?);
                }
                // More than was announced is found out before the upload is complete.
                if range.end == total
                    && let Some(stream) = stream
                    && let Some(more) = stream.next().await
                {
                    more?;
                }
                *bytes = piece.freeze();
                *held = range.start..range.start + bytes.len() as u64;
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
