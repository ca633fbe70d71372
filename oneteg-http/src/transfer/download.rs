use std::{fmt, future::Future, path::PathBuf, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use http::{HeaderMap, StatusCode, header};
use oneteg_auth::BoxFuture;
use tokio::{
    fs::File,
    io::{AsyncSeekExt, AsyncWriteExt},
    sync::Mutex,
};

use super::{
    RangeRequest,
    handle::{Control, Phase, Transfer, TransferState},
};
use crate::{ByteStream, Error, ErrorKind, ResponseValue};

pub(super) type Fetch = Arc<
    dyn Fn(RangeRequest) -> BoxFuture<'static, Result<ResponseValue<ByteStream>, Error>>
        + Send
        + Sync,
>;

/// How often a part is asked for again without any byte of it coming.
pub(super) const FRUITLESS: u32 = 4;

/// Downloads a file in ranges, into a file.
///
/// The bytes go to `<name>.part`, which gets its name when all are there. A range that breaks off is
/// asked for from where it broke; `If-Range` and the length in every answer make sure that all ranges
/// are of one version. A server without ranges is read in one piece.
///
/// Defaults: ranges of 8 MiB, 4 at a time.
pub struct RangedDownload {
    fetch: Fetch,
    path: PathBuf,
    parallel: usize,
    state: TransferState,
    #[cfg(feature = "checksums")]
    checksum: Option<super::Checksum>,
}

impl RangedDownload {
    /// A download to a path, from a function that makes the call for a range: an operation with
    /// [`CallOptions::range`](crate::CallOptions::range).
    pub fn new<F, A>(path: impl Into<PathBuf>, fetch: F) -> Self
    where
        F: Fn(RangeRequest) -> A + Send + Sync + 'static,
        A: Future<Output = Result<ResponseValue<ByteStream>, Error>> + Send + 'static,
    {
        Self {
            fetch: Arc::new(move |range| Box::pin(fetch(range))),
            path: path.into(),
            parallel: 4,
            state: TransferState { part_size: 8 * 1024 * 1024, ..TransferState::default() },
            #[cfg(feature = "checksums")]
            checksum: None,
        }
    }

    /// How many bytes are asked for at a time; 0 counts as 1. Default: 8 MiB.
    #[must_use]
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.state.part_size = bytes.max(1);
        self
    }

    /// How many ranges are under way at the same time; 0 counts as 1. Default: 4.
    #[must_use]
    pub fn parallel(mut self, ranges: usize) -> Self {
        self.parallel = ranges.max(1);
        self
    }

    /// What the bytes must add up to.
    #[cfg(feature = "checksums")]
    #[must_use]
    pub fn checksum(mut self, checksum: super::Checksum) -> Self {
        self.checksum = Some(checksum);
        self
    }

    /// Goes on with a download of the same file to the same path that ended early. When the file has
    /// changed since, it fails with [`ErrorKind::Integrity`]: begin anew.
    #[must_use]
    pub fn resume(mut self, state: TransferState) -> Self {
        self.state = TransferState { part_size: state.part_size.max(1), ..state };
        self
    }

    /// Begins, in a task of the current tokio runtime. The end gives the number of bytes.
    pub fn start(self) -> Transfer<u64> {
        let control = Control::new(self.state.clone());
        let work = self.run(control.clone());
        control.spawn(work)
    }

    async fn run(self, control: Control) -> Result<u64, Error> {
        let mut partial = self.path.clone().into_os_string();
        partial.push(".part");
        let partial = PathBuf::from(partial);
        let resumed = self.state.total.is_some();
        let open = File::options().create(true).write(true).truncate(!resumed).open(&partial).await;
        let file = Arc::new(Mutex::new(open.map_err(unwritable)?));
        let job = Job { fetch: self.fetch, file, control: control.clone() };

        let mut under_way = FuturesUnordered::new();
        let mut next = 0;
        if !resumed {
            // The first answer says how long the file is, and of which version.
            match job.first(self.state.part_size).await? {
                First::Whole => {}
                First::Part(answer) => under_way.push(job.clone().part(0, Some(answer))),
            }
            next = 1;
        }
        let parts = control.with_state(|state| state.total.unwrap_or(0).div_ceil(state.part_size));
        loop {
            let may_begin = control.may_run() && next < parts && under_way.len() < self.parallel;
            if may_begin {
                let part = next;
                next += 1;
                if !control.with_state(|state| state.parts.contains_key(&part)) {
                    control.phase(Phase::Running);
                    under_way.push(job.clone().part(part, None));
                }
                continue;
            }
            if under_way.is_empty() {
                if next >= parts {
                    break;
                }
                control.phase(Phase::Paused);
            }
            tokio::select! {
                biased;
                () = control.changed() => {}
                Some(done) = under_way.next(), if !under_way.is_empty() => {
                    let (part, bytes) = done?;
                    control.part_done(part, String::new(), bytes);
                }
            }
        }
        let mut file = job.file.lock().await;
        file.flush().await.map_err(unwritable)?;
        file.sync_all().await.map_err(unwritable)?;
        #[cfg(feature = "checksums")]
        if let Some(checksum) = self.checksum {
            let path = partial.clone();
            let verified = tokio::task::spawn_blocking(move || checksum.verify(&path)).await;
            verified.map_err(|error| {
                Error::new(ErrorKind::Cancelled, "the transfer was torn down").with_source(error)
            })??;
        }
        tokio::fs::rename(&partial, &self.path).await.map_err(unwritable)?;
        Ok(control.with_state(|state| state.total.unwrap_or(0)))
    }
}

/// What the parts of a download share.
#[derive(Clone)]
struct Job {
    fetch: Fetch,
    file: Arc<Mutex<File>>,
    control: Control,
}

// One for each download.
#[allow(clippy::large_enum_variant)]
enum First {
    /// The server sent the whole file; it is written.
    Whole,
    /// The server sent the first range.
    Part(ResponseValue<ByteStream>),
}

impl Job {
    async fn first(&self, part_size: u64) -> Result<First, Error> {
        let answer = match (self.fetch)(RangeRequest::bytes(0..part_size)).await {
            // An empty file has no first byte (RFC 9110 section 15.5.17).
            Err(error) if error.status() == Some(StatusCode::RANGE_NOT_SATISFIABLE) => {
                (self.fetch)(RangeRequest::from(0)).await?
            }
            answer => answer?,
        };
        if answer.status() == StatusCode::PARTIAL_CONTENT {
            let total = content_range(answer.headers())
                .filter(|range| range.start == 0)
                .ok_or_else(|| changed("the server's first range says not what it is of"))?
                .total;
            self.control.with_state(|state| state.validator = validator(answer.headers()));
            self.control.total(total);
            return Ok(First::Part(answer));
        }
        let mut body = answer.into_inner();
        let mut at = 0;
        while let Some(bytes) = body.next_chunk().await {
            let bytes = bytes?;
            self.write(at, &bytes).await?;
            at += bytes.len() as u64;
        }
        // One part of the whole length, done.
        self.control.with_state(|state| state.part_size = at.max(1));
        self.control.total(at);
        self.control.part_done(0, String::new(), at);
        Ok(First::Whole)
    }

    /// Downloads one part, asking again for the rest of it where the connection breaks.
    async fn part(
        self,
        part: u64,
        mut answer: Option<ResponseValue<ByteStream>>,
    ) -> Result<(u64, u64), Error> {
        let (start, length, total, validator) = self.control.with_state(|state| {
            let start = part * state.part_size;
            (start, state.part_length(part), state.total, state.validator.clone())
        });
        let mut done = 0;
        let mut fruitless = 0;
        while done < length {
            let before = done;
            let failed = match answer.take() {
                Some(answer) => self.copy(answer, start, length, &mut done).await?,
                None => {
                    let mut range = RangeRequest::bytes(start + done..start + length);
                    if let Some(validator) = &validator {
                        range = range.if_range(validator);
                    }
                    match (self.fetch)(range).await {
                        Ok(answer) => {
                            check(&answer, start + done, total)?;
                            self.copy(answer, start, length, &mut done).await?
                        }
                        Err(error) => Some(error),
                    }
                }
            };
            let Some(error) = failed else { continue };
            fruitless = if done > before { 0 } else { fruitless + 1 };
            let broke = matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout);
            if !broke || fruitless >= FRUITLESS {
                return Err(error);
            }
            tokio::time::sleep(wait(fruitless)).await;
        }
        Ok((part, length))
    }

    /// Writes what comes; the failure that ended it early, if one did.
    async fn copy(
        &self,
        answer: ResponseValue<ByteStream>,
        start: u64,
        length: u64,
        done: &mut u64,
    ) -> Result<Option<Error>, Error> {
        let mut body = answer.into_inner();
        while *done < length {
            match body.next_chunk().await {
                Some(Ok(mut bytes)) => {
                    let left = usize::try_from(length - *done).unwrap_or(usize::MAX);
                    bytes.truncate(left);
                    self.write(start + *done, &bytes).await?;
                    *done += bytes.len() as u64;
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

    async fn write(&self, at: u64, bytes: &[u8]) -> Result<(), Error> {
        let mut file = self.file.lock().await;
        file.seek(std::io::SeekFrom::Start(at)).await.map_err(unwritable)?;
        file.write_all(bytes).await.map_err(unwritable)
    }
}

struct ContentRange {
    start: u64,
    total: u64,
}

/// How long to wait before asking again, after so many times without any byte.
pub(super) fn wait(fruitless: u32) -> Duration {
    Duration::from_millis(100 << fruitless.min(6)).mul_f64(fastrand::f64())
}

/// `Content-Range: bytes 0-99/1234` (RFC 9110 section 14.4).
fn content_range(headers: &HeaderMap) -> Option<ContentRange> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some(ContentRange { start: start.trim().parse().ok()?, total: total.trim().parse().ok()? })
}

/// What tells versions apart byte by byte: a strong entity tag, else the time of the last change.
pub(super) fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
    let strong = |tag: &String| !tag.starts_with("W/");
    text(header::ETAG).filter(strong).or_else(|| text(header::LAST_MODIFIED))
}

pub(super) fn check(
    answer: &ResponseValue<ByteStream>,
    start: u64,
    total: Option<u64>,
) -> Result<(), Error> {
    let range = content_range(answer.headers());
    let fits = |range: &ContentRange| range.start == start && Some(range.total) == total;
    if answer.status() != StatusCode::PARTIAL_CONTENT || !range.as_ref().is_some_and(fits) {
        return Err(changed("the file changed while it was downloaded; begin anew"));
    }
    Ok(())
}

fn changed(message: &str) -> Error {
    Error::new(ErrorKind::Integrity, message)
}

fn unwritable(error: std::io::Error) -> Error {
    let message = format!("the file cannot be written: {error}");
    Error::new(ErrorKind::Io, message).with_source(error)
}

impl fmt::Debug for RangedDownload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangedDownload")
            .field("path", &self.path)
            .field("parallel", &self.parallel)
            .field("part_size", &self.state.part_size)
            .finish_non_exhaustive()
    }
}
