//! Waiting until the platform has assembled a file whose bytes it has received.
//!
//! | Result of a poll | Next |
//! |---|---|
//! | success | done |
//! | 423 | polls again, for as long as the time limit allows |
//! | busy or unreachable: 429, 5xx, no connection, a timeout | polls again, at most 6 times in a row |
//! | anything else | fails |
//!
//! Between polls it waits 250 ms, doubled each time up to 5 s, or as long as `Retry-After` specifies. A wait that
//! would exceed the limit fails at once with the last error.

use std::{future::Future, time::Duration};

use oneteg_http::{Error, ErrorKind};
use tokio::time::{Instant, sleep};

const INITIAL_DELAY: Duration = Duration::from_millis(250);
const MAX_DELAY: Duration = Duration::from_secs(5);
/// How many failures in a row are taken for a busy server.
const MAX_FAILURES: u32 = 6;

/// Polls until the platform has assembled the file, at most `limit`. The requests of `poll` must not be retried
/// by the runtime, whose retry policy is meant for short failures.
pub(super) async fn until_assembled<T, F, P>(limit: Duration, mut poll: F) -> Result<T, Error>
where
    F: FnMut() -> P,
    P: Future<Output = Result<T, Error>>,
{
    // `None` if the limit exceeds what the clock can represent: no limit then.
    let end = Instant::now().checked_add(limit);
    let mut schedule = PollSchedule::default();
    loop {
        let error = match poll().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let left = match end {
            Some(end) => end.checked_duration_since(Instant::now()),
            None => Some(Duration::MAX),
        };
        match left.and_then(|left| schedule.next_delay(&error, left)) {
            Some(delay) => sleep(delay).await,
            None => return Err(error),
        }
    }
}

/// Decides whether and when to poll again.
struct PollSchedule {
    delay: Duration,
    failures: u32,
}

impl Default for PollSchedule {
    fn default() -> Self {
        Self { delay: INITIAL_DELAY, failures: 0 }
    }
}

impl PollSchedule {
    /// How long to wait after this error if `left` remains of the limit; `None` to give up.
    fn next_delay(&mut self, error: &Error, left: Duration) -> Option<Duration> {
        self.failures = if error.kind() == ErrorKind::Locked { 0 } else { self.failures + 1 };
        let delay = error.retry_after().unwrap_or(self.delay);
        self.delay = (self.delay * 2).min(MAX_DELAY);
        (is_busy(error) && self.failures <= MAX_FAILURES && delay <= left).then_some(delay)
    }
}

/// 423 is the documented status of a file in assembly; 429 and 500 have been observed instead.
fn is_busy(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Locked
            | ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Connect
            | ErrorKind::Timeout
            | ErrorKind::Transport
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, "")
    }

    #[test]
    fn the_delay_doubles_up_to_its_maximum() {
        let mut schedule = PollSchedule::default();
        let locked = error(ErrorKind::Locked);
        let delays: Vec<_> = (0..7)
            .map(|_| schedule.next_delay(&locked, Duration::MAX).unwrap().as_millis())
            .collect();
        assert_eq!(delays, [250, 500, 1000, 2000, 4000, 5000, 5000]);
    }

    #[test]
    fn a_wait_beyond_the_limit_ends_the_polling() {
        let locked = error(ErrorKind::Locked);
        let next = |left| PollSchedule::default().next_delay(&locked, left);
        assert_eq!(next(INITIAL_DELAY), Some(INITIAL_DELAY));
        assert_eq!(next(Duration::from_millis(249)), None);
    }

    #[test]
    fn only_failures_in_a_row_are_limited() {
        let mut schedule = PollSchedule::default();
        let (locked, failed) = (error(ErrorKind::Locked), error(ErrorKind::Server));
        for _ in 0..3 {
            for _ in 0..MAX_FAILURES {
                assert!(schedule.next_delay(&failed, Duration::MAX).is_some());
            }
            assert!(schedule.next_delay(&locked, Duration::MAX).is_some());
        }
        for _ in 0..MAX_FAILURES {
            assert!(schedule.next_delay(&failed, Duration::MAX).is_some());
        }
        assert_eq!(schedule.next_delay(&failed, Duration::MAX), None);
    }

    #[test]
    fn other_errors_end_the_polling() {
        for kind in [ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::Decode, ErrorKind::Api] {
            assert_eq!(
                PollSchedule::default().next_delay(&error(kind), Duration::MAX),
                None,
                "{kind:?}"
            );
        }
    }
}
