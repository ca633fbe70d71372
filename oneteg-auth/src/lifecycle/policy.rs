use std::time::Duration;

use crate::{AttemptState, JournalEntry, Owner, RefreshHash};

/// For how long a provider accepts a refresh token again after it was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ReplayWindow {
    /// Not at all: a second use ends the session. The safe assumption where nothing is documented.
    #[default]
    None,
    /// For this long after the first use.
    Within(Duration),
    /// Always: the provider does not rotate refresh tokens.
    Unlimited,
}

/// The times a session is kept alive by.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LifecyclePolicy {
    /// How long a lease on the store runs without a renewal. Default 30 s.
    pub lease_ttl: Duration,
    /// How long to wait for another process that refreshes. Default 60 s.
    pub lease_patience: Duration,
    /// A token is renewed when a tenth of its life is left, but no earlier than this. Default 5 min.
    pub refresh_ahead: Duration,
    /// How long a call whose token is still valid waits for its renewal. After that the renewal continues
    /// in the background; if it fails, the old token stays in use. A program may end right after such a
    /// call, and a renewal that is cut off may lose the session; programs that keep running use
    /// [`LifecyclePolicy::long_lived`]. Default 5 s.
    pub renewal_patience: Duration,
    /// What the provider documents about using a refresh token twice. Default: nothing.
    pub replay: ReplayWindow,
    /// The wait after a first failure; it doubles with each further one. Default 1 s.
    pub first_backoff: Duration,
    /// The longest wait after a failure. Default 60 s.
    pub longest_backoff: Duration,
}

impl Default for LifecyclePolicy {
    fn default() -> Self {
        Self {
            lease_ttl: Duration::from_secs(30),
            lease_patience: Duration::from_secs(60),
            refresh_ahead: Duration::from_secs(300),
            renewal_patience: Duration::from_secs(5),
            replay: ReplayWindow::None,
            first_backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(60),
        }
    }
}

impl LifecyclePolicy {
    /// The defaults for a long-running program: no call waits while its token is valid, and tokens are
    /// renewed in the background. Such a program calls [`crate::OAuth2::close`] (or [`crate::settled`])
    /// before its runtime ends.
    pub fn long_lived() -> Self {
        Self { renewal_patience: Duration::ZERO, ..Self::default() }
    }
}

/// What a holder may do about the journal it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalVerdict {
    /// Nobody used this refresh token: use it.
    Unused,
    /// It may have been used, and using it again is allowed.
    Replay,
    /// It may have been used, and using it again could end a session that is alive.
    Uncertain,
}

/// Judges the journal entry a new holder finds, for the refresh token it is about to use.
///
/// An attempt whose holder gave up on the answer may be repeated at any time: if the provider did use
/// the token up, the session is lost already. An attempt that is still open may have its answer in the
/// hands of a process that is only slow, and repeating it would end that process's session, so that is
/// done once, and only within the window the provider declares.
pub fn judge_journal(
    refresh: RefreshHash,
    owner: &Owner,
    entry: Option<&JournalEntry>,
    window: ReplayWindow,
) -> JournalVerdict {
    let Some(entry) = entry.filter(|entry| entry.attempt.refresh == refresh) else {
        return JournalVerdict::Unused;
    };
    let attempt = &entry.attempt;
    let in_window = match window {
        ReplayWindow::Unlimited => return JournalVerdict::Replay,
        ReplayWindow::None => false,
        ReplayWindow::Within(window) => entry.age < window,
    };
    // One owner runs one attempt at a time, so an open one of its own has nobody left to finish it.
    let nobody_waits = attempt.state == AttemptState::Abandoned || attempt.owner == *owner;
    if nobody_waits || (in_window && !attempt.replay) {
        JournalVerdict::Replay
    } else {
        JournalVerdict::Uncertain
    }
}
