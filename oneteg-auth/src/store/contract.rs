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

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{BoxFuture, CredentialVersion, RefreshTokenHash, StoreError, Tokens};

/// Names one session in a store: one connection, or one user of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(String);

impl SessionKey {
    /// Any text, such as the connection's name; it is not a secret.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one holder of leases: one credential in one process.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeaseOwner(String);

impl LeaseOwner {
    /// Any text that no other holder uses.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The right to refresh one session for a limited time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The session.
    pub key: SessionKey,
    /// Who holds it.
    pub owner: LeaseOwner,
    /// Grows with every lease of the session; a store refuses a write with an old one.
    pub fence: u64,
}

impl Lease {
    /// A lease as a store grants it.
    pub fn new(key: SessionKey, owner: LeaseOwner, fence: u64) -> Self {
        Self { key, owner, fence }
    }
}

/// The answer to [`TokenStore::lease`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaseDecision {
    /// The lease is the caller's.
    Granted(Lease),
    /// Somebody else has it for at most this much longer.
    Held {
        /// The rest of the other holder's lease, by the store's clock.
        remaining: Duration,
    },
}

/// What happened to the token request a journal entry announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RefreshAttemptState {
    /// Announced; the request may have reached the provider and its answer may be on its way to a
    /// holder that is alive.
    Open,
    /// The holder said that it got no usable answer: nobody holds tokens of this attempt.
    Abandoned,
}

/// A journal entry: written before a refresh token leaves the process, so that a crash between the
/// provider's answer and the commit is never silent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefreshAttempt {
    /// Who sends the request.
    pub owner: LeaseOwner,
    /// The refresh token that is sent.
    pub refresh: RefreshTokenHash,
    /// The version of the session it was read from.
    pub version: CredentialVersion,
    /// Whether an earlier attempt with the same refresh token was left open.
    pub replay: bool,
    /// What became of it.
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

    /// Sets what became of it.
    #[must_use]
    pub fn with_state(mut self, state: RefreshAttemptState) -> Self {
        self.state = state;
        self
    }
}

/// A journal entry as read back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The entry.
    pub attempt: RefreshAttempt,
    /// How long ago it was written, by the store's clock; [`Duration::MAX`] when that is not known.
    pub age: Duration,
}

impl JournalEntry {
    /// An entry as a store reads it back.
    pub fn new(attempt: RefreshAttempt, age: Duration) -> Self {
        Self { attempt, age }
    }
}

/// One session as read from a store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredSession {
    /// Grows with every change of the tokens, sign-out included.
    pub version: CredentialVersion,
    /// The tokens; `None` after a sign-out.
    pub tokens: Option<Tokens>,
    /// How long ago the tokens were stored, by the store's clock; [`Duration::MAX`] when that is not known
    /// because the clock was set back since. Tokens with a lifetime then count as expired.
    pub age: Duration,
    /// The last attempt to refresh that was not settled by a commit.
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
/// Every method is one atomic step in the store, and no method is called while another one of the same
/// caller is unfinished: a store holds no connection or lock from one call to the next. Time is the
/// store's own (`clock_timestamp()`, Redis `PX`), never the caller's. A store passes the suite in the
/// `conformance` module (feature `test-hooks`).
///
/// All members of [`Tokens`] are kept, [`Tokens::binding`] among them. A date that lies in the future means
/// that the store's clock was set back: the age is then reported as [`Duration::MAX`], never as zero. Versions
/// and fences grow while the record exists; a record that was deleted, or restored from a copy, may begin
/// lower, and readers take it for a new session.
///
/// A Redis that fails over can lose a fence it had not replicated yet, and with it the promise of one
/// refresh per version; PostgreSQL with synchronous commit is the strong choice for many machines.
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Reads a session; `None` when there never was one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read or was tampered with.
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>>;

    /// Asks for the right to refresh. A lease that ran out is given to the next who asks, with a
    /// higher fence; so is one that the same owner holds.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>>;

    /// Lets a lease run for `ttl` from now.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] when it ran out or went to somebody else.
    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Gives a lease back. Somebody else's lease is left alone, and that is no error.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Writes (or with `None` removes) the journal entry; durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] for a stale fence.
    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Replaces the tokens and removes the journal entry; durable when it returns. The fence and the
    /// version are checked in the same atomic step as the write.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] for a stale fence, [`StoreError::VersionConflict`] when the stored version
    /// is not `expected`.
    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>>;

    /// Hands in tokens after the lease was lost. They are taken when the stored refresh token is still
    /// the one they were exchanged for, and refused otherwise.
    ///
    /// # Errors
    /// [`StoreError::VersionConflict`] when another refresh, sign-in or sign-out came first.
    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>>;

    /// Removes the tokens and the journal entry and moves the version, whoever holds the lease. A record that
    /// cannot be read (damaged, sealed with an unknown key, of a newer release) is replaced by an empty one
    /// with a higher version and fence, see [`SessionRecord::unreadable`]: signing out of a session, and
    /// signing in over it, must be possible whatever happened to its record.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>>;
}
