//! Writes the bytes of a file into its partial file.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use http::StatusCode;

use super::{
    super::{
        handle::{Control, TransferPhase},
        partial_file::PartialFile,
        response::{
            ATTEMPTS, Response, Verdict, broke, changed, judge, length, of_rest, refuses_condition,
            wait,
        },
        version::{Comparison, Version},
    },
    Fetch,
};
use crate::{Error, ErrorKind, RangeRequest, response::ContentRange};

/// What the parts of a download share.
#[derive(Clone)]
pub(super) struct Job {
    fetch: Fetch,
    file: Arc<PartialFile>,
    target: PathBuf,
    control: Control,
    /// Whether a checksum will detect a mixture of versions.
    verified: bool,
    /// Whether the server takes `If-Range` for a reason to send the whole file although it is the same.
    if_range_ignored: Arc<AtomicBool>,
}

/// Why a download in ranges ended early.
pub(super) enum Halt {
    Failed(Error),
    /// The file must be read in one piece: from this response, if there is one.
    OnePiece(Option<Box<Response>>),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A part that is done.
struct Done {
    part: u64,
    bytes: u64,
    receipt: String,
}

impl Job {
    pub(super) fn new(
        fetch: Fetch,
        file: PartialFile,
        target: PathBuf,
        control: Control,
        verified: bool,
    ) -> Self {
        let (file, if_range_ignored) = (Arc::new(file), Arc::default());
        Self { fetch, file, target, control, verified, if_range_ignored }
    }

    pub(super) fn file(&self) -> &PartialFile {
        &self.file
    }

    pub(super) fn replace_file(&mut self, file: PartialFile) {
        self.control.with_state(|state| state.partial = Some(file.token().to_owned()));
        self.file = Arc::new(file);
    }

    /// Downloads the parts that are not done.
    pub(super) async fn in_ranges(&self, parallel: usize) -> Result<(), Halt> {
        let control = &self.control;
        let mut under_way = FuturesUnordered::new();
        let mut next = 0;
        if control.with_state(|state| state.total.is_none()) {
            let first = self.first().await?;
            under_way.push(self.clone().part(0, Some(first)));
            next = 1;
        }
        let parts = control.with_state(|state| state.total.unwrap_or(0).div_ceil(state.part_size));
        loop {
            let may_begin = control.may_run() && next < parts && under_way.len() < parallel;
            if may_begin {
                let part = next;
                next += 1;
                if !control.with_state(|state| state.parts.contains_key(&part)) {
                    control.phase(TransferPhase::Running);
                    under_way.push(self.clone().part(part, None));
                }
                continue;
            }
            if under_way.is_empty() {
                if next >= parts {
                    return Ok(());
                }
                control.phase(TransferPhase::Paused);
            }
            tokio::select! {
                biased;
                () = control.changed() => {}
                Some(done) = under_way.next(), if !under_way.is_empty() => {
                    let Done { part, bytes, receipt } = done?;
                    self.file.keep();
                    control.part_done(part, receipt, bytes);
                }
            }
        }
    }

    /// Requests the first range, which shows the file's length and version.
    async fn first(&self) -> Result<Response, Halt> {
        let part_size = self.control.with_state(|state| state.part_size);
        let mut response = match (self.fetch)(RangeRequest::bytes(0..part_size)).await {
            // An empty file has no first byte (RFC 9110 section 15.5.17).
            Err(error) if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                return Err(Halt::OnePiece(None));
            }
            response => response?,
        };
        response.value_mut().refuse_page(&self.target).await?;
        let partial = response.status() == StatusCode::PARTIAL_CONTENT;
        let range =
            ContentRange::of(response.headers()).filter(|range| partial && range.start == 0);
        let Some(range) = range else {
            // A part that does not tell what it is a part of is of no use.
            return Err(Halt::OnePiece((!partial).then(|| Box::new(response))));
        };
        let version = Version::of(response.headers());
        if !self.verified && !version.is_known() {
            // Nothing would tell whether the next range is of the same version.
            return Err(Halt::OnePiece(range.is_whole().then(|| Box::new(response))));
        }
        self.control.with_state(|state| state.version = version);
        self.control.total(range.total);
        Ok(response)
    }

    /// Downloads one part, requesting the rest of it if the connection breaks.
    async fn part(self, part: u64, mut first: Option<Response>) -> Result<Done, Halt> {
        let (start, length, total, version) = self.control.with_state(|state| {
            let start = part.saturating_mul(state.part_size);
            (start, state.part_length(part), state.total, state.version.clone())
        });
        let mut piece = Piece { at: start, end: start + length, sum: crc32fast::Hasher::new() };
        let mut fruitless = 0;
        while piece.at < piece.end {
            let before = piece.at;
            let mut range = RangeRequest::bytes(piece.at..piece.end);
            let mut conditional = false;
            if let Some(validator) = version.if_range()
                && !self.if_range_ignored.load(Relaxed)
            {
                range = range.if_range(validator);
                conditional = true;
            }
            let response = match first.take() {
                Some(first) => Ok(first),
                None => match (self.fetch)(range).await {
                    Err(error) if conditional && refuses_condition(&error) => {
                        self.if_range_ignored.store(true, Relaxed);
                        continue;
                    }
                    response => response.map_err(of_rest),
                },
            };
            let failed = match response {
                Err(error) => Some(error),
                Ok(response) => match judge(&response, piece.at, &version, total)? {
                    Verdict::Range(bytes) => self.copy(response, bytes, &mut piece).await?,
                    _ if conditional => {
                        self.if_range_ignored.store(true, Relaxed);
                        continue;
                    }
                    Verdict::Unproven => {
                        return Err(changed("the server no longer reports its version").into());
                    }
                    Verdict::Whole | Verdict::Elsewhere => return Err(Halt::OnePiece(None)),
                },
            };
            let Some(error) = failed else { continue };
            fruitless = if piece.at > before { 0 } else { fruitless + 1 };
            if !broke(&error) || fruitless >= ATTEMPTS {
                return Err(error.into());
            }
            tokio::time::sleep(wait(fruitless)).await;
        }
        self.file.sync().await?;
        Ok(Done { part, bytes: length, receipt: receipt(piece.sum.finalize()) })
    }

    /// Writes what arrives of a range, at most what it announces; returns the failure that ended it early,
    /// if any.
    async fn copy(
        &self,
        response: Response,
        announced: u64,
        piece: &mut Piece,
    ) -> Result<Option<Error>, Error> {
        let until = piece.end.min(piece.at.saturating_add(announced));
        let mut body = response.into_inner();
        while piece.at < until {
            match body.next_chunk().await {
                Some(Ok(mut bytes)) => {
                    let left = usize::try_from(until - piece.at).unwrap_or(usize::MAX);
                    bytes.truncate(left);
                    self.file.write(piece.at, bytes.clone()).await?;
                    piece.sum.update(&bytes);
                    piece.at += bytes.len() as u64;
                }
                Some(Err(error)) => return Ok(Some(error)),
                None => {
                    let message = "the server ended a range before its end";
                    return Ok(Some(Error::new(ErrorKind::Transport, message)));
                }
            }
        }
        Ok(None)
    }

    /// Reads the whole file from one response; if that breaks, from another one.
    pub(super) async fn in_one_piece(&self, mut first: Option<Response>) -> Result<(), Error> {
        self.control.phase(TransferPhase::Running);
        let mut broken = 0;
        loop {
            let response = match first.take() {
                Some(first) => Ok(first),
                None => (self.fetch)(RangeRequest::from(0)).await,
            };
            let failed = match response {
                Err(error) => error,
                Ok(response) => match self.copy_whole(response).await? {
                    None => return Ok(()),
                    Some(error) => error,
                },
            };
            broken += 1;
            if !broke(&failed) || broken >= ATTEMPTS {
                return Err(failed);
            }
            tokio::time::sleep(wait(broken)).await;
        }
    }

    async fn copy_whole(&self, mut response: Response) -> Result<Option<Error>, Error> {
        response.value_mut().refuse_page(&self.target).await?;
        let announced = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let range = ContentRange::of(response.headers()).filter(ContentRange::is_whole);
                let message =
                    "the server sent part of the file although the whole file was requested";
                let range = range.ok_or_else(|| Error::new(ErrorKind::Integrity, message))?;
                Some(range.total)
            }
            _ => length(response.headers()),
        };
        let announced = self.begin_whole(&Version::of(response.headers()), announced).await?;
        let done = self.control.with_state(|state| state.bytes_done());
        let mut body = response.into_inner();
        let mut at = 0;
        while let Some(bytes) = body.next_chunk().await {
            let bytes = match bytes {
                Ok(bytes) => bytes,
                Err(error) => return Ok(Some(error)),
            };
            let length = bytes.len() as u64;
            if announced.is_some_and(|announced| length > announced - at) {
                let message = "the server sent more bytes than it announced";
                return Err(Error::new(ErrorKind::Integrity, message));
            }
            self.file.write(at, bytes).await?;
            at += length;
            self.control.position(at.max(done));
        }
        if announced.is_some_and(|announced| at < announced) {
            let message = "the server ended the file before its end";
            return Ok(Some(Error::new(ErrorKind::Transport, message)));
        }
        self.control.whole(at);
        Ok(None)
    }

    /// Makes room for the whole file. If parts of it are done, the response must be of their version: the
    /// same bytes are written over them, so that they stay valid if it breaks.
    async fn begin_whole(&self, new: &Version, length: Option<u64>) -> Result<Option<u64>, Error> {
        let known = self.control.with_state(|state| {
            (!state.parts.is_empty()).then(|| (state.version.clone(), state.total))
        });
        let Some((version, total)) = known else {
            self.file.clear().await?;
            self.control.with_state(|state| state.total = None);
            self.control.expected(length);
            self.control.position(0);
            return Ok(length);
        };
        let same = match version.compare(new) {
            Comparison::Same => true,
            Comparison::Unknown => !version.is_known(),
            Comparison::Changed => false,
        };
        if !same || length.is_some_and(|length| Some(length) != total) {
            return Err(changed("the server has another version of it"));
        }
        Ok(total)
    }
}

/// How much of a part was written.
struct Piece {
    at: u64,
    end: u64,
    sum: crc32fast::Hasher,
}

const SUM: &str = "crc32:";

/// What the state keeps of a part: the sum of its bytes.
fn receipt(sum: u32) -> String {
    format!("{SUM}{sum:08x}")
}

pub(super) fn sum_in(receipt: &str) -> Option<u32> {
    u32::from_str_radix(receipt.strip_prefix(SUM)?, 16).ok()
}
