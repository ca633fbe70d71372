//! Whether the engine of a quota is asked.
//!
//! | State | Event | Next state |
//! |---|---|---|
//! | available | a step fails or takes too long | away; logged as a warning |
//! | away | a caller, before the next probe is due | away: the caller uses the fallback |
//! | | a caller, when it is due | the same, and a probe begins; the next one is due after twice the time |
//! | | a probe succeeds | available; logged |

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

const FIRST_PROBE: Duration = Duration::from_secs(1);
const LONGEST_PROBE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub(super) struct Availability {
    away: Mutex<Option<Away>>,
}

#[derive(Debug)]
struct Away {
    since: Instant,
    next_probe: Instant,
    pause: Duration,
}

impl Availability {
    fn away(&self) -> MutexGuard<'_, Option<Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_away(&self) -> bool {
        self.away().is_some()
    }

    /// Whether the caller has to begin a probe.
    pub(super) fn is_probe_due(&self) -> bool {
        let mut state = self.away();
        let Some(away) = &mut *state else { return false };
        let now = Instant::now();
        if now < away.next_probe {
            return false;
        }
        away.pause = (away.pause * 2).min(LONGEST_PROBE);
        away.next_probe = now + away.pause;
        true
    }

    /// Whether the engine was available until now.
    pub(super) fn failed(&self) -> bool {
        let mut state = self.away();
        if state.is_some() {
            return false;
        }
        let now = Instant::now();
        *state = Some(Away { since: now, next_probe: now + FIRST_PROBE, pause: FIRST_PROBE });
        true
    }

    /// For how long the engine was away, if it was until now.
    pub(super) fn worked(&self) -> Option<Duration> {
        self.away().take().map(|away| away.since.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_caller_at_a_time_begins_a_probe_and_probes_become_rare() {
        let engine = Availability::default();
        assert!(!engine.is_probe_due() && !engine.is_away());
        assert!(engine.failed() && !engine.failed(), "one of several failures is the first");
        let mut probes = Vec::new();
        let began = Instant::now();
        for _ in 0..2000 {
            if engine.is_probe_due() {
                probes.push(began.elapsed().as_millis() / 100);
                assert!(!engine.is_probe_due(), "two callers probe at the same time");
            }
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        assert_eq!(probes, [10, 30, 70, 150, 310, 610, 910, 1210, 1510, 1810]);
        assert_eq!(engine.worked(), Some(Duration::from_secs(200)));
        assert!(!engine.is_away() && engine.worked().is_none());
    }
}
