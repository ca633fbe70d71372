use std::{fmt, future::Future, sync::Arc};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::handle::{Control, Transfer, TransferPhase, TransferState};
use crate::{
    Error, ErrorKind, SourceIdentity, UploadSource,
    request::body::{ByteSource, STEP, hold_to},
};

/// One part of a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UploadPart {
    /// Its number, from 0.
    pub index: u64,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its bytes. Cloning them copies nothing.
    pub bytes: Bytes,
    /// The length of the file, where it is known.
    pub total: Option<u64>,
}

/// A protocol that takes a file in parts.
pub trait PartSink: Send + Sync + 'static {
    /// What a finished upload gives.
    type Output: Send + 'static;

    /// Sends a part and returns what the server needs to hear of it at the end (a block id, an entity
    /// tag, or nothing). It is called again for a part whose first sending did not end.
    fn put(&self, part: UploadPart) -> impl Future<Output = Result<String, Error>> + Send;

    /// Tells the length of the file in bytes, before [`finish`](Self::finish). Of a stream it is not known
    /// before its end.
    fn ends_at(&self, total: u64) {
        let _ = total;
    }

    /// Ends the upload, with what [`put`](Self::put) returned, in the order of the parts.
    fn finish(
        &self,
        receipts: Vec<String>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// Sends a file in parts.
///
/// Defaults: parts of 8 MiB, 4 at a time. At most so many parts are in memory, whatever the file's size.
/// A failed part fails the upload; its tries are the business of the calls that the sink makes.
pub struct PartUpload<S> {
    source: UploadSource,
    sink: S,
    parallel: usize,
    state: TransferState,
}

impl<S: PartSink> PartUpload<S> {
    /// An upload of a source through a sink.
    pub fn new(source: impl Into<UploadSource>, sink: S) -> Self {
        let state = TransferState { part_size: 8 * 1024 * 1024, ..TransferState::default() };
        Self { source: source.into(), sink, parallel: 4, state }
    }

    /// How many bytes a part has, except the last; 0 counts as 1. Default: 8 MiB.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.state.part_size = bytes.max(1);
        self
    }

    /// How many parts are under way at the same time; 0 counts as 1. Default: 4. Protocols that take
    /// parts in order only, such as TUS, need 1.
    #[must_use]
    pub fn parallel(mut self, parts: usize) -> Self {
        self.parallel = parts.max(1);
        self
    }

    /// Goes on with an upload of the same source that ended early, perhaps in another process: its parts
    /// are not sent again. The part size is that of the state. With the state of another source, or of a
    /// download, the upload fails with [`ErrorKind::Integrity`] before anything is sent.
    #[must_use]
    pub fn resume(mut self, state: TransferState) -> Self {
        self.state = TransferState { part_size: state.part_size.max(1), ..state };
        self
    }

    /// Begins, in a task of the current tokio runtime.
    pub fn start(self) -> Transfer<S::Output> {
        let control = Control::new(self.state.clone());
        let work = self.run(control.clone());
        control.spawn(work)
    }

    async fn run(self, control: Control) -> Result<S::Output, Error> {
        let part_size = self.state.part_size;
        let identity = self.source.identity().await?;
        let mut parts = Parts::open(self.source, &identity, &self.state).await?;
        control.with_state(|state| state.source = Some(identity));
        if let Some(total) = parts.total {
            control.total(total);
        }
        let sink = Arc::new(self.sink);
        let mut under_way = FuturesUnordered::new();
        let mut all_read = false;
        loop {
            let may_begin = control.may_run() && !all_read && under_way.len() < self.parallel;
            if under_way.is_empty() {
                if all_read {
                    break;
                }
                control.phase(if may_begin {
                    TransferPhase::Running
                } else {
                    TransferPhase::Paused
                });
            }
            tokio::select! {
                biased;
                () = control.changed() => {}
                Some(done) = under_way.next(), if !under_way.is_empty() => {
                    let (part, bytes, receipt): (u64, Bytes, Result<String, Error>) = done;
                    control.part_done(part, receipt?, bytes.len() as u64);
                    parts.reuse(bytes);
                }
                part = parts.next(), if may_begin => match part? {
                    None => all_read = true,
                    Some(part) if self.state.parts.contains_key(&part.index) => {
                        parts.reuse(part.bytes);
                    }
                    Some(part) => {
                        control.phase(TransferPhase::Running);
                        let sink = Arc::clone(&sink);
                        under_way.push(async move {
                            let (index, bytes) = (part.index, part.bytes.clone());
                            (index, bytes, sink.put(part).await)
                        });
                    }
                },
            }
        }
        control.total(parts.read);
        let receipts =
            control.with_state(|state| state.parts.values().cloned().collect::<Vec<_>>());
        if receipts.len() as u64 != parts.read.div_ceil(part_size) {
            let message = "the state is of another file: its parts are not those of this one";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        parts.verify().await?;
        sink.ends_at(parts.read);
        sink.finish(receipts).await
    }
}

/// The length that the state and the source agree on, if known.
fn fits(state: &TransferState, identity: &SourceIdentity) -> Result<Option<u64>, Error> {
    let refused = |message: &str| Err(Error::new(ErrorKind::Integrity, message));
    if !state.version.is_empty() || state.partial.is_some() {
        return refused("the state belongs to a download; begin the upload anew");
    }
    if let Some(saved) = &state.source {
        saved.check(identity)?;
    }
    let (saved, length) = (state.total, identity.length());
    if saved.zip(length).is_some_and(|(saved, length)| saved != length) {
        return refused("the state belongs to another file: its length differs; begin anew");
    }
    let length = length.or(saved);
    let last = state.parts.last_key_value().map(|(part, _)| *part);
    let beyond = |length: u64| last.is_some_and(|last| last >= length.div_ceil(state.part_size));
    if length.is_some_and(beyond) {
        return refused(
            "the state belongs to another file: it has more parts than this one; begin anew",
        );
    }
    Ok(length)
}

/// A buffer for a larger part grows with what is read: how long a source is said to be is no reason to ask
/// for memory that there may not be.
const LARGEST_BUFFER: usize = 1 << 30;

/// The source, part by part.
struct Parts {
    stream: ByteSource,
    /// Whether the stream has ended.
    ended: bool,
    /// The source again, where it may change.
    watched: Option<UploadSource>,
    total: Option<u64>,
    part_size: usize,
    index: u64,
    read: u64,
    pending: BytesMut,
    /// Buffers of parts that were sent. Memory that is given back and asked for again comes from other
    /// places of the heap and adds up to several times of what is in use.
    spare: Vec<BytesMut>,
}

impl Parts {
    async fn open(
        source: UploadSource,
        identity: &SourceIdentity,
        state: &TransferState,
    ) -> Result<Self, Error> {
        let length = fits(state, identity)?;
        // The parts at the beginning that are done need not even be read.
        let index = (0..).find(|part| !state.parts.contains_key(part)).unwrap_or(0);
        let start = index.saturating_mul(state.part_size);
        let start = length.map_or(start, |length| start.min(length));
        let watched = source.try_clone();
        let (stream, total) = source.open(start).await?;
        let (stream, total) = match (total, length) {
            // Of a stream that does not tell its length, the state may.
            (None, Some(length)) => (hold_to(stream, length - start), Some(length)),
            (total, _) => (stream, total),
        };
        let part_size = usize::try_from(state.part_size).unwrap_or(usize::MAX);
        Ok(Self {
            stream,
            ended: false,
            watched,
            total,
            part_size,
            index,
            read: start,
            pending: BytesMut::new(),
            spare: Vec::new(),
        })
    }

    /// The next part. Dropping the future loses nothing.
    async fn next(&mut self) -> Result<Option<UploadPart>, Error> {
        if self.pending.capacity() == 0 {
            self.pending = self.buffer();
        }
        // The last part waits for the end of the source: one that has more bytes than it announced is
        // found out before the upload is complete.
        while !self.ended && (self.pending.len() < self.part_size || self.is_at_total()) {
            match self.stream.next().await {
                Some(bytes) => self.pending.extend_from_slice(&bytes?),
                None => self.ended = true,
            }
        }
        self.verify().await?;
        if self.total.is_some_and(|total| total != self.read && self.pending.is_empty()) {
            let message = "the source's length is not the announced one; has it changed?";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        if self.pending.is_empty() {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.pending);
        if bytes.len() / 2 > self.part_size {
            // A source of large pieces: its parts share their memory until the last is sent.
            self.pending = bytes.split_off(self.part_size);
        } else if bytes.len() > self.part_size {
            // Copied, so that the part has its buffer for itself and it can be used again.
            let rest = bytes.get(self.part_size..).unwrap_or_default();
            self.pending = self.buffer();
            self.pending.extend_from_slice(rest);
            bytes.truncate(self.part_size);
        }
        let bytes = bytes.freeze();
        let part = UploadPart { index: self.index, offset: self.read, total: self.total, bytes };
        self.index += 1;
        self.read += part.bytes.len() as u64;
        Ok(Some(part))
    }

    /// Whether the source is still what it was.
    async fn verify(&self) -> Result<(), Error> {
        match &self.watched {
            Some(source) => source.verify().await,
            None => Ok(()),
        }
    }

    /// Whether all announced bytes were read.
    fn is_at_total(&self) -> bool {
        self.total.is_some_and(|total| self.read + self.pending.len() as u64 >= total)
    }

    /// An empty buffer for a part. All of it at once: one that grows has twice its bytes in memory while
    /// it moves.
    fn buffer(&mut self) -> BytesMut {
        if let Some(buffer) = self.spare.pop() {
            return buffer;
        }
        // Of a stream whose length is unknown, the first part may be all there is.
        let left = self.total.map_or(0, |total| total.saturating_sub(self.read));
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        BytesMut::with_capacity(left.min(self.part_size.saturating_add(STEP)).min(LARGEST_BUFFER))
    }

    /// Takes back the bytes of a part that was sent, where nobody else has them any more.
    fn reuse(&mut self, bytes: Bytes) {
        if let Ok(mut buffer) = bytes.try_into_mut() {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}

impl<S> fmt::Debug for PartUpload<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartUpload")
            .field("source", &self.source)
            .field("parallel", &self.parallel)
            .field("part_size", &self.state.part_size)
            .finish_non_exhaustive()
    }
}
