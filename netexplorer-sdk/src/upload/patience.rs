use std::{future::Future, time::Duration};

use oneteg_http::{Error, ErrorKind};
use tokio::time::{Instant, sleep};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);
/// How often in a row a failure is taken for being busy.
const FAILURES: u32 = 6;

/// Repeats a question that the platform answers when it has put a file together, until it does or the time
/// is up. The question itself must not be tried again by the runtime, whose patience is for other things.
pub(super) async fn until_assembled<T, F, A>(limit: Duration, mut ask: F) -> Result<T, Error>
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, Error>>,
{
    // A time so long that no clock can tell its end has none.
    let end = Instant::now().checked_add(limit);
    let mut wait = FIRST;
    let mut failures = 0;
    loop {
        let error = match ask().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        failures = if error.kind() == ErrorKind::Locked { 0 } else { failures + 1 };
        let pause = error.retry_after().unwrap_or(wait);
        let left = |end: Instant| end.checked_duration_since(Instant::now());
        let in_time = end.is_none_or(|end| left(end).is_some_and(|left| pause <= left));
        if !is_busy(&error) || failures > FAILURES || !in_time {
            return Err(error);
        }
        sleep(pause).await;
        wait = (wait * 2).min(LONGEST);
    }
}

/// 423 is the platform's word for it; others saw 429 and 500 in its place.
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
