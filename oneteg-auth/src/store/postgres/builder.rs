use std::{fmt, sync::Arc, time::Duration};

use super::{
    PostgresStore,
    connector::Connector,
    database::Database,
    fault::refused,
    listener::Listener,
    migrations::{self, PostgresMigration},
    quota::QuotaSteps,
    session_steps::SessionSteps,
    tables::{SCHEMA, TABLE, Tables},
    tls,
    url::{Target, Tls},
};
use crate::{SealingKeys, Secret, ServerFault, StoreError};

const OPENING: &str = "opening the store";
const LIMIT: Duration = Duration::from_secs(5);
const SHORTEST_LIMIT: Duration = Duration::from_millis(1);
const LONGEST_LIMIT: Duration = Duration::from_secs(3600);
const CONNECTIONS: usize = 4;
const MOST_CONNECTIONS: usize = 1000;
/// How many steps on quotas run at the same time: fewer than there are connections.
const QUOTA_STEPS: usize = 2;

/// The settings of a [`PostgresStore`].
///
/// ```no_run
/// use oneteg_auth::{PostgresStore, SealingKey, SealingKeys};
/// # async fn open(password: String) -> Result<(), oneteg_auth::StoreError> {
/// let key = SealingKey::new("k1", [7; 32])?; // 32 random bytes from a safe place
/// let store = PostgresStore::builder("postgres://worker@db.example/app")
///     .password(password)
///     .schema("sign_in")
///     .open(SealingKeys::new(key))
///     .await?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct PostgresStoreBuilder {
    url: Secret,
    notifications_url: Option<Secret>,
    password: Option<Secret>,
    schema: String,
    table: String,
    ca: Option<Vec<u8>>,
    limit: Duration,
    connections: usize,
    role: Option<String>,
}

impl PostgresStoreBuilder {
    pub(super) fn new(url: Secret) -> Self {
        Self {
            url,
            notifications_url: None,
            password: None,
            schema: SCHEMA.to_owned(),
            table: TABLE.to_owned(),
            ca: None,
            limit: LIMIT,
            connections: CONNECTIONS,
            role: None,
        }
    }

    /// The password, so that the URL needs none.
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The schema of the tables. Default: `oneteg`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schema = name.into();
        self
    }

    /// The table of the sessions. The list of migrations is in a second one, with `_migrations` after this name.
    /// Default: `sessions`.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = name.into();
        self
    }

    /// Trusts the certificates in a PEM document, and those of `sslrootcert` in the URL, *instead of* those of the
    /// platform.
    pub fn root_certificates(mut self, pem: &[u8]) -> Self {
        self.ca = Some(pem.to_vec());
        self
    }

    /// The longest time for one step of the store, including the wait for a connection. It is also the server's
    /// `statement_timeout`. Keep it well below [`SessionPolicy::lease_ttl`](crate::SessionPolicy::lease_ttl). Default:
    /// 5 s; from 1 ms to 1 hour.
    pub fn step_limit(mut self, limit: Duration) -> Self {
        self.limit = limit.clamp(SHORTEST_LIMIT, LONGEST_LIMIT);
        self
    }

    /// The most connections of the pool, 1 to 1000. Each is used for one statement at a time, none while a token
    /// request runs. There is one more for notifications. Default: 4.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.connections = connections.clamp(1, MOST_CONNECTIONS);
        self
    }

    /// Another URL for the connection on which the server announces changes. A PgBouncer in transaction mode passes on
    /// no notifications: give the URL of the server itself, or waiting processes poll. Default: the URL of the store.
    pub fn notifications_url(mut self, url: impl Into<Secret>) -> Self {
        self.notifications_url = Some(url.into());
        self
    }

    /// The role that programs will use the store as, if it is another one than that of [`Self::migrate`], which then
    /// grants it what it needs: `USAGE` of the schema, `SELECT`, `INSERT` and `UPDATE` of the sessions, `SELECT` of the
    /// list of migrations.
    pub fn grant_to(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// Creates the tables or brings them to the version of this release, in one transaction and under an advisory lock:
    /// several programs may migrate at the same time. The user needs the right to create tables in the schema, and to
    /// create the schema if it does not exist. Nothing happens if the tables are up to date, except for the grants.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Server`]; the tables are then unchanged.
    pub async fn migrate(&self) -> Result<PostgresMigration, StoreError> {
        let tables = self.tables()?;
        let connector = self.connector(&self.url)?;
        migrations::migrate(&connector, &tables, self.role.as_deref()).await
    }

    /// What [`Self::migrate`] runs on an empty schema, as a script for an administrator.
    ///
    /// # Errors
    /// [`StoreError::Server`] for a name that PostgreSQL would cut off.
    pub fn migration_script(&self) -> Result<String, StoreError> {
        Ok(migrations::script(&self.tables()?, self.role.as_deref()))
    }

    /// Connects, and checks the tables.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] if `keys` do not seal, [`StoreError::Unavailable`] or [`StoreError::Server`].
    pub async fn open(&self, keys: SealingKeys) -> Result<PostgresStore, StoreError> {
        let store = self.build(keys)?;
        store.steps.checked().await?;
        Ok(store)
    }

    /// As [`Self::open`], without a connection: the tables are checked at the first use. For a program that starts
    /// while the server is down.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] if `keys` do not seal, [`StoreError::Server`] for unusable settings.
    pub fn build(&self, keys: SealingKeys) -> Result<PostgresStore, StoreError> {
        if !keys.is_sealing() {
            // The server may log the values of statements, and keeps them in its write-ahead log and in backups.
            let reason = "sessions in a database are always sealed; give the store a key";
            return Err(StoreError::InvalidKey { reason });
        }
        let tables = self.tables()?;
        let connector = self.connector(&self.url)?;
        let listening = match &self.notifications_url {
            Some(url) => self.connector(url)?,
            None => connector.clone(),
        };
        let listener = Listener::new(listening, tables.channel(), self.limit);
        let database = Database::new(connector, tables, self.limit, self.connections)
            .map_err(|fault| refused(OPENING, fault))?;
        let steps = Arc::new(SessionSteps::new(database, listener, keys));
        let quota_steps = Arc::new(QuotaSteps::new(Arc::clone(&steps), QUOTA_STEPS));
        Ok(PostgresStore { steps, quota_steps })
    }

    fn tables(&self) -> Result<Tables, StoreError> {
        Tables::new(&self.schema, &self.table).map_err(|fault| refused(OPENING, fault))
    }

    fn connector(&self, url: &Secret) -> Result<Connector, StoreError> {
        let connector = || -> Result<Connector, ServerFault> {
            let mut target = Target::parse(url.expose())?;
            if let Some(password) = &self.password {
                target.config.password(password.expose());
            }
            if self.ca.is_some() && target.tls == Tls::Off {
                let reason = "a CA certificate is set and the URL has no sslmode=verify-full";
                return Err(ServerFault::Url { reason: reason.to_owned() });
            }
            let tls = tls::connector(&target.tls, self.ca.as_deref())?;
            Ok(Connector::new(target, tls, self.limit))
        };
        connector().map_err(|fault| refused(OPENING, fault))
    }
}

// Without the URL, which may contain a password.
impl fmt::Debug for PostgresStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStoreBuilder")
            .field("schema", &self.schema)
            .field("table", &self.table)
            .field("limit", &self.limit)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
