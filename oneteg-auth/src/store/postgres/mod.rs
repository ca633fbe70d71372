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
mod tables;
mod tls;
mod url;
mod versions;

use std::{fmt, sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, Semaphore};
use tokio_postgres::{Row, types::Type};

pub use self::{builder::PostgresStoreBuilder, migrations::PostgresMigration};
use self::{database::Database, listener::Listener, quota::QuotaStatements};
use super::{
    changes::SessionChanges,
    contract::{Lease, LeaseDecision, LeaseOwner, RefreshAttempt, StoredSession, TokenStore},
    key::SessionKey,
    sealed::{SealedSession, SealedValue, hash_text, seal_attempt, seal_tokens},
    sealing::SealingKeys,
};
use crate::{BoxFuture, CredentialVersion, Secret, StoreError, Tokens, clock::millis, random};

/// The longest time of a lease in the database, more than 100,000 years: sums with it cannot overflow.
const LONGEST_TTL: i64 = 1 << 52;
/// How often a lease is asked for that another process was faster to take and to release.
const LEASE_ATTEMPTS: u32 = 5;

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
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    listener: Listener,
    keys: SealingKeys,
    /// Set when the tables have been checked.
    checked: OnceCell<()>,
    quota_statements: QuotaStatements,
    /// How many steps on quotas run at the same time.
    quota_steps: Semaphore,
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
        random::hex(&Sha256::digest(key.as_str().as_bytes()))
    }
}

// Without the URL, which may contain a password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = &self.shared.database.tables;
        f.debug_struct("PostgresStore").field("table", &tables.sessions()).finish_non_exhaustive()
    }
}

const READING: &str = "reading a session";
const LEASING: &str = "taking a lease";
const RENEWING: &str = "renewing a lease";
const RELEASING: &str = "releasing a lease";
const ANNOUNCING: &str = "announcing a refresh";
const STORING: &str = "storing tokens";
const CLEARING: &str = "clearing a session";

/// A number of the contract in a column. No row has a higher one than this.
fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Lease owners may be any string, and PostgreSQL's may not contain a zero byte.
fn owner_bytes(owner: &LeaseOwner) -> &[u8] {
    owner.as_str().as_bytes()
}

/// A write of tokens that the server refused.
enum Refusal {
    /// An earlier attempt, whose response was lost, has written them.
    Written,
    /// Another version is stored, or none.
    Moved { found: u64, leased: bool },
}

impl Shared {
    async fn checked(&self) -> Result<(), StoreError> {
        self.checked.get_or_try_init(|| migrations::check(&self.database)).await.map(drop)
    }

    async fn load(&self, id: &str) -> Result<SealedSession, StoreError> {
        self.checked().await?;
        let database = &self.database;
        let rows = database.run(READING, &database.statements.load, &[(&id, Type::TEXT)]).await?;
        let Some(row) = rows.first() else { return Ok(SealedSession::default()) };
        // A fence that nobody can read is as bad as a version.
        let [version, _] = [self.number(READING, row, 0)?, self.number(READING, row, 1)?];
        let (tokens, journal) = (self.value(row, 2)?, self.value(row, 5)?);
        Ok(SealedSession { version, tokens, journal })
    }

    /// A sealed value, its hash and its age, in three columns.
    fn value(&self, row: &Row, first: usize) -> Result<Option<SealedValue>, StoreError> {
        let get = &self.database;
        let Some(sealed) = get.get::<Option<Vec<u8>>>(READING, row, first)? else {
            return Ok(None);
        };
        let refresh = get.get(READING, row, first + 1)?;
        let age_ms = get.get(READING, row, first + 2)?;
        Ok(Some(SealedValue { sealed, refresh, age_ms }))
    }

    fn number(&self, action: &'static str, row: &Row, column: usize) -> Result<u64, StoreError> {
        let number: i64 = self.database.get(action, row, column)?;
        u64::try_from(number).map_err(|_| self.database.altered(action))
    }

    async fn lease(
        &self,
        key: &SessionKey,
        owner: &LeaseOwner,
        ttl: i64,
    ) -> Result<LeaseDecision, StoreError> {
        self.checked().await?;
        let database = &self.database;
        let id = PostgresStore::row_id(key);
        let owner_name = owner_bytes(owner);
        for _ in 0..LEASE_ATTEMPTS {
            let parameters: &[database::Parameter<'_>] =
                &[(&id, Type::TEXT), (&owner_name, Type::BYTEA), (&ttl, Type::INT8)];
            let rows = database.run(LEASING, &database.statements.lease, parameters).await?;
            let row = rows.first().ok_or_else(|| database.altered(LEASING))?;
            if database.get(LEASING, row, 0)? {
                let fence = self.number(LEASING, row, 1)?;
                return Ok(LeaseDecision::Granted(Lease::new(key.clone(), owner.clone(), fence)));
            }
            if let Some(remaining) = database.get::<Option<i64>>(LEASING, row, 2)? {
                let remaining = Duration::from_millis(u64::try_from(remaining).unwrap_or_default());
                return Ok(LeaseDecision::Held { remaining });
            }
            // Another process took it in the same moment; now it can be seen for how long.
        }
        Err(StoreError::Busy)
    }

    /// Runs a statement that changes the row if the lease is valid; returns whether it did.
    async fn run_leased(
        &self,
        action: &'static str,
        statement: &str,
        lease: &Lease,
        more: &[database::Parameter<'_>],
    ) -> Result<bool, StoreError> {
        self.checked().await?;
        let (id, fence) = (PostgresStore::row_id(&lease.key), column(lease.fence));
        let owner = owner_bytes(&lease.owner);
        let mut parameters: Vec<database::Parameter<'_>> =
            vec![(&id, Type::TEXT), (&fence, Type::INT8), (&owner, Type::BYTEA)];
        parameters.extend_from_slice(more);
        Ok(!self.database.run(action, statement, &parameters).await?.is_empty())
    }

    async fn commit(
        &self,
        lease: &Lease,
        expected: CredentialVersion,
        tokens: &Tokens,
    ) -> Result<CredentialVersion, StoreError> {
        let next = CredentialVersion(expected.0.saturating_add(1));
        let sealed = seal_tokens(&self.keys, &lease.key, next, tokens)?;
        let (hash, version) = (hash_text(tokens.refresh_hash()), column(expected.0));
        let channel = self.database.tables.channel();
        let parameters: &[database::Parameter<'_>] = &[
            (&version, Type::INT8),
            (&sealed, Type::BYTEA),
            (&hash, Type::TEXT),
            (&channel, Type::TEXT),
        ];
        let statement = &self.database.statements.commit;
        if self.run_leased(STORING, statement, lease, parameters).await? {
            return Ok(next);
        }
        match self.refusal(&lease.key, Some(lease), &sealed).await? {
            Refusal::Written => Ok(next),
            Refusal::Moved { leased: false, .. } => Err(StoreError::LeaseLost),
            // Only if the lease ran out and the server's clock was set back.
            Refusal::Moved { found, .. } if found == expected.0 => Err(StoreError::LeaseLost),
            Refusal::Moved { found, .. } => {
                Err(StoreError::VersionConflict { found: CredentialVersion(found) })
            }
        }
    }

    async fn offer(
        &self,
        key: &SessionKey,
        attempt: &RefreshAttempt,
        tokens: &Tokens,
    ) -> Result<CredentialVersion, StoreError> {
        self.checked().await?;
        let next = CredentialVersion(attempt.version.0.saturating_add(1));
        let sealed = seal_tokens(&self.keys, key, next, tokens)?;
        let id = PostgresStore::row_id(key);
        let version = column(attempt.version.0);
        let (spent, hash) = (hash_text(Some(attempt.refresh)), hash_text(tokens.refresh_hash()));
        let channel = self.database.tables.channel();
        let parameters: &[database::Parameter<'_>] = &[
            (&id, Type::TEXT),
            (&version, Type::INT8),
            (&spent, Type::TEXT),
            (&sealed, Type::BYTEA),
            (&hash, Type::TEXT),
            (&channel, Type::TEXT),
        ];
        let database = &self.database;
        if !database.run(STORING, &database.statements.offer, parameters).await?.is_empty() {
            return Ok(next);
        }
        match self.refusal(key, None, &sealed).await? {
            Refusal::Written => Ok(next),
            Refusal::Moved { found, .. } => {
                Err(StoreError::VersionConflict { found: CredentialVersion(found) })
            }
        }
    }

    async fn refusal(
        &self,
        key: &SessionKey,
        lease: Option<&Lease>,
        sealed: &[u8],
    ) -> Result<Refusal, StoreError> {
        let database = &self.database;
        let id = PostgresStore::row_id(key);
        let fence = lease.map_or(-1, |lease| column(lease.fence));
        let owner = lease.map_or(&[][..], |lease| owner_bytes(&lease.owner));
        let parameters: &[database::Parameter<'_>] = &[
            (&id, Type::TEXT),
            (&fence, Type::INT8),
            (&owner, Type::BYTEA),
            (&sealed, Type::BYTEA),
        ];
        let rows = database.run(STORING, &database.statements.refused, parameters).await?;
        let Some(row) = rows.first() else {
            return Ok(Refusal::Moved { found: 0, leased: false });
        };
        if database.get(STORING, row, 2)? {
            return Ok(Refusal::Written);
        }
        let found = self.number(STORING, row, 0)?;
        Ok(Refusal::Moved { found, leased: database.get(STORING, row, 1)? })
    }

    async fn clear(&self, key: &SessionKey) -> Result<(), StoreError> {
        let database = &self.database;
        let (id, channel) = (PostgresStore::row_id(key), database.tables.channel());
        let is_readable = match self.load(&id).await.and_then(|found| found.open(&self.keys, key)) {
            Ok(_) => true,
            Err(error) if error.is_unreadable() => {
                tracing::warn!(%error, "a stored session that cannot be read is removed");
                false
            }
            Err(error) => return Err(error),
        };
        let parameters: &[database::Parameter<'_>] = &[(&id, Type::TEXT), (&channel, Type::TEXT)];
        let statement =
            if is_readable { &database.statements.clear } else { &database.statements.replace };
        database.run(CLEARING, statement, parameters).await.map(drop)
    }
}

impl TokenStore for PostgresStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        Box::pin(
            async move { self.shared.load(&Self::row_id(key)).await?.open(&self.shared.keys, key) },
        )
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        Box::pin(self.shared.lease(key, owner, column(millis(ttl)).min(LONGEST_TTL)))
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let ttl = column(millis(ttl)).min(LONGEST_TTL);
            let statement = &self.shared.database.statements.renew;
            let renewed =
                self.shared.run_leased(RENEWING, statement, lease, &[(&ttl, Type::INT8)]).await?;
            if renewed { Ok(()) } else { Err(StoreError::LeaseLost) }
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let statement = &self.shared.database.statements.release;
            let channel = self.shared.database.tables.channel();
            let parameters: &[database::Parameter<'_>] = &[(&channel, Type::TEXT)];
            self.shared.run_leased(RELEASING, statement, lease, parameters).await.map(drop)
        })
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let shared = &*self.shared;
            let sealed = attempt.map(|attempt| seal_attempt(&shared.keys, &lease.key, attempt));
            let sealed = sealed.transpose()?;
            let hash = hash_text(attempt.map(|attempt| attempt.refresh));
            let parameters: &[database::Parameter<'_>] =
                &[(&sealed, Type::BYTEA), (&hash, Type::TEXT)];
            let statement = &shared.database.statements.journal;
            let written = shared.run_leased(ANNOUNCING, statement, lease, parameters).await?;
            if written { Ok(()) } else { Err(StoreError::LeaseLost) }
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(self.shared.commit(lease, expected, tokens))
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        Box::pin(self.shared.offer(key, attempt, tokens))
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.shared.clear(key))
    }

    fn watch(&self, key: &SessionKey) -> SessionChanges {
        self.shared.listener.watch(&Self::row_id(key))
    }
}
