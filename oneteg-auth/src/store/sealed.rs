//! What a database holds of a session: numbers that its server compares, and two sealed values that it cannot read.
//!
//! | Value | Sealed | Why |
//! |---|---|---|
//! | tokens | yes, under the session's name and the version | read access to the database must not give a session away |
//! | journal entry | yes, under the session's name | an entry of another session must not be taken for one of this |
//! | version, fence, owner and end of the lease, dates | no | the server compares or sets them |
//! | hash of the refresh token, of the tokens and of the journal entry | no | the server compares them; [`RefreshTokenHash`] reveals nothing |
//!
//! Write access to the database is therefore enough to end a session or to delay its refresh, and not enough to
//! read tokens or to replace them: sealed values that were altered or moved do not open, and the hashes in clear are
//! compared with what is sealed.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{
    contract::{JournalEntry, RefreshAttempt, StoredSession},
    key::SessionKey,
    record::StoredTokens,
    sealing::SealingKeys,
};
use crate::{CredentialVersion, RefreshTokenHash, StoreError, Tokens, random};

/// A session as a database returns it.
#[derive(Debug, Default)]
pub(super) struct SealedSession {
    pub(super) version: u64,
    pub(super) tokens: Option<SealedValue>,
    pub(super) journal: Option<SealedValue>,
}

/// Tokens or a journal entry.
#[derive(Debug)]
pub(super) struct SealedValue {
    pub(super) sealed: Vec<u8>,
    /// The refresh token's hash in clear, as [`hash_text`] writes it; empty without a refresh token.
    pub(super) refresh: String,
    /// How long ago it was written, by the server's clock; negative if that clock was set back.
    pub(super) age_ms: i64,
}

/// The text of a hash in a database.
pub(super) fn hash_text(hash: Option<RefreshTokenHash>) -> String {
    hash.map(|hash| random::hex(&hash.to_bytes())).unwrap_or_default()
}

/// Seals tokens that will have this version.
pub(super) fn seal_tokens(
    keys: &SealingKeys,
    key: &SessionKey,
    version: CredentialVersion,
    tokens: &Tokens,
) -> Result<Vec<u8>, StoreError> {
    seal(keys, key, version.0, &StoredTokens::new(tokens, 0))
}

/// Seals a journal entry.
pub(super) fn seal_attempt(
    keys: &SealingKeys,
    key: &SessionKey,
    attempt: &RefreshAttempt,
) -> Result<Vec<u8>, StoreError> {
    seal(keys, &journal_key(key), attempt.version.0, attempt)
}

impl SealedSession {
    /// Opens both values; `None` if nothing was ever stored.
    ///
    /// # Errors
    /// [`StoreError`] if a value was altered or moved, or is sealed with an unknown key.
    pub(super) fn open(
        &self,
        keys: &SealingKeys,
        key: &SessionKey,
    ) -> Result<Option<StoredSession>, StoreError> {
        if self.version == 0 {
            return Ok(None);
        }
        let mut session = StoredSession::new(CredentialVersion(self.version));
        if let Some(value) = &self.tokens {
            let (tokens, version): (StoredTokens, u64) = open(keys, key, &value.sealed)?;
            let tokens = tokens.to_tokens();
            if version != self.version || hash_text(tokens.refresh_hash()) != value.refresh {
                return Err(StoreError::Tampered);
            }
            session = session.with_tokens(tokens, age(value.age_ms));
        }
        if let Some(value) = &self.journal {
            let (attempt, version): (RefreshAttempt, u64) =
                open(keys, &journal_key(key), &value.sealed)?;
            let same = hash_text(Some(attempt.refresh)) == value.refresh;
            if version != attempt.version.0 || !same {
                return Err(StoreError::Tampered);
            }
            session = session.with_journal(JournalEntry::new(attempt, age(value.age_ms)));
        }
        Ok(Some(session))
    }
}

/// A date in the future only shows that the server's clock was set back.
fn age(age_ms: i64) -> Duration {
    u64::try_from(age_ms).map_or(Duration::MAX, Duration::from_millis)
}

/// Tokens and journal entry are sealed under different names, so that neither can stand in for the other.
fn journal_key(key: &SessionKey) -> SessionKey {
    SessionKey::new(format!("{}\0journal", key.as_str()))
}

fn seal(
    keys: &SealingKeys,
    key: &SessionKey,
    version: u64,
    value: &impl serde::Serialize,
) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(value).map_err(|_| StoreError::NotASessionRecord)?;
    keys.seal(key, version, &Zeroizing::new(plain))
}

/// The message of a parse error is dropped, because it may quote a token.
fn open<T: serde::de::DeserializeOwned>(
    keys: &SealingKeys,
    key: &SessionKey,
    sealed: &[u8],
) -> Result<(T, u64), StoreError> {
    let (plain, version) = keys.open(key, sealed)?;
    let value = serde_json::from_slice(&plain).map_err(|_| StoreError::Tampered)?;
    Ok((value, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LeaseOwner, SealingKey, Secret};

    fn keys() -> SealingKeys {
        SealingKeys::new(SealingKey::new("k1", [7; 32]).unwrap())
    }

    fn value(sealed: Vec<u8>, refresh: Option<RefreshTokenHash>) -> SealedValue {
        SealedValue { sealed, refresh: hash_text(refresh), age_ms: 1500 }
    }

    /// A session with tokens of version 3 and a journal entry.
    fn session(keys: &SealingKeys, key: &SessionKey) -> SealedSession {
        let tokens = Tokens::new("access").with_refresh("refresh").with_scopes(["a", "b"]);
        let hash = tokens.refresh_hash();
        let attempt =
            RefreshAttempt::new(LeaseOwner::new("me"), hash.unwrap(), CredentialVersion(3));
        let sealed = seal_tokens(keys, key, CredentialVersion(3), &tokens).unwrap();
        SealedSession {
            version: 3,
            tokens: Some(value(sealed, hash)),
            journal: Some(value(seal_attempt(keys, key, &attempt).unwrap(), hash)),
        }
    }

    #[test]
    fn a_session_opens_as_it_was_sealed() {
        let (keys, key) = (keys(), SessionKey::new("acme"));
        let session = session(&keys, &key).open(&keys, &key).unwrap().unwrap();
        let tokens = session.tokens.unwrap();
        assert_eq!(tokens.access.expose(), "access");
        assert_eq!(tokens.refresh.as_ref().map(Secret::expose), Some("refresh"));
        assert_eq!((tokens.scopes.len(), session.age), (2, Duration::from_millis(1500)));
        assert_eq!(session.journal.unwrap().attempt.owner.as_str(), "me");
        assert!(SealedSession::default().open(&keys, &key).unwrap().is_none());
    }

    #[test]
    fn what_was_altered_or_moved_does_not_open() {
        type Change = fn(&mut SealedSession);
        let changes: [(&str, Change); 7] = [
            ("version", |session| session.version = 4),
            ("hash of the tokens", |session| session.tokens.as_mut().unwrap().refresh.clear()),
            ("hash of the entry", |session| session.journal.as_mut().unwrap().refresh.push('0')),
            ("a bit", |session| session.tokens.as_mut().unwrap().sealed[120] ^= 1),
            ("the end", |session| {
                session.journal.as_mut().unwrap().sealed.pop();
            }),
            ("nothing left", |session| session.tokens.as_mut().unwrap().sealed.clear()),
            ("tokens and entry", |session| {
                std::mem::swap(&mut session.tokens, &mut session.journal);
            }),
        ];
        let (keys, key) = (keys(), SessionKey::new("acme"));
        for (what, change) in changes {
            let mut session = session(&keys, &key);
            change(&mut session);
            assert!(session.open(&keys, &key).is_err(), "{what}");
        }
        let other = SessionKey::new("other");
        let error = session(&keys, &key).open(&keys, &other).unwrap_err();
        assert!(matches!(error, StoreError::Tampered), "{error}");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_the_age_unknown() {
        let (keys, key) = (keys(), SessionKey::new("acme"));
        let mut session = session(&keys, &key);
        session.tokens.as_mut().unwrap().age_ms = -1;
        assert_eq!(session.open(&keys, &key).unwrap().unwrap().age, Duration::MAX);
    }
}
