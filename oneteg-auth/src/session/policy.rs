use std::time::Duration;

/// The pauses between attempts to store tokens that the provider has granted. They cover a moment without
/// the store; after that the tokens are kept in memory.
pub(super) const COMMIT_PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_secs(1)];

/// How long after its first use a provider accepts a refresh token again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ReplayWindow {
    /// Not at all: a second use ends the session. The safe assumption if nothing is documented.
    #[default]
    None,
    /// For this long after the first use.
    Within(Duration),
    /// Always: the provider does not rotate refresh tokens.
    Unlimited,
}

/// Timing of token refresh, leases and backoff.
///
/// | Field | Default |
/// |---|---|
/// | `lease_ttl` | 30 s |
/// | `lease_patience` | 60 s |
/// | `refresh_ahead` | 5 min |
/// | `renewal_patience` | 5 s; zero with [`SessionPolicy::long_lived`] |
/// | `replay` | [`ReplayWindow::None`] |
/// | `first_backoff` | 1 s |
/// | `longest_backoff` | 60 s |
///
/// ```
/// use oneteg_auth::{ReplayWindow, SessionPolicy};
/// use std::time::Duration;
///
/// let mut policy = SessionPolicy::long_lived();
/// policy.replay = ReplayWindow::Within(Duration::from_secs(30));
/// assert_eq!(policy.renewal_patience, Duration::ZERO);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionPolicy {
    /// How long a lease on the store lasts without a renewal. It is renewed every third of this time.
    pub lease_ttl: Duration,
    /// How long to wait for another process that holds the lease, before the call fails with
    /// [`StoreError::Busy`](crate::StoreError::Busy).
    pub lease_patience: Duration,
    /// A token is renewed when a tenth of its lifetime is left, but no earlier than this before its expiry. A token that
    /// another process was granted is renewed up to half of that time later, at random: that process is first, and
    /// the others find the new token.
    pub refresh_ahead: Duration,
    /// How long a call whose token is still valid waits for the renewal. After that the renewal continues in
    /// the background; if it fails, the old token stays in use. A program may end right after such a call,
    /// and a renewal that is cut off may lose the session. Programs that keep running use
    /// [`SessionPolicy::long_lived`].
    pub renewal_patience: Duration,
    /// What the provider documents about using a refresh token twice.
    pub replay: ReplayWindow,
    /// The wait after a first failure; it doubles with each further failure. Jitter of up to a quarter is
    /// added.
    pub first_backoff: Duration,
    /// The longest wait after a failure, before jitter. A longer `Retry-After` still counts.
    pub longest_backoff: Duration,
}

impl Default for SessionPolicy {
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

impl SessionPolicy {
    /// The defaults for a long-running program: no call waits while its token is valid, and tokens are
    /// renewed in the background. Such a program calls [`crate::OAuth2::close`] (or
    /// [`crate::wait_for_background_tasks`]) before its runtime ends.
    pub fn long_lived() -> Self {
        Self { renewal_patience: Duration::ZERO, ..Self::default() }
    }
}
