//! Uploading a file in parts that are sent at the same time.
//!
//! | State | Event | Next |
//! |---|---|---|
//! | start | the state is one of this source | skip its completed parts |
//! | start | the state is of another source, or of a download | fail, nothing is sent |
//! | running | fewer than `parallel` parts and one are in memory | read the next one, and [prepare](PartSink::prepare) it |
//! | running | a part is prepared, and fewer than `parallel` are being sent | send it; parts are begun in order |
//! | running | a part was sent | record its receipt in the state, reuse its buffer |
//! | running | a part failed, or the source changed | fail; the state keeps the other parts |
//! | running | pause | read no more; those being sent finish, then paused |
//! | all parts sent | the source is unchanged | [`PartSink::set_total`], then [`PartSink::finish`] with the receipts in order |
//!
//! The source is verified after each part is read and once before the end, so that what is finished is one version
//! of it.

mod reader;

use std::{collections::VecDeque, fmt, future::Future, sync::Arc};

use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{FuturesOrdered, FuturesUnordered},
};

use self::reader::PartReader;
use super::{
    handle::{Transfer, TransferControl, TransferPhase},
    state::TransferState,
};
use crate::{Error, ErrorKind, UploadSource};

/// One part of a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UploadPart {
    /// Its number, from 0.
    pub index: u64,
    /// Its position in the file, in bytes.
    pub offset: u64,
    /// Its bytes. Cloning them copies nothing.
    pub bytes: Bytes,
    /// The length of the file in bytes, if known.
    pub total: Option<u64>,
    /// What [`PartSink::prepare`] returned of it; empty before.
    pub prepared: String,
}

/// A protocol that accepts a file in parts.
pub trait PartSink: Send + Sync + 'static {
    /// The result of a finished upload.
    type Output: Send + 'static;

    /// Computes what [`put`](Self::put) needs of a part, such as its checksum, while other parts are being sent.
    /// The result is [`UploadPart::prepared`]. Default: nothing.
    fn prepare(&self, part: &UploadPart) -> impl Future<Output = Result<String, Error>> + Send {
        let _ = part;
        std::future::ready(Ok(String::new()))
    }

    /// Sends a part. Returns what [`finish`](Self::finish) needs of it: a block id, an entity tag, or nothing. It
    /// is called again for a part whose upload was interrupted.
    fn put(&self, part: UploadPart) -> impl Future<Output = Result<String, Error>> + Send;

    /// Receives the length of the file in bytes, before [`finish`](Self::finish). The length of a stream may be
    /// unknown until its end.
    fn set_total(&self, total: u64) {
        let _ = total;
    }

    /// Finishes the upload, with what [`put`](Self::put) returned, in the order of the parts.
    fn finish(
        &self,
        receipts: Vec<String>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// Uploads a file in parts.
///
/// Defaults: parts of 8 MiB, 4 at a time. Only the parts that are being sent and the next one are in memory, whatever
/// the size of the file. A failed part fails the upload; retries are up to the calls that the sink makes.
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

    /// The size of every part but the last, in bytes; 0 counts as 1. Default: 8 MiB.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.state.part_size = bytes.max(1);
        self
    }

    /// The number of parts that are sent at the same time; 0 counts as 1. Default: 4. Protocols that accept parts
    /// in order only need 1.
    #[must_use]
    pub fn parallel(mut self, parts: usize) -> Self {
        self.parallel = parts.max(1);
        self
    }

    /// Resumes an interrupted upload of the same source, even from another process: its completed parts are not
    /// sent again. The part size is that of the state. With the state of another source, or of a download, the
    /// upload fails with [`ErrorKind::Integrity`] before anything is sent.
    #[must_use]
    pub fn resume(mut self, state: TransferState) -> Self {
        self.state = TransferState { part_size: state.part_size.max(1), ..state };
        self
    }

    /// Starts the upload in a task of the current tokio runtime.
    pub fn start(self) -> Transfer<S::Output> {
        let control = TransferControl::new(self.state.clone());
        let work = self.run(control.clone());
        control.spawn(work)
    }

    async fn run(self, control: TransferControl) -> Result<S::Output, Error> {
        let part_size = self.state.part_size;
        let identity = self.source.identity().await?;
        let mut reader = PartReader::open(self.source, &identity, &self.state).await?;
        control.with_state(|state| state.source = Some(identity));
        if let Some(total) = reader.total() {
            control.set_total(total);
        }
        let sink = Arc::new(self.sink);
        // Parts go through these in order: read and prepared, waiting, being sent.
        let mut preparing = FuturesOrdered::new();
        let mut prepared: VecDeque<UploadPart> = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        let mut is_all_read = false;
        loop {
            let may_run = control.may_run();
            while may_run
                && under_way.len() < self.parallel
                && let Some(part) = prepared.pop_front()
            {
                control.set_phase(TransferPhase::Running);
                let sink = Arc::clone(&sink);
                under_way.push(async move {
                    let (index, bytes) = (part.index, part.bytes.clone());
                    (index, bytes, sink.put(part).await)
                });
            }
            let in_memory = preparing.len() + prepared.len() + under_way.len();
            let may_read = may_run && !is_all_read && in_memory <= self.parallel;
            if under_way.is_empty() {
                if is_all_read && in_memory == 0 {
                    break;
                }
                let phase = if may_run { TransferPhase::Running } else { TransferPhase::Paused };
                control.set_phase(phase);
            }
            tokio::select! {
                biased;
                () = control.may_run_changed(may_run) => {}
                Some(sent) = under_way.next(), if !under_way.is_empty() => {
                    let (part, bytes, receipt): (u64, Bytes, Result<String, Error>) = sent;
                    control.complete_part(part, receipt?, bytes.len() as u64);
                    reader.reuse(bytes);
                }
                Some(part) = preparing.next(), if !preparing.is_empty() => {
                    let part: Result<UploadPart, Error> = part;
                    prepared.push_back(part?);
                }
                part = reader.next(), if may_read => match part? {
                    None => is_all_read = true,
                    Some(part) if self.state.parts.contains_key(&part.index) => {
                        reader.reuse(part.bytes);
                    }
                    Some(mut part) => {
                        let sink = Arc::clone(&sink);
                        preparing.push_back(async move {
                            part.prepared = sink.prepare(&part).await?;
                            Ok(part)
                        });
                    }
                },
            }
        }
        let length = reader.position();
        control.set_total(length);
        let receipts =
            control.with_state(|state| state.parts.values().cloned().collect::<Vec<_>>());
        if receipts.len() as u64 != length.div_ceil(part_size) {
            let message = "the state belongs to another file: its parts do not exist in this one";
            return Err(Error::new(ErrorKind::Integrity, message));
        }
        reader.verify_source().await?;
        sink.set_total(length);
        sink.finish(receipts).await
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
