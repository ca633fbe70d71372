//! The generic cell rate algorithm, as a step on a value. Redis and PostgreSQL run the same step on their own data.
//!
//! A quota is one date, `next`: when the next request would be due if all were evenly spaced. A request may come up
//! to `tolerance` earlier, which is what permits a burst. Times are microseconds of the engine's clock.
//!
//! | Request | Outcome | `next` becomes |
//! |---|---|---|
//! | due now, or within the longest wait | a slot | the later of `next` and now, plus the interval |
//! | due later | the wait, without a slot | unchanged |
//! | a pause until `until` | | at least `until` plus the tolerance, so that no burst follows the pause |
//!
//! The bound that follows: slots that are scheduled within any period `p` number at most
//! `(p + tolerance) / interval + 1`.

use std::time::Duration;

use super::{QuotaRate, Slot, SlotRequest};

/// No slot is further ahead than this. A caller whose turn comes later asks again.
pub(super) const MAX_AHEAD: Duration = Duration::from_secs(60);

/// The longest pause, as a server that is misconfigured must not stop all workers for a day.
pub(crate) const MAX_PAUSE: Duration = Duration::from_secs(60);

/// What an engine keeps of a quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct QuotaState {
    next: u64,
    paused_until: u64,
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A date further ahead than this was not written by the current clock: the clock was set back.
pub(crate) fn horizon(rate: QuotaRate) -> u64 {
    micros(rate.interval() + rate.tolerance() + MAX_AHEAD + MAX_PAUSE)
}

impl QuotaState {
    pub(super) fn take(&mut self, now: u64, request: &SlotRequest) -> Slot {
        let rate = request.rate;
        let known = if self.next > now.saturating_add(horizon(rate)) { 0 } else { self.next };
        let due = known.max(now);
        let scheduled = due.saturating_sub(micros(rate.tolerance())).max(now);
        let wait = Duration::from_micros(scheduled - now);
        if wait > request.at_most.min(MAX_AHEAD) {
            return Slot::Later { wait, paused: !self.pause_left(now).is_zero() };
        }
        self.next = due + micros(rate.interval());
        Slot::Taken { wait, scheduled: Duration::from_micros(scheduled) }
    }

    pub(super) fn pause(&mut self, now: u64, pause: Duration, rate: QuotaRate) {
        let until = now + micros(pause.min(MAX_PAUSE));
        // A shorter pause ends no longer one.
        let earlier = now + micros(self.pause_left(now));
        self.paused_until = until.max(earlier);
        let known = if self.next > now.saturating_add(horizon(rate)) { 0 } else { self.next };
        self.next = known.max(self.paused_until + micros(rate.tolerance()));
    }

    pub(super) fn pause_left(&self, now: u64) -> Duration {
        let left = Duration::from_micros(self.paused_until.saturating_sub(now));
        if left > MAX_PAUSE { Duration::ZERO } else { left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const START: u64 = 1_800_000_000_000_000;

    fn rate() -> QuotaRate {
        QuotaRate::new(10.0, 3).unwrap()
    }

    fn request(at_most: Duration) -> SlotRequest {
        SlotRequest { rate: rate(), at_most }
    }

    fn wait(slot: Slot) -> u128 {
        let (Slot::Taken { wait, .. } | Slot::Later { wait, .. }) = slot;
        wait.as_millis()
    }

    #[test]
    fn a_burst_then_even_spacing() {
        let mut quota = QuotaState::default();
        let waits: Vec<_> = (0..6).map(|_| wait(quota.take(START, &request(SECOND)))).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200, 300]);
        // Half a second without requests earns a burst again, and no more than that.
        let later = START + 10_000_000;
        let waits: Vec<_> = (0..5).map(|_| wait(quota.take(later, &request(SECOND)))).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200]);
    }

    #[test]
    fn a_slot_that_comes_too_late_is_not_taken() {
        let mut quota = QuotaState::default();
        for _ in 0..5 {
            quota.take(START, &request(SECOND));
        }
        let before = quota;
        let slot = quota.take(START, &request(Duration::from_millis(299)));
        assert_eq!(slot, Slot::Later { wait: Duration::from_millis(300), paused: false });
        assert_eq!(quota, before);
        // Not even for callers that would wait: those ask again.
        let mut quota = QuotaState::default();
        let taken = (0..2000)
            .filter(|_| matches!(quota.take(START, &request(SECOND * 3600)), Slot::Taken { .. }));
        assert_eq!(taken.count(), 603, "60 s ahead at 10 a second, and a burst of 3");
    }

    #[test]
    fn a_pause_holds_everyone_and_no_burst_follows_it() {
        let mut quota = QuotaState::default();
        quota.pause(START, SECOND * 5, rate());
        quota.pause(START, SECOND * 2, rate());
        assert_eq!(quota.pause_left(START), SECOND * 5);
        let slot = quota.take(START, &request(SECOND));
        assert_eq!(slot, Slot::Later { wait: SECOND * 5, paused: true });
        let waits: Vec<_> = (0..3).map(|_| wait(quota.take(START, &request(SECOND * 9)))).collect();
        assert_eq!(waits, [5000, 5100, 5200]);
        quota.pause(START, Duration::MAX, rate());
        assert_eq!(quota.pause_left(START), MAX_PAUSE);
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nobody_for_long() {
        let mut quota = QuotaState::default();
        quota.pause(START, SECOND * 30, rate());
        let day_before = START - 86_400_000_000;
        assert_eq!(wait(quota.take(day_before, &request(SECOND))), 0);
        assert_eq!(quota.pause_left(day_before), Duration::ZERO);
        quota.pause(day_before, SECOND, rate());
        assert_eq!(quota.pause_left(day_before), SECOND);
    }

    #[test]
    fn no_period_has_more_slots_than_the_bound() {
        let mut random = 1_u64;
        let mut below = |limit: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % limit
        };
        let (mut quota, mut now, mut slots) = (QuotaState::default(), START, Vec::new());
        for _ in 0..2_000 {
            now += below(180_000);
            if below(200) == 0 {
                quota.pause(now, Duration::from_millis(below(900)), rate());
            }
            let at_most = Duration::from_millis(below(2_000));
            if let Slot::Taken { scheduled, .. } = quota.take(now, &request(at_most)) {
                slots.push(scheduled);
            }
        }
        assert!(slots.len() > 500 && slots.is_sorted(), "{} slots", slots.len());
        for (first, from) in slots.iter().enumerate() {
            for (last, to) in slots.iter().enumerate().skip(first).take(50) {
                let bound = rate().most_within(*to - *from);
                assert!((last - first + 1) as u64 <= bound, "{first} to {last}");
            }
        }
    }
}
