//! Values in PostgreSQL, read and written by statements.

use std::sync::Arc;

use oneteg_auth::{PostgresStore, SealingKeys, SessionKey, TokenStore};
use oneteg_test_peers::PostgresServer;
use tokio_postgres::{Client, NoTls, types::ToSql};

use crate::{
    edits::Values,
    suite::{Database, run},
};

const NUMBERS: [&str; 6] =
    ["version", "fence", "lease_since", "lease_ttl", "tokens_at", "journal_at"];
const BYTES: [&str; 3] = ["lease_owner", "tokens", "journal"];
const TEXTS: [&str; 2] = ["tokens_hash", "journal_hash"];

struct Postgres {
    server: PostgresServer,
    client: Client,
}

impl Database for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn open(&self, keys: SealingKeys) -> Arc<dyn TokenStore> {
        Arc::new(PostgresStore::open(self.server.url(), keys).await.unwrap())
    }

    async fn read(&self, key: &SessionKey) -> Values {
        let id = PostgresStore::row_id(key);
        let query = "SELECT * FROM oneteg.sessions WHERE id = $1";
        let Some(row) = self.client.query_opt(query, &[&id]).await.unwrap() else {
            return Values::new();
        };
        let mut values = Values::new();
        for name in NUMBERS {
            let number: Option<i64> = row.get(name);
            values.insert(name.to_owned(), number.map(|number| number.to_string().into_bytes()));
        }
        for name in BYTES {
            values.insert(name.to_owned(), row.get(name));
        }
        for name in TEXTS {
            let text: Option<String> = row.get(name);
            values.insert(name.to_owned(), text.map(String::into_bytes));
        }
        values
    }

    async fn write(&self, key: &SessionKey, values: &Values) -> bool {
        let mut parameters: Vec<Box<dyn ToSql + Sync>> = vec![Box::new(PostgresStore::row_id(key))];
        let mut assignments = Vec::new();
        for (name, value) in values {
            parameters.push(if NUMBERS.contains(&name.as_str()) {
                let text = value.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                match text.map(|text| text.parse::<i64>()).transpose() {
                    Ok(number) => Box::new(number),
                    // Not a number: the server would refuse it, too.
                    Err(_) => return false,
                }
            } else if TEXTS.contains(&name.as_str()) {
                match value.clone().map(String::from_utf8).transpose() {
                    Ok(text) => Box::new(text),
                    Err(_) => return false,
                }
            } else {
                Box::new(value.clone())
            });
            assignments.push(format!("{name} = ${}", parameters.len()));
        }
        let update = format!("UPDATE oneteg.sessions SET {} WHERE id = $1", assignments.join(", "));
        let parameters: Vec<&(dyn ToSql + Sync)> =
            parameters.iter().map(|parameter| &**parameter).collect();
        // The table's constraints refuse some edits.
        self.client.execute(&update, &parameters).await.is_ok()
    }
}

#[tokio::test]
async fn r14_edited_values_in_postgres_are_typed_errors_or_harmless() {
    let Some(server) = PostgresServer::start() else { return };
    PostgresStore::migrate(server.url()).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    run(&Postgres { server, client }).await;
}
