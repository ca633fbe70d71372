use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    contract::{JournalEntry, Lease, LeaseDecision, LeaseOwner, RefreshAttempt, StoredSession},
    key::SessionKey,
};
use crate::{
    CredentialVersion, IdToken, RefreshTokenHash, Secret, StoreError, Tokens, clock::millis,
};

/// The record of one session, with the store contract as steps on it.
///
/// A store that can run one step atomically (under a lock, in a transaction) needs nothing else: read the
/// record, take the step, write it back. The memory and file stores do so, and the model check explores the
/// same steps. `now_ms` is the store's time of day, in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionRecord {
    version: u64,
    fence: u64,
    lease: Option<HeldLease>,
    journal: Option<DatedAttempt>,
    tokens: Option<StoredTokens>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct HeldLease {
    owner: LeaseOwner,
    since_ms: u64,
    ttl_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct DatedAttempt {
    attempt: RefreshAttempt,
    at_ms: u64,
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct StoredTokens {
    access: String,
    refresh: Option<String>,
    lifetime_ms: Option<u64>,
    scopes: Vec<String>,
    /// Absent in records of earlier releases, like the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    binding: Option<String>,
    /// Absent in records of earlier releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    at_ms: u64,
}

impl std::fmt::Debug for StoredTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredTokens").field("at_ms", &self.at_ms).finish_non_exhaustive()
    }
}

impl StoredTokens {
    pub(super) fn new(tokens: &Tokens, now_ms: u64) -> Self {
        Self {
            access: tokens.access.expose().to_owned(),
            refresh: tokens.refresh.as_ref().map(|refresh| refresh.expose().to_owned()),
            lifetime_ms: tokens.lifetime.map(millis),
            scopes: tokens.scopes.clone(),
            binding: tokens.binding.clone(),
            id_token: tokens.id_token.as_ref().map(|token| token.expose().to_owned()),
            at_ms: now_ms,
        }
    }

    pub(super) fn to_tokens(&self) -> Tokens {
        Tokens {
            access: Secret::from(self.access.as_str()),
            refresh: self.refresh.as_deref().map(Secret::from),
            lifetime: self.lifetime_ms.map(Duration::from_millis),
            scopes: self.scopes.clone(),
            binding: self.binding.clone(),
            id_token: self.id_token.as_deref().map(Secret::from).map(IdToken::from),
        }
    }
}

impl Drop for StoredTokens {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.access.zeroize();
        self.refresh.zeroize();
        self.id_token.zeroize();
    }
}

impl HeldLease {
    /// The milliseconds that are left. A lease from the future means that the clock was set back; it counts as
    /// run out, rather than as valid for as long as the clock was set back.
    fn remaining(&self, now_ms: u64) -> u64 {
        if self.since_ms > now_ms.saturating_add(self.ttl_ms) {
            return 0;
        }
        self.since_ms.saturating_add(self.ttl_ms).saturating_sub(now_ms)
    }
}

/// An unknown date.
const UNKNOWN: u64 = u64::MAX;

/// How long ago a date was. A date in the future only shows that the clock was set back.
fn age(at_ms: u64, now_ms: u64) -> Duration {
    now_ms.checked_sub(at_ms).map_or(Duration::MAX, Duration::from_millis)
}

impl SessionRecord {
    /// The record that replaces one that cannot be read. Its version and fence are the time in milliseconds,
    /// which is higher than counting ever gets, so that earlier leases and versions are rejected.
    pub fn replacing_unreadable(now_ms: u64) -> Self {
        Self { version: now_ms, fence: now_ms, ..Self::default() }
    }

    /// The session, as [`crate::TokenStore::load`] returns it; `None` if nothing was ever stored.
    pub fn load(&self, now_ms: u64) -> Option<StoredSession> {
        if self.version == 0 {
            return None;
        }
        Some(StoredSession {
            version: CredentialVersion(self.version),
            tokens: self.tokens.as_ref().map(StoredTokens::to_tokens),
            age: self.tokens.as_ref().map_or(Duration::ZERO, |stored| age(stored.at_ms, now_ms)),
            journal: self.journal.as_ref().map(|written| JournalEntry {
                attempt: written.attempt.clone(),
                age: age(written.at_ms, now_ms),
            }),
        })
    }

    /// [`crate::TokenStore::lease`].
    pub fn lease(
        &mut self,
        key: &SessionKey,
        owner: &LeaseOwner,
        ttl: Duration,
        now_ms: u64,
    ) -> LeaseDecision {
        if let Some(held) = self.lease.as_ref().filter(|held| held.owner != *owner) {
            let remaining = held.remaining(now_ms);
            if remaining > 0 {
                return LeaseDecision::Held { remaining: Duration::from_millis(remaining) };
            }
        }
        self.forget_future_dates(now_ms);
        self.fence = self.fence.saturating_add(1);
        self.lease =
            Some(HeldLease { owner: owner.clone(), since_ms: now_ms, ttl_ms: millis(ttl) });
        LeaseDecision::Granted(Lease { key: key.clone(), owner: owner.clone(), fence: self.fence })
    }

    /// [`crate::TokenStore::renew`].
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn renew(&mut self, lease: &Lease, ttl: Duration, now_ms: u64) -> Result<(), StoreError> {
        self.check(lease, now_ms)?;
        self.lease =
            Some(HeldLease { owner: lease.owner.clone(), since_ms: now_ms, ttl_ms: millis(ttl) });
        Ok(())
    }

    /// [`crate::TokenStore::release`]; returns whether the record changed.
    pub fn release(&mut self, lease: &Lease) -> bool {
        let ours = self.fence == lease.fence
            && self.lease.as_ref().is_some_and(|held| held.owner == lease.owner);
        if ours {
            self.lease = None;
        }
        ours
    }

    /// [`crate::TokenStore::journal`].
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    pub fn journal(
        &mut self,
        lease: &Lease,
        attempt: Option<&RefreshAttempt>,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        self.check(lease, now_ms)?;
        self.journal = attempt.map(|attempt| {
            // An attempt keeps its first date when its state changes: the provider's replay window begins when
            // the refresh token is first sent.
            let first = self.journal.as_ref().filter(|old| old.attempt.refresh == attempt.refresh);
            let at_ms = first.map_or(now_ms, |old| old.at_ms);
            DatedAttempt { attempt: attempt.clone(), at_ms }
        });
        Ok(())
    }

    /// [`crate::TokenStore::commit`].
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::VersionConflict`].
    pub fn commit(
        &mut self,
        lease: &Lease,
        expected: CredentialVersion,
        tokens: &Tokens,
        now_ms: u64,
    ) -> Result<CredentialVersion, StoreError> {
        self.check(lease, now_ms)?;
        if self.version != expected.0 {
            return Err(self.moved());
        }
        Ok(self.replace(tokens, now_ms))
    }

    /// [`crate::TokenStore::offer`].
    ///
    /// # Errors
    /// [`StoreError::VersionConflict`].
    pub fn offer(
        &mut self,
        attempt: &RefreshAttempt,
        tokens: &Tokens,
        now_ms: u64,
    ) -> Result<CredentialVersion, StoreError> {
        let stored = self.tokens.as_ref().and_then(|stored| stored.refresh.as_deref());
        let same = stored.map(|refresh| RefreshTokenHash::of(&Secret::from(refresh)))
            == Some(attempt.refresh);
        // The hash alone is not enough: some providers return the same refresh token again.
        if !same || self.version != attempt.version.0 {
            return Err(self.moved());
        }
        Ok(self.replace(tokens, now_ms))
    }

    /// [`crate::TokenStore::clear`].
    pub fn clear(&mut self) {
        self.version = self.version.saturating_add(1);
        self.tokens = None;
        self.journal = None;
    }

    /// The version of the tokens; zero before the first.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// A date that was once in the future stays unknown, even when the clock reaches it.
    fn forget_future_dates(&mut self, now_ms: u64) {
        let journal = self.journal.as_mut().map(|written| &mut written.at_ms);
        let tokens = self.tokens.as_mut().map(|stored| &mut stored.at_ms);
        for at_ms in journal.into_iter().chain(tokens) {
            if *at_ms > now_ms {
                *at_ms = UNKNOWN;
            }
        }
    }

    fn check(&self, lease: &Lease, now_ms: u64) -> Result<(), StoreError> {
        let held = self.lease.as_ref().filter(|held| held.owner == lease.owner);
        if self.fence == lease.fence && held.is_some_and(|held| held.remaining(now_ms) > 0) {
            Ok(())
        } else {
            Err(StoreError::LeaseLost)
        }
    }

    fn moved(&self) -> StoreError {
        StoreError::VersionConflict { found: CredentialVersion(self.version) }
    }

    fn replace(&mut self, tokens: &Tokens, now_ms: u64) -> CredentialVersion {
        self.version = self.version.saturating_add(1);
        self.journal = None;
        self.tokens = Some(StoredTokens::new(tokens, now_ms));
        CredentialVersion(self.version)
    }
}
