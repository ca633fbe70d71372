//! The journal of a session: an entry is written before a refresh token leaves the process, and removed by
//! the commit of the tokens that it was exchanged for. The next holder of the lease judges the entry it finds.
//!
//! | Entry for the refresh token about to be used | Replay window | Verdict |
//! |---|---|---|
//! | none, or of another refresh token | any | `Unused` |
//! | any | `Unlimited` | `Replay` |
//! | `Abandoned`: its holder got no usable response | any | `Replay` |
//! | `Open`, written by this owner | any | `Replay` |
//! | `Open`, another owner's first attempt | still open | `Replay` |
//! | `Open`, another owner's first attempt | closed | `Uncertain` |
//! | `Open`, already a replay | any but `Unlimited` | `Uncertain` |

use super::policy::ReplayWindow;
use crate::{JournalEntry, LeaseOwner, RefreshAttemptState, RefreshTokenHash};

/// What the holder of a lease may do about the journal entry it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalVerdict {
    /// Nobody has used this refresh token: use it.
    Unused,
    /// It may have been used, and using it again is allowed.
    Replay,
    /// It may have been used, and using it again could end a session that is alive.
    Uncertain,
}

/// Judges the journal entry that a new holder finds, for the refresh token it is about to use.
///
/// An attempt whose holder gave up on the response may be repeated at any time: if the provider did spend
/// the refresh token, the session is lost already. The response to an attempt that is still open may be in
/// the hands of a process that is merely slow, and repeating it would end that process's session. So an open
/// attempt is repeated once, and only within the window that the provider documents.
pub fn judge_journal(
    refresh: RefreshTokenHash,
    owner: &LeaseOwner,
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
    // An owner runs one attempt at a time, so nobody is left to finish its own open attempt.
    let nobody_waits = attempt.state == RefreshAttemptState::Abandoned || attempt.owner == *owner;
    if nobody_waits || (in_window && !attempt.replay) {
        JournalVerdict::Replay
    } else {
        JournalVerdict::Uncertain
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{CredentialVersion, RefreshAttempt, Secret};

    const WINDOW: Duration = Duration::from_secs(30);

    fn hash(refresh: &str) -> RefreshTokenHash {
        RefreshTokenHash::of(&Secret::from(refresh))
    }

    /// An open attempt of `theirs` with the refresh token `r1`.
    fn open() -> RefreshAttempt {
        RefreshAttempt::new(LeaseOwner::new("theirs"), hash("r1"), CredentialVersion(1))
    }

    fn judge(
        attempt: Option<RefreshAttempt>,
        age: Duration,
        window: ReplayWindow,
    ) -> JournalVerdict {
        let entry = attempt.map(|attempt| JournalEntry::new(attempt, age));
        judge_journal(hash("r1"), &LeaseOwner::new("ours"), entry.as_ref(), window)
    }

    #[test]
    fn a_refresh_token_without_an_entry_is_unused() {
        for window in [ReplayWindow::None, ReplayWindow::Within(WINDOW), ReplayWindow::Unlimited] {
            assert_eq!(judge(None, Duration::ZERO, window), JournalVerdict::Unused);
            let other =
                RefreshAttempt::new(LeaseOwner::new("theirs"), hash("r0"), CredentialVersion(1));
            assert_eq!(judge(Some(other), Duration::ZERO, window), JournalVerdict::Unused);
        }
    }

    #[test]
    fn an_open_attempt_is_replayed_within_the_window_only() {
        let within = ReplayWindow::Within(WINDOW);
        let young = WINDOW - Duration::from_nanos(1);
        assert_eq!(judge(Some(open()), young, within), JournalVerdict::Replay);
        assert_eq!(judge(Some(open()), WINDOW, within), JournalVerdict::Uncertain);
        // An unknown age: the store's clock was set back.
        assert_eq!(judge(Some(open()), Duration::MAX, within), JournalVerdict::Uncertain);
        assert_eq!(
            judge(Some(open()), Duration::ZERO, ReplayWindow::None),
            JournalVerdict::Uncertain
        );
        assert_eq!(
            judge(Some(open()), Duration::MAX, ReplayWindow::Unlimited),
            JournalVerdict::Replay
        );
    }

    #[test]
    fn an_open_attempt_is_replayed_once() {
        let replay = open().with_replay(true);
        let within = ReplayWindow::Within(WINDOW);
        assert_eq!(judge(Some(replay.clone()), Duration::ZERO, within), JournalVerdict::Uncertain);
        assert_eq!(
            judge(Some(replay), Duration::ZERO, ReplayWindow::Unlimited),
            JournalVerdict::Replay
        );
    }

    #[test]
    fn an_attempt_that_nobody_waits_for_is_always_replayed() {
        let abandoned = open().with_replay(true).with_state(RefreshAttemptState::Abandoned);
        assert_eq!(
            judge(Some(abandoned), Duration::MAX, ReplayWindow::None),
            JournalVerdict::Replay
        );
        let mut own = open().with_replay(true);
        own.owner = LeaseOwner::new("ours");
        assert_eq!(judge(Some(own), Duration::MAX, ReplayWindow::None), JournalVerdict::Replay);
    }
}
