//! The steps of the contract as statements.

use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use tokio_postgres::{Row, types::Type};

use super::{
    database::{Database, Parameter},
    listener::Listener,
    migrations,
};
use crate::{
    CredentialVersion, StoreError, Tokens,
    clock::millis,
    random,
    store::{
        contract::{Lease, LeaseDecision, LeaseOwner, RefreshAttempt, StoredSession},
        key::SessionKey,
        sealed::{SealedSession, SealedValue, hash_text, seal_attempt, seal_tokens},
        sealing::SealingKeys,
    },
};

/// The longest time of a lease in the database, more than 100,000 years: sums with it cannot overflow.
const LONGEST_TTL: i64 = 1 << 52;
/// How often a lease is asked for that another process was faster to take and to release.
const LEASE_ATTEMPTS: u32 = 5;

/// What the clones of a store share.
pub(super) struct SessionSteps {
    pub(super) database: Database,
    pub(super) listener: Listener,
    pub(super) keys: SealingKeys,
    /// Set when the tables have been checked.
    checked: OnceCell<()>,
    /// The channel of the tables.
    channel: String,
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

fn ttl_ms(ttl: Duration) -> i64 {
    column(millis(ttl)).min(LONGEST_TTL)
}

/// The primary key of a session's row.
pub(super) fn row_id(key: &SessionKey) -> String {
    random::hex(&Sha256::digest(key.as_str().as_bytes()))
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

impl SessionSteps {
    pub(super) fn new(database: Database, listener: Listener, keys: SealingKeys) -> Self {
        let channel = database.tables.channel();
        Self { database, listener, keys, checked: OnceCell::new(), channel }
    }

    /// # Errors
    /// [`StoreError`] if the tables cannot be used.
    pub(super) async fn checked(&self) -> Result<(), StoreError> {
        self.checked.get_or_try_init(|| migrations::check(&self.database)).await.map(drop)
    }

    pub(super) async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        self.load_sealed(&row_id(key)).await?.open(&self.keys, key)
    }

    async fn load_sealed(&self, id: &str) -> Result<SealedSession, StoreError> {
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

    pub(super) fn number(
        &self,
        action: &'static str,
        row: &Row,
        column: usize,
    ) -> Result<u64, StoreError> {
        let number: i64 = self.database.get(action, row, column)?;
        u64::try_from(number).map_err(|_| self.database.altered(action))
    }

    pub(super) async fn lease(
        &self,
        key: &SessionKey,
        owner: &LeaseOwner,
        ttl: Duration,
    ) -> Result<LeaseDecision, StoreError> {
        self.checked().await?;
        let database = &self.database;
        let (id, ttl) = (row_id(key), ttl_ms(ttl));
        let owner_name = owner_bytes(owner);
        for _ in 0..LEASE_ATTEMPTS {
            let parameters: &[Parameter<'_>] =
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
        more: &[Parameter<'_>],
    ) -> Result<bool, StoreError> {
        self.checked().await?;
        let (id, fence) = (row_id(&lease.key), column(lease.fence));
        let owner = owner_bytes(&lease.owner);
        let mut parameters: Vec<Parameter<'_>> =
            vec![(&id, Type::TEXT), (&fence, Type::INT8), (&owner, Type::BYTEA)];
        parameters.extend_from_slice(more);
        Ok(!self.database.run(action, statement, &parameters).await?.is_empty())
    }

    pub(super) async fn renew(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError> {
        let ttl = ttl_ms(ttl);
        let statement = &self.database.statements.renew;
        let renewed = self.run_leased(RENEWING, statement, lease, &[(&ttl, Type::INT8)]).await?;
        if renewed { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    pub(super) async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let statement = &self.database.statements.release;
        let parameters: &[Parameter<'_>] = &[(&self.channel, Type::TEXT)];
        self.run_leased(RELEASING, statement, lease, parameters).await.map(drop)
    }

    pub(super) async fn journal(
        &self,
        lease: &Lease,
        attempt: Option<&RefreshAttempt>,
    ) -> Result<(), StoreError> {
        let sealed = attempt.map(|attempt| seal_attempt(&self.keys, &lease.key, attempt));
        let sealed = sealed.transpose()?;
        let hash = hash_text(attempt.map(|attempt| attempt.refresh));
        let parameters: &[Parameter<'_>] = &[(&sealed, Type::BYTEA), (&hash, Type::TEXT)];
        let statement = &self.database.statements.journal;
        let written = self.run_leased(ANNOUNCING, statement, lease, parameters).await?;
        if written { Ok(()) } else { Err(StoreError::LeaseLost) }
    }

    pub(super) async fn commit(
        &self,
        lease: &Lease,
        expected: CredentialVersion,
        tokens: &Tokens,
    ) -> Result<CredentialVersion, StoreError> {
        let next = CredentialVersion(expected.0.saturating_add(1));
        let sealed = seal_tokens(&self.keys, &lease.key, next, tokens)?;
        let (hash, version) = (hash_text(tokens.refresh_hash()), column(expected.0));
        let parameters: &[Parameter<'_>] = &[
            (&version, Type::INT8),
            (&sealed, Type::BYTEA),
            (&hash, Type::TEXT),
            (&self.channel, Type::TEXT),
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

    pub(super) async fn offer(
        &self,
        key: &SessionKey,
        attempt: &RefreshAttempt,
        tokens: &Tokens,
    ) -> Result<CredentialVersion, StoreError> {
        self.checked().await?;
        let next = CredentialVersion(attempt.version.0.saturating_add(1));
        let sealed = seal_tokens(&self.keys, key, next, tokens)?;
        let id = row_id(key);
        let version = column(attempt.version.0);
        let (spent, hash) = (hash_text(Some(attempt.refresh)), hash_text(tokens.refresh_hash()));
        let parameters: &[Parameter<'_>] = &[
            (&id, Type::TEXT),
            (&version, Type::INT8),
            (&spent, Type::TEXT),
            (&sealed, Type::BYTEA),
            (&hash, Type::TEXT),
            (&self.channel, Type::TEXT),
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
        let id = row_id(key);
        let fence = lease.map_or(-1, |lease| column(lease.fence));
        let owner = lease.map_or(&[][..], |lease| owner_bytes(&lease.owner));
        let parameters: &[Parameter<'_>] = &[
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

    pub(super) async fn clear(&self, key: &SessionKey) -> Result<(), StoreError> {
        let database = &self.database;
        let id = row_id(key);
        let is_readable = match self.load(key).await {
            Ok(_) => true,
            Err(error) if error.is_unreadable() => {
                tracing::warn!(%error, "a stored session that cannot be read is removed");
                false
            }
            Err(error) => return Err(error),
        };
        let parameters: &[Parameter<'_>] = &[(&id, Type::TEXT), (&self.channel, Type::TEXT)];
        let statement =
            if is_readable { &database.statements.clear } else { &database.statements.replace };
        database.run(CLEARING, statement, parameters).await.map(drop)
    }
}
