//! Limits in time: of a connection, of a try, of a whole call.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{Error, ErrorKind};

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
    pub(crate) one_try: Duration,
    pub(crate) call: Duration,
    pub(crate) stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            one_try: Duration::from_secs(60),
            call: Duration::from_secs(120),
            stall: Duration::from_secs(60),
        }
    }
}

/// How far the sending of a body got. Counts steps, not bytes: only that it moves matters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(Arc<AtomicU64>);

impl Progress {
    pub(crate) fn step(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn steps(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs one try, which may take as long as the limit after the last step of its body.
pub(crate) async fn limited<T>(
    one_try: impl Future<Output = Result<T, Error>>,
    limit: Duration,
    progress: &Progress,
) -> Result<T, Error> {
    let mut one_try = std::pin::pin!(one_try);
    let mut seen = progress.steps();
    loop {
        match tokio::time::timeout(limit, &mut one_try).await {
            Ok(result) => return result,
            Err(_) => {
                let steps = progress.steps();
                if steps == seen {
                    let message = format!("the server did not answer within {limit:?}");
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
                seen = steps;
            }
        }
    }
}
