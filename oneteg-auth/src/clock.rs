use std::{fmt, time::Duration, time::SystemTime};

/// A source of time that tests can replace.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time since a fixed but arbitrary point; it never goes back. Expiry is measured on this clock only,
    /// so neither a user who sets the date nor a provider with a wrong clock can end a token early.
    fn monotonic(&self) -> Duration;

    /// The date and time of day, for records that outlive the process and for detecting clock skew.
    fn wall(&self) -> SystemTime;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(target_os = "linux")]
    fn monotonic(&self) -> Duration {
        // Every request reads this clock. The coarse one is several times cheaper than `Instant::now`, and its
        // resolution of a few milliseconds does not matter to a token lifetime.
        let coarse = nix::time::ClockId::CLOCK_MONOTONIC_COARSE;
        // Every Linux of this century has this clock.
        nix::time::clock_gettime(coarse).map(Duration::from).unwrap_or_default()
    }

    #[cfg(not(target_os = "linux"))]
    fn monotonic(&self) -> Duration {
        use std::{sync::OnceLock, time::Instant};
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        ORIGIN.get_or_init(Instant::now).elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Milliseconds since 1970, zero for a clock set before that.
pub(crate) fn unix_ms(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, millis)
}

/// A duration in whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
