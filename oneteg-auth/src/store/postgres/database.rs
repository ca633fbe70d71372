//! How a statement is run: on a connection of the pool, within a time limit, and again where that is safe.
//!
//! A connection is taken from the pool for one statement. No state is kept on it and no statement is prepared, so a
//! PgBouncer in transaction mode may stand in between.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres::{
    Row,
    types::{FromSql, ToSql, Type},
};

use super::{
    connector::Connector,
    fault::{Failure, Repeat, refused},
    tables::{Statements, Tables},
};
use crate::{ServerFault, StoreError, random};

/// A value for a statement and its type: with it, a statement takes one round trip.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// How often a statement is repeated because other transactions were in the way.
const CONFLICTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// A pool of connections, and the tables of one store.
pub(super) struct Database {
    pool: Pool,
    pub(super) tables: Tables,
    pub(super) statements: Statements,
    limit: Duration,
}

impl Database {
    /// # Errors
    /// [`ServerFault::Other`] if no pool can be made.
    pub(super) fn new(
        connector: Connector,
        tables: Tables,
        limit: Duration,
        connections: usize,
    ) -> Result<Self, ServerFault> {
        let config = tokio_postgres::Config::new();
        // The connector has its own configuration; the pool's is not used.
        let manager = Manager::from_connect(config, connector, ManagerConfig::default());
        // The pool has no time limits: the limit of a statement includes the wait for a connection.
        let pool = Pool::builder(manager).max_size(connections).build();
        let pool = pool.map_err(|_| ServerFault::Other)?;
        let statements = tables.statements(limit);
        Ok(Self { pool, tables, statements, limit })
    }

    /// Runs one statement.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Busy`] or [`StoreError::Server`].
    pub(super) async fn run(
        &self,
        action: &'static str,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let deadline = Instant::now() + self.limit;
        let (mut conflicts, mut reconnected, mut pause) = (0, false, FIRST_PAUSE);
        let mut reported: Option<Failure> = None;
        loop {
            let failure = match self.attempt(deadline, statement, parameters).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            if let Some(reported) = reported.take().filter(|_| failure.is_timeout()) {
                // What the server reported before tells more than that the time is up.
                return Err(reported.into_error(action));
            }
            let is_repeated = match failure.repeat {
                Repeat::Never => false,
                Repeat::Reconnected => !std::mem::replace(&mut reconnected, true),
                Repeat::Soon => {
                    conflicts += 1;
                    conflicts <= CONFLICTS
                }
                Repeat::Later => true,
            };
            if !is_repeated || Instant::now() + pause >= deadline {
                return Err(failure.into_error(action));
            }
            if failure.repeat == Repeat::Reconnected {
                // The others lead to the same server.
                self.pool.retain(|_, _| false);
                reported = Some(failure);
                continue;
            }
            reported = Some(failure);
            sleep(pause + Duration::from_millis(random::jitter(10))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(
        &self,
        deadline: Instant,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let table = self.tables.sessions();
        let client = match timeout_at(deadline, self.pool.get()).await {
            Ok(Ok(client)) => client,
            Ok(Err(PoolError::Backend(error))) => return Err(Failure::new(&error, &table)),
            Ok(Err(_)) | Err(_) => return Err(Failure::timeout(self.limit)),
        };
        match timeout_at(deadline, client.query_typed(statement, parameters)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                let failure = Failure::new(&error, &table);
                if failure.repeat == Repeat::Reconnected {
                    drop(Object::take(client));
                }
                Err(failure)
            }
            Err(_) => {
                // A new statement must not queue behind this one.
                drop(Object::take(client));
                Err(Failure::timeout(self.limit))
            }
        }
    }

    /// A column of a row that the store's own statement returned.
    pub(super) fn get<'a, T: FromSql<'a>>(
        &self,
        action: &'static str,
        row: &'a Row,
        column: usize,
    ) -> Result<T, StoreError> {
        let table = self.tables.sessions();
        row.try_get(column).map_err(|error| Failure::new(&error, &table).into_error(action))
    }

    /// The error of a table that is not as the store writes it.
    pub(super) fn altered(&self, action: &'static str) -> StoreError {
        Failure::altered(&self.tables.sessions()).into_error(action)
    }

    /// The result of a check.
    pub(super) fn refuse(
        &self,
        action: &'static str,
        checked: Result<(), ServerFault>,
    ) -> Result<(), StoreError> {
        checked.map_err(|fault| refused(action, fault))
    }
}
