//! A PostgreSQL server for a test program, and stores in it.

#![allow(dead_code, unreachable_pub, reason = "each test program uses a part")]

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

use oneteg_auth::{
    CredentialVersion, Lease, LeaseDecision, LeaseOwner, PostgresStore, PostgresStoreBuilder,
    SealingKey, SealingKeys, SessionKey, TokenStore, Tokens,
};
use oneteg_test_peers::PostgresServer;

pub const HOUR: Duration = Duration::from_secs(3600);

/// The server that the tests of a program share, each with its schema. It ends with the program.
pub fn shared_server() -> Option<&'static PostgresServer> {
    static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
    SERVER.get_or_init(PostgresServer::start).as_ref()
}

pub fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::new("k1", [1; 32]).unwrap())
}

/// The settings of a store in this schema.
pub fn settings(server: &PostgresServer, schema: &str) -> PostgresStoreBuilder {
    PostgresStore::builder(server.url()).schema(schema)
}

/// A store in a new schema.
pub async fn new_store(server: &PostgresServer, schema: &str) -> PostgresStore {
    let settings = settings(server, schema);
    settings.migrate().await.unwrap();
    settings.open(keys()).await.unwrap()
}

pub fn owner(name: &str) -> LeaseOwner {
    LeaseOwner::new(name)
}

pub async fn granted(store: &dyn TokenStore, key: &SessionKey, by: &str, ttl: Duration) -> Lease {
    match store.lease(key, &owner(by), ttl).await.unwrap() {
        LeaseDecision::Granted(lease) => lease,
        other => panic!("{other:?}"),
    }
}

pub fn tokens(name: &str) -> Tokens {
    Tokens::new(format!("canary-access-{name}"))
        .with_refresh(format!("canary-refresh-{name}"))
        .with_lifetime(HOUR)
}

/// Stores these tokens over whatever is there.
pub async fn store_session(store: &dyn TokenStore, key: &SessionKey, name: &str) {
    let lease = granted(store, key, "setup", HOUR).await;
    let version = store.load(key).await.unwrap().map_or(CredentialVersion(0), |it| it.version);
    store.commit(&lease, version, &tokens(name)).await.unwrap();
    store.release(&lease).await.unwrap();
}

/// The access token that is stored.
pub async fn stored(store: &dyn TokenStore, key: &SessionKey) -> Option<String> {
    let tokens = store.load(key).await.unwrap()?.tokens;
    tokens.map(|tokens| tokens.access.expose().to_owned())
}

/// A `psql` that keeps a transaction open until it is dropped.
pub struct Transaction {
    psql: Child,
}

impl Transaction {
    /// Begins one with these statements, and returns when they have run.
    pub fn begin(server: &PostgresServer, statements: &str) -> Self {
        Self::try_begin(server, statements).unwrap_or_else(|| panic!("psql ended"))
    }

    /// The same; `None` if the server refuses it.
    pub fn try_begin(server: &PostgresServer, statements: &str) -> Option<Self> {
        let mut psql = Command::new(server.programs().join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(psql.stdout.take().unwrap()).lines();
        // Fails if the server refused the connection.
        let _ = writeln!(psql.stdin.as_mut().unwrap(), "BEGIN; {statements};\n\\echo done");
        let transaction = Self { psql };
        lines.map_while(Result::ok).any(|line| line == "done").then_some(transaction)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        drop(self.psql.stdin.take());
        let _ = self.psql.wait();
    }
}
