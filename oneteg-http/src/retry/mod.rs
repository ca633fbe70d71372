//! When a failed try is followed by another one.
//!
//! Three questions decide, in this order: what does the failure say about what the server did
//! ([`RetryClass`]), may this operation be repeated in that case, and is there time, budget and a body
//! left to do it. [`decide`] is a pure function of the answers; the clock, the jitter and the budget are
//! given to it.

mod budget;
mod policy;

use std::time::Duration;

pub use budget::RetryBudget;
pub use policy::{RetryPolicy, RetryPolicyBuilder};

use crate::{Error, ErrorKind};

/// What a failure says about trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryClass {
    /// The server did nothing: the request was not sent, or it was turned away. Any operation may be
    /// tried again.
    NotProcessed,
    /// The server may have acted. Only an idempotent operation may be tried again (RFC 9110 section
    /// 9.2.2).
    MaybeProcessed,
    /// The server refused the credential and did nothing else: one try with a newer one.
    Credential,
    /// Trying again would end the same way.
    Final,
}

impl RetryClass {
    /// The class of a failure by the general rules.
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Connect | ErrorKind::RateLimited => Self::NotProcessed,
            ErrorKind::Authentication if error.status().is_some() => Self::Credential,
            ErrorKind::Transport if error.was_turned_away() => Self::NotProcessed,
            // There was no credential to send the request with.
            ErrorKind::Authentication if error.is_retryable() => Self::NotProcessed,
            // 425: the server did not want to risk a replay (RFC 8470 section 5.2).
            ErrorKind::Api if error.status().is_some_and(|status| status == 425) => {
                Self::NotProcessed
            }
            // Of a file that is being made: 202 is no refusal.
            ErrorKind::Locked if error.status().is_some_and(|status| status == 202) => {
                Self::MaybeProcessed
            }
            // A lock is somebody's intention, not a passing failure: vendors that mean otherwise say so.
            ErrorKind::Locked => Self::Final,
            _ if error.is_retryable() => Self::MaybeProcessed,
            _ => Self::Final,
        }
    }
}

/// Why a failure that could have been tried again was not, or not again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// The operation is not idempotent, and the server may have acted.
    NotIdempotent,
    /// The body was a stream that could be read only once.
    BodyConsumed,
    /// The policy's number of tries is used up.
    Tries,
    /// The server asks to wait longer than the policy allows.
    WaitTooLong,
    /// The wait would not end before the call's time runs out.
    Deadline,
    /// The client's retry budget is empty: the server fails too often for more load to help.
    Budget,
    /// A newer credential was refused as well, or there is none.
    Credential,
}

/// Everything that a decision depends on.
#[derive(Debug)]
pub(crate) struct Situation {
    pub(crate) class: RetryClass,
    pub(crate) idempotent: bool,
    pub(crate) replayable: bool,
    /// Tries made so far, the failed one included; those that a refused credential cost are not counted.
    pub(crate) tries: u32,
    pub(crate) refreshed: bool,
    pub(crate) retry_after: Option<Duration>,
    /// Until the call's deadline.
    pub(crate) remaining: Option<Duration>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait, then try again.
    Retry(Duration),
    /// Tell the credential that it was refused; with a newer one, and a body to send again, retry at once.
    Refresh,
    /// Report the failure.
    Fail(Option<GiveUp>),
}

pub(crate) fn decide(
    situation: &Situation,
    policy: &RetryPolicy,
    budget: &RetryBudget,
) -> Decision {
    let give_up = |why| Decision::Fail(Some(why));
    match situation.class {
        RetryClass::Final => return Decision::Fail(None),
        RetryClass::Credential if situation.refreshed => return give_up(GiveUp::Credential),
        // Not a matter of the policy: an access token that ran out is part of a normal call.
        RetryClass::Credential => return Decision::Refresh,
        RetryClass::MaybeProcessed if !situation.idempotent => {
            return give_up(GiveUp::NotIdempotent);
        }
        RetryClass::NotProcessed | RetryClass::MaybeProcessed => {}
    }
    if !situation.replayable {
        return give_up(GiveUp::BodyConsumed);
    }
    if situation.tries >= policy.max_attempts() {
        return give_up(GiveUp::Tries);
    }
    let wait = match situation.retry_after {
        Some(asked) if asked > policy.max_retry_after() => return give_up(GiveUp::WaitTooLong),
        // All the callers that were told the same second must not come back in the same instant.
        Some(asked) => asked.saturating_add(policy.backoff(1)),
        None => policy.backoff(situation.tries),
    };
    if situation.remaining.is_some_and(|remaining| wait >= remaining) {
        return give_up(GiveUp::Deadline);
    }
    // Last, so that nothing is taken for a try that is not made.
    if !budget.withdraw() {
        return give_up(GiveUp::Budget);
    }
    Decision::Retry(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(wait: Duration, most: Duration, remaining: Option<Duration>) -> Decision {
        let policy = RetryPolicy::builder()
            .initial_backoff(Duration::from_millis(200))
            .max_retry_after(most)
            .jitter(|| 1.0)
            .build();
        let situation = Situation {
            class: RetryClass::NotProcessed,
            idempotent: false,
            replayable: true,
            tries: 1,
            refreshed: false,
            retry_after: Some(wait),
            remaining,
        };
        decide(&situation, &policy, &RetryBudget::unlimited())
    }

    #[test]
    fn waits_that_servers_ask_for_are_held_to_their_ends() {
        let second = Duration::from_secs(1);
        let give_up = |why| Decision::Fail(Some(why));
        assert_eq!(asked(second, second, None), Decision::Retry(second + second / 5));
        assert_eq!(asked(second * 2, second, None), give_up(GiveUp::WaitTooLong));
        assert_eq!(asked(Duration::MAX, Duration::MAX, None), Decision::Retry(Duration::MAX));
        assert_eq!(asked(Duration::MAX, Duration::MAX, Some(second)), give_up(GiveUp::Deadline));
        // A wait that ends with the call's time leaves none for the try.
        assert_eq!(asked(second, second, Some(second + second / 5)), give_up(GiveUp::Deadline));
        assert_eq!(asked(second, second, Some(second * 2)), Decision::Retry(second + second / 5));
    }

    #[test]
    fn a_refused_credential_is_told_whatever_the_body_is() {
        let policy = RetryPolicy::none();
        for (replayable, refreshed) in [(true, false), (false, false), (true, true), (false, true)]
        {
            let situation = Situation {
                class: RetryClass::Credential,
                idempotent: false,
                replayable,
                tries: 1,
                refreshed,
                retry_after: None,
                remaining: Some(Duration::ZERO),
            };
            let decision = decide(&situation, &policy, &RetryBudget::new(0, 0.0, 0.0));
            let expected = match refreshed {
                false => Decision::Refresh,
                true => Decision::Fail(Some(GiveUp::Credential)),
            };
            assert_eq!(decision, expected);
        }
    }
}
