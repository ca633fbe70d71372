//! Time limits of attempts and calls.

use std::{future::Future, pin::Pin, time::Duration};

use tokio::time::{Instant, timeout_at};

use crate::{Error, ErrorKind, request::body::Progress};

/// The time limits of a client.
///
/// | Limit | Default |
/// |---|---|
/// | connecting | 10 s |
/// | an attempt: sending the request and reading a response that is decoded | 60 s |
/// | an attempt with an upload: without progress | 60 s |
/// | an attempt with a download: until the response begins | 60 s |
/// | the body of a download: without bytes while the reader waits | 60 s |
/// | a call with its retries and waits | 2 min |
/// | a call with an upload or a download | none |
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

/// When a call must be finished.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    limit: Duration,
}

impl Deadline {
    /// `None` if the limit is too long for the clock.
    pub(crate) fn after(begin: Instant, limit: Duration) -> Option<Self> {
        Some(Self { at: begin.checked_add(limit)?, limit })
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    fn error(&self) -> Error {
        let message = format!("the call did not finish within its time limit of {:?}", self.limit);
        Error::new(ErrorKind::Timeout, message)
    }
}

/// Runs work that must end with the call.
pub(crate) async fn within<T>(
    deadline: Option<Deadline>,
    work: impl Future<Output = T>,
) -> Result<T, Error> {
    let Some(deadline) = deadline else { return Ok(work.await) };
    timeout_at(deadline.at, work).await.map_err(|_| deadline.error())
}

/// When an attempt must be finished.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttemptLimits {
    pub(crate) begin: Instant,
    /// Counted from the last progress of a streamed body.
    pub(crate) limit: Duration,
    /// The deadline of the call.
    pub(crate) deadline: Option<Deadline>,
}

/// Which time limit expired.
pub(crate) enum Expired {
    Attempt(Error),
    Call(Error),
}

/// Runs an attempt within its time limit and that of the call. Both share one timer, which costs more than the
/// comparison of two instants.
pub(crate) async fn run_attempt<F: Future>(
    mut attempt: Pin<&mut F>,
    limits: &AttemptLimits,
    progress: &Progress,
) -> Result<F::Output, Expired> {
    let AttemptLimits { begin, limit, deadline } = *limits;
    let mut last_progress = begin;
    let mut steps = progress.steps();
    loop {
        let end = match (last_progress.checked_add(limit), deadline) {
            (Some(end), Some(deadline)) => end.min(deadline.at),
            (None, Some(deadline)) => deadline.at,
            (Some(end), None) => end,
            (None, None) => return Ok(attempt.await),
        };
        if let Ok(output) = timeout_at(end, &mut attempt).await {
            return Ok(output);
        }
        if let Some(deadline) = deadline
            && end == deadline.at
        {
            return Err(Expired::Call(deadline.error()));
        }
        let steps_now = progress.steps();
        if steps_now == steps {
            let message = format!("the server did not respond within {limit:?}");
            return Err(Expired::Attempt(Error::new(ErrorKind::Timeout, message)));
        }
        (last_progress, steps) = (end, steps_now);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, pin::pin};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn run(
        attempt: impl Future<Output = ()>,
        call: Option<Duration>,
        progress: &Progress,
    ) -> Result<(), &'static str> {
        let begin = Instant::now();
        let deadline = call.and_then(|limit| Deadline::after(begin, limit));
        let limits = AttemptLimits { begin, limit: 10 * SECOND, deadline };
        match run_attempt(pin!(attempt), &limits, progress).await {
            Ok(()) => Ok(()),
            Err(Expired::Attempt(_)) => Err("attempt"),
            Err(Expired::Call(_)) => Err("call"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_that_ends_first_is_reported() {
        let progress = Progress::none();
        for (call, expired) in [
            (None, "attempt"),
            (Some(20 * SECOND), "attempt"),
            (Some(5 * SECOND), "call"),
            // The call is over in any case.
            (Some(10 * SECOND), "call"),
            // Too long for the clock.
            (Some(Duration::MAX), "attempt"),
        ] {
            assert_eq!(run(pending(), call, &progress).await, Err(expired), "{call:?}");
        }
        assert_eq!(run(tokio::time::sleep(9 * SECOND), None, &progress).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn progress_extends_the_limit_of_an_attempt_but_not_of_the_call() {
        let progress = Progress::streamed();
        let upload = |steps: u32| {
            let progress = progress.clone();
            async move {
                for _ in 0..steps {
                    tokio::time::sleep(4 * SECOND).await;
                    progress.step();
                }
                pending::<()>().await;
            }
        };
        let begin = Instant::now();
        assert_eq!(run(upload(10), None, &progress).await, Err("attempt"));
        // Ten steps of 4 s; the silence after them is noticed at the end of the second limit without a step.
        assert_eq!(begin.elapsed(), 50 * SECOND);
        assert_eq!(run(upload(10), Some(30 * SECOND), &progress).await, Err("call"));
    }
}
