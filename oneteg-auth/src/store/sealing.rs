use std::{fmt, sync::Arc};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use zeroize::{Zeroize, Zeroizing};

use super::key::SessionKey;
use crate::{StoreError, random};

/// The newest record schema this release reads and writes.
const SCHEMA: u32 = 1;
const MAGIC: &str = "oneteg-session";
/// The key identifier of a record that is not sealed.
const UNSEALED: &str = "-";
/// The longest header that is read. A longer first line is not ours.
const MAX_HEADER: usize = 256;

/// A 256-bit key that seals sessions at rest, with the identifier by which records name it.
#[derive(Clone)]
pub struct SealingKey {
    id: String,
    bytes: Arc<KeyBytes>,
}

struct KeyBytes([u8; 32]);

impl Drop for KeyBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl SealingKey {
    /// A key from 32 random bytes, not a pass phrase.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] for an identifier that is not 1 to 64 letters, digits, `_` or `.`.
    pub fn new(id: impl Into<String>, bytes: [u8; 32]) -> Result<Self, StoreError> {
        let bytes = KeyBytes(bytes);
        let id = id.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
            return Err(StoreError::InvalidKey {
                reason: "its identifier is not 1 to 64 letters, digits, '_' or '.'",
            });
        }
        Ok(Self { id, bytes: Arc::new(bytes) })
    }

    /// A new key from the operating system's random generator. Keep [`SealingKey::expose`] in a safe place.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] as [`SealingKey::new`], or if there is no randomness.
    pub fn generate(id: impl Into<String>) -> Result<Self, StoreError> {
        let bytes = random::bytes()
            .map_err(|_| StoreError::InvalidKey { reason: "the system gave no randomness" })?;
        Self::new(id, bytes)
    }

    /// The key itself, to store it in a safe place. Review every call.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes.0
    }

    /// The identifier.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keys that a store seals and opens records with.
///
/// A record is sealed with XChaCha20-Poly1305. Its header (schema, key identifier, version) and the
/// session's name are authenticated with it, so a record that is altered, cut off or moved to another session
/// does not open. To rotate keys, make the new one current and keep the old one: every write seals with the
/// current key.
///
/// ```
/// use oneteg_auth::{SealingKey, SealingKeys};
///
/// let keys = SealingKeys::new(SealingKey::new("2026", [2; 32])?)
///     .with_old(SealingKey::new("2025", [1; 32])?);
/// # let _ = keys;
/// # Ok::<(), oneteg_auth::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SealingKeys {
    /// `None`: records are stored as plain text.
    current: Option<SealingKey>,
    old: Vec<SealingKey>,
}

/// The first line of a record.
struct Header<'a> {
    key_id: &'a str,
    version: u64,
    nonce: [u8; 24],
}

impl SealingKeys {
    /// One key for everything.
    pub fn new(current: SealingKey) -> Self {
        Self { current: Some(current), old: Vec::new() }
    }

    /// Adds a key that older records may be sealed with.
    #[must_use]
    pub fn with_old(mut self, key: SealingKey) -> Self {
        self.old.push(key);
        self
    }

    /// No sealing: anyone who can read a record has the session. Only the file's mode protects it.
    pub fn plain_text() -> Self {
        Self { current: None, old: Vec::new() }
    }

    /// Whether records are sealed at all.
    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(super) fn is_sealing(&self) -> bool {
        self.current.is_some()
    }

    /// Seals one record.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] if there is no randomness for the nonce.
    pub fn seal(
        &self,
        key: &SessionKey,
        version: u64,
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; 24] = random::bytes()
            .map_err(|_| StoreError::InvalidKey { reason: "the system gave no randomness" })?;
        let key_id = self.current.as_ref().map_or(UNSEALED, SealingKey::id);
        let line = format!("{MAGIC} {SCHEMA} {key_id} {version} {}", random::hex(&nonce));
        let mut record = line.clone().into_bytes();
        record.push(b'\n');
        match &self.current {
            None => record.extend_from_slice(plain),
            Some(current) => {
                let aad = associated(line.as_bytes(), key);
                let sealed = cipher(current)
                    .encrypt(&nonce.into(), Payload { msg: plain, aad: &aad })
                    .map_err(|_| StoreError::InvalidKey { reason: "the record is too long" })?;
                record.extend_from_slice(&sealed);
            }
        }
        Ok(record)
    }

    /// Opens a record and returns its content and version. No bytes make it panic.
    ///
    /// # Errors
    /// [`StoreError::NotASessionRecord`], [`StoreError::NewerSchema`], [`StoreError::UnknownKey`] or
    /// [`StoreError::Tampered`].
    pub fn open(
        &self,
        key: &SessionKey,
        record: &[u8],
    ) -> Result<(Zeroizing<Vec<u8>>, u64), StoreError> {
        let first = record.iter().take(MAX_HEADER).position(|byte| *byte == b'\n');
        let (line, body) = record.split_at(first.ok_or(StoreError::NotASessionRecord)?);
        let header = parse_header(line)?;
        let body = body.get(1..).unwrap_or_default();
        if header.key_id == UNSEALED {
            // A store with a key must not accept an unsealed record: anybody could have written it.
            if self.current.is_some() {
                return Err(StoreError::UnknownKey { key_id: UNSEALED.to_owned() });
            }
            return Ok((Zeroizing::new(body.to_vec()), header.version));
        }
        let sealing = self
            .current
            .iter()
            .chain(&self.old)
            .find(|candidate| candidate.id == header.key_id)
            .ok_or_else(|| StoreError::UnknownKey { key_id: header.key_id.to_owned() })?;
        let aad = associated(line, key);
        let plain = cipher(sealing)
            .decrypt(&header.nonce.into(), Payload { msg: body, aad: &aad })
            .map_err(|_| StoreError::Tampered)?;
        Ok((Zeroizing::new(plain), header.version))
    }
}

fn cipher(key: &SealingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

/// What is authenticated in addition to the content: the exact header, so that no other spelling of the same
/// values opens, and the session's name.
fn associated(line: &[u8], key: &SessionKey) -> Vec<u8> {
    [line, b"\n", key.as_str().as_bytes()].concat()
}

/// The version in the header of a record, unverified: enough to see that it has changed.
#[cfg(unix)]
pub(super) fn stored_version(mut record: impl std::io::Read) -> Option<u64> {
    let mut start = [0; MAX_HEADER];
    // A header is shorter than any part that a file system returns.
    let read = record.read(&mut start).ok()?;
    let line = start.get(..read)?.split(|byte| *byte == b'\n').next()?;
    Some(parse_header(line).ok()?.version)
}

fn parse_header(line: &[u8]) -> Result<Header<'_>, StoreError> {
    let line = std::str::from_utf8(line).map_err(|_| StoreError::NotASessionRecord)?;
    let mut words = line.split(' ');
    if words.next() != Some(MAGIC) {
        return Err(StoreError::NotASessionRecord);
    }
    let number = |word: Option<&str>| word.and_then(|word| word.parse::<u64>().ok());
    let schema = number(words.next()).ok_or(StoreError::NotASessionRecord)?;
    if schema > u64::from(SCHEMA) {
        let found = u32::try_from(schema).unwrap_or(u32::MAX);
        return Err(StoreError::NewerSchema { found, known: SCHEMA });
    }
    if schema != u64::from(SCHEMA) {
        return Err(StoreError::Tampered);
    }
    let key_id = words.next().ok_or(StoreError::Tampered)?;
    let version = number(words.next()).ok_or(StoreError::Tampered)?;
    let nonce = words.next().and_then(random::unhex).ok_or(StoreError::Tampered)?;
    let nonce = nonce.try_into().map_err(|_| StoreError::Tampered)?;
    if words.next().is_some() {
        return Err(StoreError::Tampered);
    }
    // Only characters that a key identifier can have may reach the error message.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if key_id.is_empty() || key_id.len() > 64 || !key_id.chars().all(plain) {
        return Err(StoreError::Tampered);
    }
    Ok(Header { key_id, version, nonce })
}
