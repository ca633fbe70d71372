//! Sessions in PostgreSQL, shared by the processes of many machines.
//!
//! | Step | Statement | Refused if |
//! |---|---|---|
//! | `load` | `steps/load.sql` | |
//! | `lease` | `steps/lease.sql` | another owner's lease has not run out |
//! | `renew`, `release`, `journal` | the file of that name | fence, owner or time of the lease do not match |
//! | `commit` | `steps/commit.sql` | the same, or the version has moved |
//! | `offer` | `steps/offer.sql` | the version has moved, or another refresh token is stored |
//! | `clear` | `steps/clear.sql`; `steps/replace.sql` over what cannot be read | |
//!
//! Each file is one statement, which is one transaction: the server checks and writes a row in one step, by its own clock
//! (`clock_timestamp()`). What a row contains is described in `store/sealed.rs`.

mod builder;
mod connector;
mod database;
mod fault;
mod listener;
mod migrations;
mod quota;
mod session_steps;
mod tables;
mod tls;
mod url;
mod versions;

use std::{fmt, sync::Arc, time::Duration};

pub use self::{builder::PostgresStoreBuilder, migrations::PostgresMigration};
use self::{
    quota::QuotaSteps,
    session_steps::{SessionSteps, row_id},
};
use super::{
    changes::SessionChanges,
    contract::{Lease, LeaseDecision, LeaseOwner, RefreshAttempt, StoredSession, TokenStore},
    key::SessionKey,
    sealing::SealingKeys,
};
use crate::{BoxFuture, CredentialVersion, Secret, StoreError, Tokens};

/// Sessions in PostgreSQL, for the processes of many machines. Needs the feature `postgres`.
///
/// Create the tables once with [`PostgresStore::migrate`], then open the store:
///
/// ```no_run
/// use oneteg_auth::{PostgresStore, SealingKey, SealingKeys};
/// # async fn open() -> Result<(), oneteg_auth::StoreError> {
/// let url = "postgres://worker:secret@db.example/app";
/// PostgresStore::migrate(url).await?;
/// let key = SealingKey::new("k1", [7; 32])?; // 32 random bytes from a safe place
/// let store = PostgresStore::open(url, SealingKeys::new(key)).await?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
///
/// **URL.** As libpq reads it, with several hosts too: the primary is found among them. A server on another machine needs
/// TLS, with a certificate that the platform trusts or `sslrootcert=ca.pem`. `sslmode` may be `disable`, `require` or
/// `verify-full`; the last two are the same here. `allow`, `prefer` and `verify-ca` are refused. Write special characters
/// of the password as `%XX`, or use [`PostgresStoreBuilder::password`].
///
/// **Rights.** The user needs `USAGE` of the schema, `SELECT`, `INSERT` and `UPDATE` of the sessions, and `SELECT` of the
/// list of migrations. Another user may run the migrations ([`PostgresStoreBuilder::grant_to`]).
///
/// **Durability.** Every change is on the server's disk when a step returns, also where `synchronous_commit` is `off` by
/// default. With `synchronous_standby_names` it is on the standby's as well, and no session is lost when that becomes
/// the primary. Without, a fail-over loses what was not replicated yet; the affected sessions may then have ended at the
/// provider.
///
/// **Connections.** Each process uses up to four and one for notifications (`LISTEN`). None is held while a token request
/// runs. A PgBouncer in transaction mode may stand in between, see [`PostgresStoreBuilder::notifications_url`].
///
/// **Secrets.** Tokens and journal entries are sealed with a key that never reaches the server. Someone who can write to
/// the table can end sessions, though not read or replace tokens.
///
/// Clones share the connections. A store may be used from several runtimes; a connection ends with the runtime that
/// made it.
#[derive(Clone)]
pub struct PostgresStore {
    steps: Arc<SessionSteps>,
    quota_steps: Arc<QuotaSteps>,
}

impl PostgresStore {
    /// Connects with the defaults, and checks the tables.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] if `keys` do not seal, [`StoreError::Unavailable`] or [`StoreError::Server`].
    pub async fn open(url: impl Into<Secret>, keys: SealingKeys) -> Result<Self, StoreError> {
        Self::builder(url).open(keys).await
    }

    /// Creates the tables or brings them to the version of this release, see [`PostgresStoreBuilder::migrate`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Server`]; the tables are then unchanged.
    pub async fn migrate(url: impl Into<Secret>) -> Result<PostgresMigration, StoreError> {
        Self::builder(url).migrate().await
    }

    /// Other settings than the defaults.
    pub fn builder(url: impl Into<Secret>) -> PostgresStoreBuilder {
        PostgresStoreBuilder::new(url.into())
    }

    /// The primary key of a session's row, for an administrator who looks for it.
    pub fn row_id(key: &SessionKey) -> String {
        row_id(key)
    }
}

// Without the URL, which may contain a password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = &self.steps.database.tables;
        f.debug_struct("PostgresStore").field("table", &tables.sessions()).finish_non_exhaustive()
    }
}

impl TokenStore for PostgresStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(self.steps.load(key))
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        Box::pin(self.steps.lease(key, owner, ttl))
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.steps.renew(lease, ttl))
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.steps.release(lease))
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.steps.journal(lease, attempt))
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(self.steps.commit(lease, expected, tokens))
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(self.steps.offer(key, attempt, tokens))
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.steps.clear(key))
    }

    fn watch(&self, key: &SessionKey) -> SessionChanges {
        self.steps.listener.watch(&row_id(key))
    }
}
