//! The stores under test, in a form that a separate process can open.

use std::sync::Arc;

use oneteg_auth::{FileStore, SealingKey, SealingKeys, TokenStore};
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
