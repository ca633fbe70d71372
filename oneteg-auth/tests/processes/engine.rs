//! The stores under test, in a form that a separate process can open.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use oneteg_auth::{Clock, FileStore, SealingKey, SealingKeys, SessionKey, SystemClock, TokenStore};
use oneteg_test_kit::ObservedStore;

/// A store that outlives the processes which use it.
pub(crate) enum Engine {
    File(tempfile::TempDir),
    #[cfg(feature = "redis")]
    Redis(oneteg_test_peers::RedisServer),
    #[cfg(feature = "redis")]
    Sentinel(oneteg_test_peers::SentinelGroup),
    #[cfg(feature = "postgres")]
    Postgres(oneteg_test_peers::PostgresServer),
}

fn keys() -> SealingKeys {
    SealingKeys::new(SealingKey::new("test", [9; 32]).unwrap())
}

impl Engine {
    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    /// `None`, and `SKIPPED` on the terminal, without the server. The next ones too.
    #[cfg(feature = "redis")]
    pub(crate) fn redis() -> Option<Self> {
        oneteg_test_peers::RedisServer::start().map(Self::Redis)
    }

    #[cfg(feature = "redis")]
    pub(crate) fn sentinel() -> Option<Self> {
        oneteg_test_peers::SentinelGroup::start().map(Self::Sentinel)
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn postgres() -> Option<Self> {
        // Up to five connections for each of 80 processes.
        let server = oneteg_test_peers::PostgresServer::start_with(&["max_connections=500"])?;
        // A client spends a tenth of a second to derive a key from a password, without optimisation. Eighty of them would
        // measure that.
        let rules = server.folder().join("data/pg_hba.conf");
        std::fs::write(rules, "host all all 127.0.0.1/32 trust\n").unwrap();
        server.sql("select pg_reload_conf()").unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(oneteg_auth::PostgresStore::migrate(server.url())).unwrap();
        Some(Self::Postgres(server))
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            #[cfg(feature = "redis")]
            Self::Redis(_) => "Redis",
            #[cfg(feature = "redis")]
            Self::Sentinel(_) => "Redis Sentinel",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The place of a case's sessions, for [`open`]. A file store has a folder for each case, so that a test can see
    /// what is left in it.
    pub(crate) fn place(&self, case: &str) -> String {
        match self {
            Self::File(folder) => folder.path().join(case).display().to_string(),
            #[cfg(feature = "redis")]
            Self::Redis(server) => server.url(),
            #[cfg(feature = "redis")]
            Self::Sentinel(group) => group.url(),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.url(),
        }
    }
}

impl Engine {
    /// Makes the lease and the journal entry of a session older. For files, the next process has a clock that is ahead
    /// instead, see [`open_later`].
    pub(crate) fn let_time_pass(&self, key: &SessionKey, by: Duration) {
        let _ = (key, by);
        match self {
            Self::File(_) => {}
            #[cfg(feature = "redis")]
            Self::Redis(server) => set_back(server, key, by),
            #[cfg(feature = "redis")]
            Self::Sentinel(group) => set_back(group.primary(), key, by),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => {
                let (id, ms) = (oneteg_auth::PostgresStore::row_id(key), by.as_millis());
                server
                    .sql(&format!(
                        "UPDATE oneteg.sessions SET journal_at = journal_at - {ms}, \
                         lease_since = lease_since - {ms} WHERE id = '{id}'"
                    ))
                    .unwrap();
            }
        }
    }
}

#[cfg(feature = "redis")]
fn set_back(server: &oneteg_test_peers::RedisServer, key: &SessionKey, by: Duration) {
    let name = format!("oneteg:session:{}", key.as_str());
    let change = -i64::try_from(by.as_millis()).unwrap();
    for field in ["journal_at", "leased_at"] {
        // Empty without an entry or a lease.
        if !server.command(&["hget", &name, field]).is_empty() {
            let at = server.command(&["hincrby", &name, field, &change.to_string()]);
            assert!(at.parse::<u64>().is_ok_and(|at| at > 0), "{at}");
        }
    }
}

/// A system clock that is ahead.
#[derive(Debug)]
struct Ahead(Duration);

impl Clock for Ahead {
    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }

    fn wall(&self) -> SystemTime {
        SystemClock.wall() + self.0
    }
}

/// As [`open`], for files with a clock that is ahead.
pub(crate) async fn open_later(place: &str, by: Duration) -> Arc<dyn TokenStore> {
    if place.starts_with('/') {
        return Arc::new(FileStore::with_clock(place, keys(), Arc::new(Ahead(by))).unwrap());
    }
    open(place).await
}

/// Opens the store at a place.
pub(crate) async fn open(place: &str) -> Arc<dyn TokenStore> {
    #[cfg(feature = "redis")]
    if place.starts_with("redis") {
        return Arc::new(oneteg_auth::RedisStore::open(place, keys()).unwrap());
    }
    #[cfg(feature = "postgres")]
    if place.starts_with("postgres") {
        return Arc::new(oneteg_auth::PostgresStore::open(place, keys()).await.unwrap());
    }
    Arc::new(FileStore::open(place, keys()).unwrap())
}

/// As [`open`], with an observer of the steps; a file store also reports how it writes.
pub(crate) async fn open_observed(
    place: &str,
    observer: impl Fn(&str) + Send + Sync + 'static,
) -> Arc<dyn TokenStore> {
    if place.starts_with('/') {
        let store = FileStore::open(place, keys()).unwrap();
        return Arc::new(ObservedStore::of_files(store, observer));
    }
    Arc::new(ObservedStore::new(open(place).await, observer))
}
