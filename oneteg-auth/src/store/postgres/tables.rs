//! The names of the tables, and the statements on them.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{ServerFault, random};

/// The schema of the tables unless another one is set.
pub(super) const SCHEMA: &str = "oneteg";
/// The table of the sessions unless another one is set.
pub(super) const TABLE: &str = "sessions";
/// The end of the name of the table that lists the migrations.
const MIGRATIONS: &str = "_migrations";
/// The end of the name of the table of the quotas; not longer than the other.
const QUOTAS: &str = "_quotas";
/// PostgreSQL cuts longer names off, so two tables could be one.
const LONGEST_NAME: usize = 63;

/// The time of the server, read when a row has been locked, not when the statement began.
const NOW: &str = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
/// The milliseconds that are left of a lease. One from the future means that the clock was set back; it counts as run
/// out, rather than as valid for as long as the clock was set back.
const REMAINING: &str = "CASE WHEN stored.lease_since > {now} + stored.lease_ttl THEN 0 \
    ELSE GREATEST(stored.lease_since + stored.lease_ttl - {now}, 0) END";
const LEASED: &str = "(stored.fence = $2 AND stored.lease_owner = $3 AND {remaining} > 0)";
/// A commit that a server may forget would be a lost session. The setting is read when the transaction ends.
const DURABLE: &str = "CASE WHEN current_setting('synchronous_commit') = 'off' \
    THEN set_config('synchronous_commit', 'on', true) END";

/// Ends a wait for a row that another transaction has locked. It is part of the statement, because a PgBouncer may give
/// each statement another connection; a condition is evaluated before the row is locked.
fn bounded(limit: Duration) -> String {
    // The server's own error comes before the client's time limit.
    let wait = (limit * 4 / 5).as_millis().clamp(1, i32::MAX as u128);
    format!("set_config('lock_timeout', '{wait}ms', true) IS NOT NULL")
}

/// Every statement of the store, with the names in place.
#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: String,
    pub(super) lease: String,
    pub(super) renew: String,
    pub(super) release: String,
    pub(super) journal: String,
    pub(super) commit: String,
    pub(super) offer: String,
    pub(super) refused: String,
    pub(super) clear: String,
    pub(super) replace: String,
}

/// The tables of one store.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    schema: String,
    table: String,
}

impl Tables {
    /// # Errors
    /// [`ServerFault::Url`] for a name that PostgreSQL would change or refuse.
    pub(super) fn new(schema: &str, table: &str) -> Result<Self, ServerFault> {
        let longest = LONGEST_NAME - MIGRATIONS.len();
        for (what, name, longest) in [("schema", schema, LONGEST_NAME), ("table", table, longest)] {
            if name.is_empty() || name.len() > longest || name.contains('\0') {
                let reason = format!("the name of the {what} is not 1 to {longest} bytes long");
                return Err(ServerFault::Url { reason });
            }
        }
        Ok(Self { schema: schema.to_owned(), table: table.to_owned() })
    }

    /// The quoted name of the schema.
    pub(super) fn schema(&self) -> String {
        quoted(&self.schema)
    }

    /// The name of the schema as a value.
    pub(super) fn schema_name(&self) -> &str {
        &self.schema
    }

    /// The quoted name of the table of the sessions.
    pub(super) fn sessions(&self) -> String {
        format!("{}.{}", self.schema(), quoted(&self.table))
    }

    /// The quoted name of the table that lists the migrations.
    pub(super) fn migrations(&self) -> String {
        format!("{}.{}", self.schema(), quoted(&format!("{}{MIGRATIONS}", self.table)))
    }

    /// The quoted name of the table of the quotas.
    pub(super) fn quotas(&self) -> String {
        format!("{}.{}", self.schema(), quoted(&format!("{}{QUOTAS}", self.table)))
    }

    /// The channel on which changes of these tables are announced: the same for every program that uses them.
    pub(super) fn channel(&self) -> String {
        format!("oneteg_{}", random::hex(&self.digest()[..12]))
    }

    /// A number for an advisory lock.
    pub(super) fn lock(&self) -> i64 {
        let mut number = [0; 8];
        number.copy_from_slice(&self.digest()[..8]);
        i64::from_be_bytes(number)
    }

    fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.sessions()).into()
    }

    /// The statements of the steps. `limit` is the longest time for one.
    pub(super) fn statements(&self, limit: Duration) -> Statements {
        let bounded = bounded(limit);
        let step = |statement: &str| self.expand(&statement.replace("{bounded}", &bounded));
        Statements {
            load: step(include_str!("steps/load.sql")),
            lease: step(include_str!("steps/lease.sql")),
            renew: step(include_str!("steps/renew.sql")),
            release: step(include_str!("steps/release.sql")),
            journal: step(include_str!("steps/journal.sql")),
            commit: step(include_str!("steps/commit.sql")),
            offer: step(include_str!("steps/offer.sql")),
            refused: step(include_str!("steps/refused.sql")),
            clear: step(include_str!("steps/clear.sql")),
            replace: step(include_str!("steps/replace.sql")),
        }
    }

    /// A statement with the names in place of `{sessions}` and the like. The names come last: they may contain braces.
    pub(super) fn expand(&self, statement: &str) -> String {
        let mut statement = statement
            .replace("{leased}", LEASED)
            .replace("{remaining}", REMAINING)
            .replace("{durable}", DURABLE)
            .replace("{now}", NOW);
        for parameter in ["$2", "$4", "$6", "$7"] {
            let call = format!("pg_notify({parameter}, $1)::text");
            statement = statement.replace(&format!("{{notify({parameter})}}"), &call);
        }
        let without_sessions = |part: &str| {
            let parts: Vec<String> = part
                .split("{quotas}")
                .map(|part| part.replace("{migrations}", &self.migrations()))
                .collect();
            parts.join(&self.quotas())
        };
        let parts: Vec<String> = statement.split("{sessions}").map(without_sessions).collect();
        parts.join(&self.sessions())
    }
}

/// An identifier in quotes: whatever is in it is part of the name.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        let tables = Tables::new("a\"; DROP", "x{now}{sessions}").unwrap();
        assert_eq!(tables.sessions(), "\"a\"\"; DROP\".\"x{now}{sessions}\"");
        let load = tables.statements(Duration::from_secs(5)).load;
        assert!(load.contains(&format!("FROM {} AS stored", tables.sessions())), "{load}");
    }

    #[test]
    fn a_name_that_would_be_cut_off_is_refused() {
        let longest = "t".repeat(52);
        assert!(Tables::new(&"s".repeat(63), &longest).is_ok());
        assert!(Tables::new("s", &longest).unwrap().migrations().len() == 63 + 6);
        for (schema, table) in [
            ("s", format!("{longest}t")),
            ("", longest.clone()),
            ("s\0", longest.clone()),
            ("s", String::new()),
        ] {
            assert!(Tables::new(schema, &table).is_err(), "{schema} {table}");
        }
    }

    #[test]
    fn no_placeholder_is_left_in_a_statement() {
        let limit = Duration::from_secs(5);
        let all = format!("{:?}", Tables::new(SCHEMA, TABLE).unwrap().statements(limit));
        let statements = all.trim_start_matches("Statements {").trim_end_matches('}');
        assert!(!statements.contains(['{', '}']), "{statements}");
        // Every statement that writes.
        assert_eq!(statements.matches("'lock_timeout', '4000ms'").count(), 8);
    }
}
