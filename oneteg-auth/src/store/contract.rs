//! The contract between a session and the store it is kept in.
//!
//! | Call | Needs the lease | Writes | Refused with |
//! |---|---|---|---|
//! | `load` | no | nothing | |
//! | `lease` | no | the lease, with a higher fence | never: held by another owner is a decision |
//! | `renew`, `release` | yes | the lease | `LeaseLost` (`renew`) |
//! | `journal` | yes | the journal entry | `LeaseLost` |
//! | `commit` | yes | tokens and version; removes the journal entry | `LeaseLost`, `VersionConflict` |
//! | `offer` | no | the same | `VersionConflict` |
//! | `clear` | no | the version; removes tokens and journal entry | never |
//! | `watch` | no | nothing | never |

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{changes::SessionChanges, key::SessionKey};
use crate::{BoxFuture, CredentialVersion, RefreshTokenHash, StoreError, Tokens};

/// The name of a holder of leases: one credential in one process.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeaseOwner(String);

impl LeaseOwner {
    /// Any string that no other holder uses.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The right to refresh one session, for a limited time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The session.
    pub key: SessionKey,
    /// Who holds it.
    pub owner: LeaseOwner,
    /// The fencing token. It grows with every lease of the session; a store rejects a write with an old one.
    pub fence: u64,
}

impl Lease {
    /// A lease, as a store grants it.
    pub fn new(key: SessionKey, owner: LeaseOwner, fence: u64) -> Self {
        Self { key, owner, fence }
    }
}

/// How a store decides on [`TokenStore::lease`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseDecision {
    /// The caller has the lease.
    Granted(Lease),
    /// Another owner has it.
    Held {
        /// How much longer the other lease lasts at most, by the store's clock.
        remaining: Duration,
    },
}

/// What happened to the token request that a journal entry announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RefreshAttemptState {
    /// Announced. The request may have reached the provider, and the response may be on its way to a holder
    /// that is still running.
    Open,
    /// The holder got no usable response: nobody has tokens of this attempt.
    Abandoned,
}

/// An attempt to refresh. It is journalled before the refresh token leaves the process, so that a crash between
/// the provider's response and the commit never goes unnoticed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefreshAttempt {
    /// Who sends the request.
    pub owner: LeaseOwner,
    /// The hash of the refresh token that is sent.
    pub refresh: RefreshTokenHash,
    /// The version of the session that the refresh token was read from.
    pub version: CredentialVersion,
    /// Whether an earlier attempt with the same refresh token was left open.
    pub replay: bool,
    /// What happened to the request.
    pub state: RefreshAttemptState,
}

impl RefreshAttempt {
    /// A first, open attempt.
    pub fn new(owner: LeaseOwner, refresh: RefreshTokenHash, version: CredentialVersion) -> Self {
        Self { owner, refresh, version, replay: false, state: RefreshAttemptState::Open }
    }

    /// Sets whether an earlier attempt with the same refresh token was left open.
    #[must_use]
    pub fn with_replay(mut self, replay: bool) -> Self {
        self.replay = replay;
        self
    }

    /// Sets what happened to the request.
    #[must_use]
    pub fn with_state(mut self, state: RefreshAttemptState) -> Self {
        self.state = state;
        self
    }
}

/// A journal entry, as it is read from a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The attempt.
    pub attempt: RefreshAttempt,
    /// How long ago it was written, by the store's clock; [`Duration::MAX`] if that is unknown.
    pub age: Duration,
}

impl JournalEntry {
    /// An entry, as a store reads it.
    pub fn new(attempt: RefreshAttempt, age: Duration) -> Self {
        Self { attempt, age }
    }
}

/// A session, as it is read from a store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredSession {
    /// Grows with every change of the tokens, including a sign-out.
    pub version: CredentialVersion,
    /// The tokens; `None` after a sign-out.
    pub tokens: Option<Tokens>,
    /// How long ago the tokens were stored, by the store's clock; [`Duration::MAX`] if that is unknown because
    /// the clock has been set back. Tokens with a lifetime then count as expired.
    pub age: Duration,
    /// The last attempt to refresh that did not end with a commit.
    pub journal: Option<JournalEntry>,
}

impl StoredSession {
    /// A session without tokens, as after a sign-out.
    pub fn new(version: CredentialVersion) -> Self {
        Self { version, tokens: None, age: Duration::ZERO, journal: None }
    }

    /// Adds the tokens and how long ago they were stored.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Tokens, age: Duration) -> Self {
        self.tokens = Some(tokens);
        self.age = age;
        self
    }

    /// Adds the journal entry.
    #[must_use]
    pub fn with_journal(mut self, entry: JournalEntry) -> Self {
        self.journal = Some(entry);
        self
    }
}

/// Keeps sessions so that threads, processes and machines share one refresh token safely.
///
/// Rules for an implementation:
///
/// - Every method is one atomic step in the store. A store holds no connection or lock from one call to the
///   next.
/// - Time is the store's (`clock_timestamp()`, Redis `PX`), never the caller's. A date in the future means that
///   the store's clock was set back: the age is then [`Duration::MAX`], never zero.
/// - All members of [`Tokens`] are kept, including [`Tokens::binding`].
/// - Versions and fences grow while the record exists. A record that was deleted, or restored from a copy, may
///   start lower; readers take it for a new session.
/// - The store passes the suite `oneteg_test_kit::conformance`. [`SessionRecord`](crate::SessionRecord) has the
///   contract as steps on a value, for a store that can run a step atomically.
///
/// A Redis that fails over can lose a fence that it had not replicated yet, and with it the promise of one
/// refresh per version. PostgreSQL with synchronous commit is the safe choice for several machines.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Loads a session; `None` if there never was one.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read or was altered.
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>>;

    /// Requests the right to refresh. It is granted, with a higher fence, if nobody holds the lease, if the
    /// lease has run out, or if the same owner holds it.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>>;

    /// Extends a lease to `ttl` from now.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if it has run out or belongs to somebody else.
    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Releases a lease. Another holder's lease is left unchanged, without an error.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Writes the journal entry, or removes it with `None`. Durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] for a stale fence.
    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Replaces the tokens, removes the journal entry and returns the new version. Durable when it returns. The
    /// fence and the version are checked in the same atomic step as the write.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] for a stale fence, [`StoreError::VersionConflict`] if the stored version
    /// is not `expected`.
    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>>;

    /// Offers tokens after the lease was lost. They are accepted if the stored refresh token is still the one
    /// that they were exchanged for.
    ///
    /// # Errors
    /// [`StoreError::VersionConflict`] if another refresh, sign-in or sign-out came first.
    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>>;

    /// Removes the tokens and the journal entry and raises the version, no matter who holds the lease. A
    /// record that cannot be read (damaged, sealed with an unknown key, of a newer release) is replaced by an
    /// empty one with a higher version and fence, see
    /// [`SessionRecord::replacing_unreadable`](crate::SessionRecord::replacing_unreadable): it must be
    /// possible to sign out of a session, or to sign in again, whatever happened to its record.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The changes of a session from now on, for a process that waits until another one has refreshed it. A
    /// notification only shortens the wait: the caller also polls. The default is a store that cannot notify.
    fn watch(&self, key: &SessionKey) -> SessionChanges {
        let _ = key;
        SessionChanges::polled()
    }
}
