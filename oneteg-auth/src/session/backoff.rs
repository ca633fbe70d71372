//! Spaces token requests out: after failures, and between refusals by the vendor's API.
//!
//! | Event | No token request for |
//! |---|---|
//! | n-th failure in a row | `first_backoff` x 2^(n-1), at most `longest_backoff`; up to a quarter more as jitter; at least the `Retry-After` |
//! | success | 0: the count starts again |
//! | failure that asked nothing of the provider | unchanged |
//! | n-th refusal in quick succession | refusals count again after `first_backoff` x 2^(n-1), at most `longest_backoff` |

use std::{sync::Arc, time::Duration};

use super::policy::SessionPolicy;
use crate::{AuthError, CredentialVersion, random};

/// All times are on the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
    not_before: Duration,
    last: Option<Arc<AuthError>>,
    refusals: Refusals,
}

#[derive(Debug, Default)]
struct Refusals {
    interval: Duration,
    next: Duration,
    last: Option<Duration>,
}

impl Backoff {
    /// The error to return while it is too early for another attempt.
    pub(super) fn check(&self, now: Duration) -> Result<(), AuthError> {
        match &self.last {
            Some(last) if now < self.not_before => Err(AuthError::BackingOff {
                retry_in: self.not_before.saturating_sub(now),
                last: Arc::clone(last),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.last = None;
    }

    pub(super) fn failed(&mut self, error: &AuthError, now: Duration, policy: &SessionPolicy) {
        if matches!(error, AuthError::NotSignedIn | AuthError::Interrupted | AuthError::Unsaved(_))
        {
            // The next attempt asks nothing of the provider either: it may find a sign-in by another process,
            // or a store that accepts what it refused before.
            return;
        }
        let wait = doubled(policy, self.failures);
        self.failures = self.failures.saturating_add(1);
        // Jitter of up to a quarter, so that many processes do not come back in step.
        let jitter = random::jitter(u64::try_from(wait.as_millis() / 4).unwrap_or(0));
        let requested = error.retry_after().unwrap_or_default();
        let wait = wait.saturating_add(Duration::from_millis(jitter)).max(requested);
        self.not_before = now.saturating_add(wait);
        self.last = Some(Arc::new(error.clone()));
        // The refusal behind this refresh got no new token. The wait after the failure is enough; the caller
        // may come back then.
        self.refusals.next = self.refusals.next.min(self.not_before);
    }

    /// Whether a refusal by the API may cause a refresh now. An API that refuses every token, however new,
    /// causes one refresh per `first_backoff` at first and one per `longest_backoff` in the end.
    pub(super) fn refusal_allowed(
        &mut self,
        version: CredentialVersion,
        now: Duration,
        policy: &SessionPolicy,
    ) -> bool {
        let refusals = &mut self.refusals;
        if now < refusals.next {
            tracing::debug!(version = version.0, "refused again too soon for another refresh");
            return false;
        }
        // A token that worked for a while before it was refused was simply revoked: start over.
        let calm = refusals
            .last
            .is_none_or(|last| now.saturating_sub(last) > refusals.interval.saturating_mul(4));
        refusals.interval = if calm {
            policy.first_backoff
        } else {
            refusals.interval.saturating_mul(2).min(policy.longest_backoff)
        };
        refusals.last = Some(now);
        refusals.next = now.saturating_add(refusals.interval);
        true
    }
}

/// The wait after this many earlier failures, before jitter.
fn doubled(policy: &SessionPolicy, failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(failures.min(16)).unwrap_or(u32::MAX);
    policy.first_backoff.saturating_mul(factor).min(policy.longest_backoff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TokenError, TokenErrorKind};

    const V1: CredentialVersion = CredentialVersion(1);

    fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    fn failure(retry_after: Option<Duration>) -> AuthError {
        TokenError::new(TokenErrorKind::ServerFailure).with_retry_after(retry_after).into()
    }

    fn wait(backoff: &Backoff, now: Duration) -> Duration {
        backoff.check(now).err().and_then(|error| error.retry_after()).unwrap_or_default()
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit() {
        let policy = SessionPolicy::default();
        let waits: Vec<u64> = (0..9).map(|n| doubled(&policy, n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(doubled(&policy, u32::MAX), seconds(60));
    }

    #[test]
    fn jitter_adds_up_to_a_quarter() {
        let policy = SessionPolicy::default();
        for _ in 0..100 {
            let mut backoff = Backoff::default();
            backoff.failed(&failure(None), seconds(10), &policy);
            let wait = wait(&backoff, seconds(10));
            assert!(wait >= seconds(1) && wait < Duration::from_millis(1250), "{wait:?}");
        }
    }

    #[test]
    fn a_longer_retry_after_counts_and_a_shorter_one_does_not() {
        let policy = SessionPolicy::default();
        let mut backoff = Backoff::default();
        backoff.failed(&failure(Some(seconds(600))), Duration::ZERO, &policy);
        assert_eq!(wait(&backoff, Duration::ZERO), seconds(600));
        let mut backoff = Backoff::default();
        backoff.failed(&failure(Some(Duration::from_millis(1))), Duration::ZERO, &policy);
        assert!(wait(&backoff, Duration::ZERO) >= seconds(1));
    }

    #[test]
    fn a_success_starts_the_count_again() {
        let policy = SessionPolicy::default();
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.failed(&failure(None), Duration::ZERO, &policy);
        }
        backoff.succeeded();
        assert!(backoff.check(Duration::ZERO).is_ok());
        backoff.failed(&failure(None), Duration::ZERO, &policy);
        assert!(wait(&backoff, Duration::ZERO) < seconds(2));
    }

    #[test]
    fn a_failure_that_asked_nothing_of_the_provider_causes_no_wait() {
        let mut backoff = Backoff::default();
        for error in [AuthError::NotSignedIn, AuthError::Interrupted] {
            backoff.failed(&error, Duration::ZERO, &SessionPolicy::default());
            assert!(backoff.check(Duration::ZERO).is_ok());
        }
    }

    #[test]
    fn refusals_in_quick_succession_are_spaced_out() {
        let policy = SessionPolicy::default();
        let mut backoff = Backoff::default();
        let mut now = seconds(100);
        let mut intervals = Vec::new();
        for _ in 0..8 {
            assert!(backoff.refusal_allowed(V1, now, &policy));
            let asked = now;
            while !backoff.refusal_allowed(V1, now, &policy) {
                now += seconds(1);
            }
            intervals.push((now - asked).as_secs());
            // The loop's last question counted as a refusal as well.
            now += backoff.refusals.interval;
        }
        assert!(intervals.is_sorted() && intervals.last() == Some(&60), "{intervals:?}");
        // After a quiet time the first interval applies again.
        now += seconds(241);
        assert!(backoff.refusal_allowed(V1, now, &policy));
        assert_eq!(backoff.refusals.interval, policy.first_backoff);
    }

    #[test]
    fn a_refusal_whose_refresh_failed_may_come_back_after_the_failures_wait() {
        let policy = SessionPolicy { longest_backoff: seconds(1), ..SessionPolicy::default() };
        let mut backoff = Backoff::default();
        backoff.refusals.next = seconds(50);
        backoff.failed(&failure(None), seconds(10), &policy);
        assert!(backoff.refusal_allowed(V1, seconds(12), &policy));
    }
}
