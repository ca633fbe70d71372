//! The tables: versioned migrations, and the check when a store is opened.
//!
//! | Tables | `open` | `migrate` |
//! |---|---|---|
//! | none, or old | [`ServerFault::NotMigrated`] | runs what is missing, in one transaction |
//! | of this release | opens | nothing |
//! | newer, still usable | opens | nothing |
//! | newer, no longer usable | [`ServerFault::NewerSchema`] | the same |
//!
//! A migration states which releases can still use the tables after it. Programs of two releases can therefore run at
//! the same time while they are replaced one after the other.

use std::time::Duration;

use tokio_postgres::{Client, types::Type};

use super::{
    connector::Connector,
    database::Database,
    fault::Failure,
    tables::{Tables, quoted},
    versions::{MIGRATIONS, NEEDED, judge},
};
use crate::{ServerFault, StoreError};

const CHECKING: &str = "checking its tables";
const MIGRATING: &str = "migrating its tables";
/// The longest time for a migration, including the wait for another program that migrates.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a migration of the tables did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PostgresMigration {
    /// The version of the tables before; 0 if there were none.
    pub from: u32,
    /// Their version now.
    pub to: u32,
}

/// Checks that this release can use the tables, and that the user may.
pub(super) async fn check(database: &Database) -> Result<(), StoreError> {
    let tables = &database.tables;
    let newest = format!(
        "SELECT version, usable_since FROM {} ORDER BY version DESC LIMIT 1",
        tables.migrations()
    );
    let rows = database.run(CHECKING, &newest, &[]).await?;
    let (found, usable_since) = match rows.first() {
        None => (0, 0),
        Some(row) => {
            let (found, usable_since): (i32, i32) =
                (database.get(CHECKING, row, 0)?, database.get(CHECKING, row, 1)?);
            (unsigned(found), unsigned(usable_since))
        }
    };
    database.refuse(CHECKING, judge(found, usable_since))?;
    // What the steps read and write, so that a missing right or column shows now and not at the first refresh.
    let id: &(dyn tokio_postgres::types::ToSql + Sync) = &"";
    database.run(CHECKING, &database.statements.load, &[(id, Type::TEXT)]).await?;
    let may = "SELECT has_table_privilege($1, 'INSERT') AND has_table_privilege($1, 'UPDATE')";
    let table = tables.sessions();
    let rows = database.run(CHECKING, may, &[(&table, Type::TEXT)]).await?;
    let may = match rows.first() {
        Some(row) => database.get(CHECKING, row, 0)?,
        None => false,
    };
    database.refuse(CHECKING, if may { Ok(()) } else { Err(ServerFault::Permission) })
}

fn unsigned(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// Runs the missing migrations. With `role`, grants it what a store needs.
pub(super) async fn migrate(
    connector: &Connector,
    tables: &Tables,
    role: Option<&str>,
) -> Result<PostgresMigration, StoreError> {
    let work = async {
        let fail = |error: tokio_postgres::Error| Failure::new(&error, &tables.sessions());
        let (mut client, task) = connector.connect(None).await.map_err(fail)?;
        let migrated = in_transaction(&mut client, tables, role).await;
        drop(client);
        // The connection ends in order.
        let _ = task.await;
        migrated
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(result) => result.map_err(|failure| failure.into_error(MIGRATING)),
        Err(_) => Err(Failure::timeout(PATIENCE).into_error(MIGRATING)),
    }
}

async fn in_transaction(
    client: &mut Client,
    tables: &Tables,
    role: Option<&str>,
) -> Result<PostgresMigration, Failure> {
    let fail = |error: tokio_postgres::Error| Failure::new(&error, &tables.sessions());
    let transaction = client.transaction().await.map_err(fail)?;
    let patience = format!("SET LOCAL statement_timeout = {}", PATIENCE.as_millis());
    transaction.batch_execute(&patience).await.map_err(fail)?;
    // Of several programs that start at the same time, one migrates and the others wait.
    let lock = format!("SELECT pg_advisory_xact_lock({})", tables.lock());
    transaction.batch_execute(&lock).await.map_err(fail)?;
    // Only what is missing is created: `IF NOT EXISTS` needs the right to create in any case.
    let schema = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1";
    let name = tables.schema_name();
    let found = transaction.query_typed(schema, &[(&name, Type::TEXT)]).await.map_err(fail)?;
    if found.is_empty() {
        let create = format!("CREATE SCHEMA {}", tables.schema());
        transaction.batch_execute(&create).await.map_err(fail)?;
    }
    let list = tables.migrations();
    let exists = "SELECT to_regclass($1) IS NOT NULL";
    let row = transaction.query_typed_one(exists, &[(&list, Type::TEXT)]).await.map_err(fail)?;
    if !row.try_get::<_, bool>(0).map_err(fail)? {
        transaction.batch_execute(&create_list(tables)).await.map_err(fail)?;
    }
    let newest =
        format!("SELECT COALESCE(max(version), 0), COALESCE(max(usable_since), 0) FROM {list}");
    let row = transaction.query_typed_one(&newest, &[]).await.map_err(fail)?;
    let from = unsigned(row.try_get(0).map_err(fail)?);
    let usable_since = unsigned(row.try_get(1).map_err(fail)?);
    if let Err(fault @ ServerFault::NewerSchema { .. }) = judge(from, usable_since) {
        return Err(fault.into());
    }
    for statements in missing(tables, from) {
        transaction.batch_execute(&statements).await.map_err(fail)?;
    }
    if let Some(role) = role {
        transaction.batch_execute(&grants(tables, role)).await.map_err(fail)?;
    }
    transaction.commit().await.map_err(fail)?;
    Ok(PostgresMigration { from, to: from.max(NEEDED) })
}

/// The statements of the migrations after version `from`, each with its entry in the list.
fn missing(tables: &Tables, from: u32) -> impl Iterator<Item = String> {
    (1..).zip(&MIGRATIONS).filter(move |(version, _)| *version > from).map(|(version, migration)| {
        let statements = tables.expand(migration.statements);
        let usable_since = migration.usable_since;
        let list = tables.migrations();
        format!("{statements}\nINSERT INTO {list} (version, usable_since) VALUES ({version}, {usable_since});\n")
    })
}

fn create_list(tables: &Tables) -> String {
    let list = tables.migrations();
    format!(
        "CREATE TABLE {list} (
    version      integer     PRIMARY KEY,
    -- The oldest version whose releases can use the tables.
    usable_since integer     NOT NULL,
    migrated_at  timestamptz NOT NULL DEFAULT now()
);\n"
    )
}

/// What the user of a store needs.
fn grants(tables: &Tables, role: &str) -> String {
    let (schema, sessions, quotas) = (tables.schema(), tables.sessions(), tables.quotas());
    let (list, role) = (tables.migrations(), quoted(role));
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE ON {sessions} TO {role};
GRANT SELECT, INSERT, UPDATE ON {quotas} TO {role};
GRANT SELECT ON {list} TO {role};\n"
    )
}

/// All migrations as one script, for an administrator who runs it instead.
pub(super) fn script(tables: &Tables, role: Option<&str>) -> String {
    let schema = format!("CREATE SCHEMA IF NOT EXISTS {};\n", tables.schema());
    let migrations: String = missing(tables, 0).collect();
    let grants = role.map(|role| grants(tables, role)).unwrap_or_default();
    format!("BEGIN;\n{schema}{}{migrations}{grants}COMMIT;\n", create_list(tables))
}
