//! Limits in time: of a connection, of a try, of a whole call.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, timeout_at};

use crate::{Error, ErrorKind, call::Body};

/// The limits in time of a client's calls.
///
/// | Limit | Default |
/// |---|---|
/// | making a connection | 10 s |
/// | one try: sending, and reading a decoded answer | 60 s |
/// | one try of an upload: without any progress | 60 s |
/// | one try of a download: until its answer begins | 60 s |
/// | the body of a download: waiting for bytes without any coming | 60 s |
/// | a whole call with its retries and waits | 2 min |
/// | a whole call that uploads or downloads a file | none |
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) attempt: Duration,
    pub(crate) call: Duration,
    pub(crate) stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(60),
            call: Duration::from_secs(120),
            stall: Duration::from_secs(60),
        }
    }
}

/// When a whole call has to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    limit: Duration,
}

impl Deadline {
    /// So much time after the beginning; `None` for a time so long that no clock can tell its end.
    pub(crate) fn after(begin: Instant, limit: Duration) -> Option<Self> {
        Some(Self { at: begin.checked_add(limit)?, limit })
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    fn error(&self) -> Error {
        let message = format!("the call was not done within the {:?} it may take", self.limit);
        Error::new(ErrorKind::Timeout, message)
    }
}

/// Runs something that must end with the call.
pub(crate) async fn within<T>(
    deadline: Option<Deadline>,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    let Some(deadline) = deadline else { return Ok(work.await) };
    timeout_at(deadline.at, work).await.map_err(|_| deadline.error())
}

/// How far sending a body got, and why its source failed. Counts steps, not bytes: only progress matters.
#[derive(Debug, Clone)]
pub(crate) struct Progress(Option<Arc<Sending>>);

#[derive(Debug, Default)]
struct Sending {
    steps: AtomicU64,
    failed: Mutex<Option<Error>>,
}

impl Progress {
    /// For the sending of a body. One that is in memory makes no steps.
    pub(crate) fn of(body: &Body) -> Self {
        let is_transfer = matches!(body, Body::Upload { .. } | Body::Form(_));
        Self(is_transfer.then(Arc::default))
    }

    pub(crate) fn step(&self) {
        if let Some(sending) = &self.0 {
            sending.steps.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Keeps why the source failed; the first reason counts.
    pub(crate) fn source_failed(&self, error: Error) {
        if let Some(sending) = &self.0 {
            sending.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Why the source failed, if it did.
    pub(crate) fn failure_of_source(&self) -> Option<Error> {
        let sending = self.0.as_ref()?;
        sending.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn steps(&self) -> u64 {
        self.0.as_ref().map_or(0, |sending| sending.steps.load(Ordering::Relaxed))
    }
}

/// When one try has to be done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TryLimits {
    pub(crate) begin: Instant,
    pub(crate) limit: Duration,
    pub(crate) deadline: Option<Deadline>,
}

/// Whose time ran out.
pub(crate) enum Expired {
    Try(Error),
    Call(Error),
}

/// Runs one try, which may take as long as the limit after the last step of its body, and ends with the
/// call. One timer for both: a timer costs more than comparing two instants.
pub(crate) async fn limited<F: Future>(
    mut one_try: Pin<&mut F>,
    limits: &TryLimits,
    progress: &Progress,
) -> Result<F::Output, Expired> {
    let TryLimits { begin, limit, deadline } = *limits;
    let mut moved = begin;
    let mut seen = progress.steps();
    loop {
        let end = match (moved.checked_add(limit), deadline) {
            (Some(end), Some(deadline)) => end.min(deadline.at),
            (None, Some(deadline)) => deadline.at,
            (Some(end), None) => end,
            (None, None) => return Ok(one_try.await),
        };
        if let Ok(result) = timeout_at(end, &mut one_try).await {
            return Ok(result);
        }
        if let Some(deadline) = deadline
            && end == deadline.at
        {
            return Err(Expired::Call(deadline.error()));
        }
        let steps = progress.steps();
        if steps == seen {
            let message = format!("the server did not answer within {limit:?}");
            return Err(Expired::Try(Error::new(ErrorKind::Timeout, message)));
        }
        (moved, seen) = (end, steps);
    }
}
