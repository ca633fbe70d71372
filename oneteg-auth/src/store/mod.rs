//! Where sessions are kept: the contract, and the stores in this crate.

mod contract;
mod file;
mod folder;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
mod record;
mod sealing;

#[cfg(feature = "test-hooks")]
pub(crate) use self::file::decode;
pub use self::{
    contract::{
        JournalEntry, Lease, LeaseDecision, LeaseOwner, RefreshAttempt, RefreshAttemptState,
        SessionKey, StoredSession, TokenStore,
    },
    file::FileStore,
    memory::MemoryStore,
    record::SessionRecord,
    sealing::{SealingKey, SealingKeys},
};
