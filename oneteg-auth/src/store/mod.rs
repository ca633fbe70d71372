//! Where sessions are kept: the contract, and the stores in this crate.

mod changes;
mod contract;
mod file;
mod folder;
mod key;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod sealed;
mod sealing;

#[cfg(feature = "test-hooks")]
pub(crate) use self::file::decode;
#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresMigration, PostgresStore, PostgresStoreBuilder};
#[cfg(feature = "redis")]
pub use self::redis::{RedisDurability, RedisStore, RedisStoreBuilder};
pub use self::{
    changes::{ChangeNotifier, SessionChanges},
    contract::{
        JournalEntry, Lease, LeaseDecision, LeaseOwner, RefreshAttempt, RefreshAttemptState,
        StoredSession, TokenStore,
    },
    file::FileStore,
    key::SessionKey,
    memory::MemoryStore,
    record::SessionRecord,
    sealing::{SealingKey, SealingKeys},
};
