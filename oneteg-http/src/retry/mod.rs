//! Decides whether a failed attempt is followed by another.
//!
//! | Question | Decided by |
//! |---|---|
//! | Did the server process the request? | [`RetryClass`] |
//! | May this operation be repeated then? | its idempotency, and whether the body can be sent again |
//! | Is another attempt worthwhile? | [`RetryPolicy`], the time left, [`RetryBudget`] |
//!
//! [`decide`] asks them in this order. It is a pure function: clock, jitter and budget are passed in.

mod budget;
mod policy;

use std::time::Duration;

pub use budget::RetryBudget;
pub use policy::{RetryPolicy, RetryPolicyBuilder};

use crate::{Error, ErrorKind, GiveUp};

/// Whether a failure allows a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryClass {
    /// The server did not process the request: it was not sent, or was rejected first. Any operation may be
    /// retried.
    NotProcessed,
    /// The server may have processed the request. Only an idempotent operation may be retried (RFC 9110
    /// section 9.2.2).
    MaybeProcessed,
    /// The server refused the credential and did nothing else. One retry with a newer credential.
    Credential,
    /// A retry would fail the same way.
    Final,
}

impl RetryClass {
    /// The class of a failure by rules that hold for every vendor.
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Connect | ErrorKind::RateLimited => Self::NotProcessed,
            ErrorKind::Authentication if error.status().is_some() => Self::Credential,
            ErrorKind::Transport if error.is_unprocessed_by_server() => Self::NotProcessed,
            // Without a status, no credential could be obtained, so nothing was sent.
            ErrorKind::Authentication if error.is_retryable() => Self::NotProcessed,
            // 425: the server does not risk a replay of early data (RFC 8470 section 5.2).
            ErrorKind::Api if error.status().is_some_and(|status| status == 425) => {
                Self::NotProcessed
            }
            // 202: the file is being prepared; see `response::file`.
            ErrorKind::Locked if error.status().is_some_and(|status| status == 202) => {
                Self::MaybeProcessed
            }
            // Somebody holds the lock on purpose, and may hold it for hours. A vendor whose locks are short
            // overrides this in `Vendor::retry_class`.
            ErrorKind::Locked => Self::Final,
            _ if error.is_retryable() => Self::MaybeProcessed,
            _ => Self::Final,
        }
    }
}

/// Everything a decision depends on.
#[derive(Debug)]
pub(crate) struct FailedAttempt {
    pub(crate) class: RetryClass,
    pub(crate) idempotent: bool,
    /// Whether the body can be sent again.
    pub(crate) replayable: bool,
    /// Attempts made so far, including the failed one, without one that failed for a refused credential.
    pub(crate) attempts: u32,
    /// Whether a refused credential was already replaced during this call.
    pub(crate) refreshed: bool,
    pub(crate) retry_after: Option<Duration>,
    /// Time until the call's deadline.
    pub(crate) remaining: Option<Duration>,
}

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait this long, then retry.
    Retry(Duration),
    /// Report the credential as refused. Retry at once if there is a newer one and the body can be sent
    /// again.
    Refresh,
    /// Return the error, and why there is no retry if the failure allows one.
    Fail(Option<GiveUp>),
}

pub(crate) fn decide(
    failure: &FailedAttempt,
    policy: &RetryPolicy,
    budget: &RetryBudget,
) -> Decision {
    let give_up = |reason| Decision::Fail(Some(reason));
    match failure.class {
        RetryClass::Final => return Decision::Fail(None),
        RetryClass::Credential if failure.refreshed => return give_up(GiveUp::Credential),
        // Independent of the policy: access tokens expire in normal operation.
        RetryClass::Credential => return Decision::Refresh,
        RetryClass::MaybeProcessed if !failure.idempotent => {
            return give_up(GiveUp::NotIdempotent);
        }
        RetryClass::NotProcessed | RetryClass::MaybeProcessed => {}
    }
    if !failure.replayable {
        return give_up(GiveUp::BodyConsumed);
    }
    if failure.attempts >= policy.max_attempts() {
        return give_up(GiveUp::MaxAttempts);
    }
    let wait = match failure.retry_after {
        Some(wait) if wait > policy.max_retry_after() => return give_up(GiveUp::WaitTooLong),
        // Jitter keeps clients that received the same `Retry-After` from returning at the same instant.
        Some(wait) => wait.saturating_add(policy.backoff(1)),
        None => policy.backoff(failure.attempts),
    };
    if failure.remaining.is_some_and(|remaining| wait >= remaining) {
        return give_up(GiveUp::Deadline);
    }
    // Last, so that a token is only taken for an attempt that is made.
    if !budget.withdraw() {
        return give_up(GiveUp::Budget);
    }
    Decision::Retry(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure of the first attempt of a call that may be retried without limits.
    fn failure(class: RetryClass) -> FailedAttempt {
        FailedAttempt {
            class,
            idempotent: true,
            replayable: true,
            attempts: 1,
            refreshed: false,
            retry_after: None,
            remaining: None,
        }
    }

    fn full_jitter() -> RetryPolicy {
        RetryPolicy::builder().jitter(|| 1.0).build()
    }

    fn decided(failure: &FailedAttempt) -> Decision {
        decide(failure, &full_jitter(), &RetryBudget::unlimited())
    }

    fn give_up(reason: GiveUp) -> Decision {
        Decision::Fail(Some(reason))
    }

    #[test]
    fn only_a_request_that_is_safe_to_repeat_is_repeated() {
        use RetryClass::{Final, MaybeProcessed, NotProcessed};
        let retry = || Decision::Retry(Duration::from_millis(200));
        for (class, idempotent, replayable, decision) in [
            (NotProcessed, true, true, retry()),
            (NotProcessed, false, true, retry()),
            (MaybeProcessed, true, true, retry()),
            (MaybeProcessed, false, true, give_up(GiveUp::NotIdempotent)),
            (NotProcessed, false, false, give_up(GiveUp::BodyConsumed)),
            (MaybeProcessed, true, false, give_up(GiveUp::BodyConsumed)),
            (MaybeProcessed, false, false, give_up(GiveUp::NotIdempotent)),
            (Final, true, true, Decision::Fail(None)),
        ] {
            let failure = FailedAttempt { idempotent, replayable, ..failure(class) };
            assert_eq!(decided(&failure), decision, "{failure:?}");
        }
    }

    #[test]
    fn the_policy_bounds_the_attempts_and_doubles_the_wait() {
        for (attempts, decision) in [
            (1, Decision::Retry(Duration::from_millis(200))),
            (2, Decision::Retry(Duration::from_millis(400))),
            (3, Decision::Retry(Duration::from_millis(800))),
            (4, give_up(GiveUp::MaxAttempts)),
            (5, give_up(GiveUp::MaxAttempts)),
        ] {
            let failure = FailedAttempt { attempts, ..failure(RetryClass::MaybeProcessed) };
            assert_eq!(decided(&failure), decision, "{attempts}");
        }
    }

    #[test]
    fn a_token_is_taken_only_for_an_attempt_that_is_made() {
        let (policy, budget) = (full_jitter(), RetryBudget::new(1, 0.0, 0.0));
        let class = RetryClass::NotProcessed;
        let late = FailedAttempt { remaining: Some(Duration::ZERO), ..failure(class) };
        assert_eq!(decide(&late, &policy, &budget), give_up(GiveUp::Deadline));
        let decision = decide(&failure(class), &policy, &budget);
        assert_eq!(decision, Decision::Retry(Duration::from_millis(200)));
        assert_eq!(decide(&failure(class), &policy, &budget), give_up(GiveUp::Budget));
    }

    #[test]
    fn waits_that_servers_ask_for_are_bounded() {
        let second = Duration::from_secs(1);
        let after = |wait: Duration, longest: Duration, remaining: Option<Duration>| {
            let policy = RetryPolicy::builder()
                .initial_backoff(second / 5)
                .max_retry_after(longest)
                .jitter(|| 1.0)
                .build();
            let failure = FailedAttempt {
                retry_after: Some(wait),
                remaining,
                ..failure(RetryClass::NotProcessed)
            };
            decide(&failure, &policy, &RetryBudget::unlimited())
        };
        assert_eq!(after(second, second, None), Decision::Retry(second + second / 5));
        assert_eq!(after(second * 2, second, None), give_up(GiveUp::WaitTooLong));
        assert_eq!(after(Duration::MAX, Duration::MAX, None), Decision::Retry(Duration::MAX));
        assert_eq!(after(Duration::MAX, Duration::MAX, Some(second)), give_up(GiveUp::Deadline));
        // A wait that ends at the deadline leaves no time for the attempt.
        assert_eq!(after(second, second, Some(second + second / 5)), give_up(GiveUp::Deadline));
        assert_eq!(after(second, second, Some(second * 2)), Decision::Retry(second + second / 5));
    }

    #[test]
    fn a_refused_credential_is_reported_whatever_policy_and_body_allow() {
        for (replayable, refreshed) in [(true, false), (false, false), (true, true), (false, true)]
        {
            let failure = FailedAttempt {
                idempotent: false,
                replayable,
                refreshed,
                remaining: Some(Duration::ZERO),
                ..failure(RetryClass::Credential)
            };
            let budget = RetryBudget::new(0, 0.0, 0.0);
            let expected = match refreshed {
                false => Decision::Refresh,
                true => give_up(GiveUp::Credential),
            };
            assert_eq!(decide(&failure, &RetryPolicy::none(), &budget), expected);
        }
    }

    #[test]
    fn the_general_rules_classify_by_kind_and_status() {
        use RetryClass::{Credential, Final, MaybeProcessed, NotProcessed};
        let error = |kind, status: Option<u16>| {
            let error = Error::new(kind, "");
            match status.and_then(|status| http::StatusCode::from_u16(status).ok()) {
                Some(status) => error.with_status(status),
                None => error,
            }
        };
        for (kind, status, class) in [
            (ErrorKind::Connect, None, NotProcessed),
            (ErrorKind::RateLimited, Some(429), NotProcessed),
            (ErrorKind::Transport, None, MaybeProcessed),
            (ErrorKind::Timeout, None, MaybeProcessed),
            (ErrorKind::Server, Some(503), MaybeProcessed),
            (ErrorKind::Server, Some(501), Final),
            (ErrorKind::Authentication, Some(401), Credential),
            (ErrorKind::Authentication, None, Final),
            (ErrorKind::Api, Some(425), NotProcessed),
            (ErrorKind::Api, Some(400), Final),
            (ErrorKind::Locked, Some(202), MaybeProcessed),
            (ErrorKind::Locked, Some(423), Final),
            (ErrorKind::NotFound, Some(404), Final),
        ] {
            assert_eq!(RetryClass::of(&error(kind, status)), class, "{kind:?} {status:?}");
        }
    }
}
