use std::time::Duration;

/// How long the parts of a step may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepLimits {
    /// A whole step, with a new connection if it needs one.
    pub(super) step: Duration,
    pub(super) connection: Duration,
    pub(super) response: Duration,
}

impl StepLimits {
    /// A step includes the time to connect, and to retry on a new connection.
    pub(super) fn new(step: Duration) -> Self {
        Self { step, connection: step / 2, response: step }
    }
}

impl Default for StepLimits {
    fn default() -> Self {
        Self::new(Duration::from_secs(5))
    }
}
