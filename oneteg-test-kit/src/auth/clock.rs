use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use oneteg_auth::Clock;

/// A clock that follows Tokio's, which tests can pause. Its time of day starts in 2027.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: Instant,
}

impl TokioClock {
    /// A clock that starts now. Call it inside of a runtime.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for TokioClock {
    fn monotonic(&self) -> Duration {
        self.start.elapsed() + Duration::from_secs(1_000)
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + self.start.elapsed()
    }
}
