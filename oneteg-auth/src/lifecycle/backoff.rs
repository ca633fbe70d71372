use std::{sync::Arc, time::Duration};

use super::LifecyclePolicy;
use crate::{AuthError, CredentialVersion, random};

/// Spaces token requests out: after failures, and between refusals by the vendor's API.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    /// On the monotonic clock.
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
    /// The error to answer with while it is too early for another try.
    pub(crate) fn check(&self, now: Duration) -> Result<(), AuthError> {
        match &self.last {
            Some(last) if now < self.not_before => Err(AuthError::BackingOff {
                retry_in: self.not_before.saturating_sub(now),
                last: Arc::clone(last),
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
        self.last = None;
    }

    pub(crate) fn failed(&mut self, error: &AuthError, now: Duration, policy: &LifecyclePolicy) {
        if matches!(error, AuthError::NotSignedIn | AuthError::Interrupted | AuthError::Unsaved(_))
        {
            // Nothing is asked of the provider again: the next call may find a sign-in done elsewhere, or a
            // store that takes what it did not take before.
            return;
        }
        let factor = 1_u32.checked_shl(self.failures.min(16)).unwrap_or(u32::MAX);
        let wait = policy.first_backoff.saturating_mul(factor).min(policy.longest_backoff);
        self.failures = self.failures.saturating_add(1);
        // Up to a quarter more, so that many processes do not come back in step.
        let spread = random::jitter(u64::try_from(wait.as_millis() / 4).unwrap_or(0));
        let asked = error.retry_after().unwrap_or_default();
        let wait = wait.saturating_add(Duration::from_millis(spread)).max(asked);
        self.not_before = now.saturating_add(wait);
        self.last = Some(Arc::new(error.clone()));
        // The refusal that asked for this refresh got none; the wait after a failure is enough.
        self.refusals.next = self.refusals.next.min(self.not_before);
    }

    /// Whether a refusal by the API may cause a refresh now. A server that refuses every token, however
    /// new, gets one refresh a second at first and one a minute in the end.
    pub(crate) fn refusal_allowed(
        &mut self,
        version: CredentialVersion,
        now: Duration,
        policy: &LifecyclePolicy,
    ) -> bool {
        let refusals = &mut self.refusals;
        if now < refusals.next {
            tracing::debug!(version = version.0, "refused again too soon to refresh again");
            return false;
        }
        // A token that served for a while before it was refused simply came to its end.
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
