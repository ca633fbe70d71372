//! The sessions of all profiles, and the key that seals them.
//!
//! Programs that start together for the first time may each generate a key. Only one of them can create the
//! file; the others read what it wrote.

use std::path::Path;

use zeroize::Zeroizing;

use super::private_file;
use crate::ProfileError;
use crate::{FileStore, SealingKey, SealingKeys, random};

const FOLDER: &str = "sessions";
const KEY_FILE: &str = "sessions.key";
/// Every key has this identifier: records of a lost key then count as damaged, so that the user can sign in
/// again, and not as sealed with a key that could still be added.
const KEY_ID: &str = "profiles";
const MAX_BYTES: u64 = 256;

/// Opens the store with the keys that are given, or else with the key in the folder.
pub(super) fn open(folder: &Path, keys: Option<&SealingKeys>) -> Result<FileStore, ProfileError> {
    let keys = self::keys(folder, keys)?;
    Ok(FileStore::open(folder.join(FOLDER), keys)?)
}

/// The keys that are given, or else the key in the folder, which is created.
pub(super) fn keys(folder: &Path, keys: Option<&SealingKeys>) -> Result<SealingKeys, ProfileError> {
    private_file::create_folder(folder)?;
    match keys {
        Some(keys) => Ok(keys.clone()),
        None => Ok(SealingKeys::new(load_or_generate(&folder.join(KEY_FILE))?)),
    }
}

fn load_or_generate(path: &Path) -> Result<SealingKey, ProfileError> {
    if let Some(key) = load(path)? {
        return Ok(key);
    }
    let generated = SealingKey::generate(KEY_ID)?;
    let mut line = Zeroizing::new(random::hex(generated.expose()));
    line.push('\n');
    if private_file::create(path, line.as_bytes())? {
        return Ok(generated);
    }
    load(path)?.ok_or_else(|| ProfileError::KeyFile { path: path.to_owned() })
}

fn load(path: &Path) -> Result<Option<SealingKey>, ProfileError> {
    let Some(content) = private_file::read(path, MAX_BYTES)? else { return Ok(None) };
    let digits = std::str::from_utf8(&content).ok().map(str::trim);
    let bytes = digits.and_then(random::unhex).map(Zeroizing::new);
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
    let bytes = bytes.ok_or_else(|| ProfileError::KeyFile { path: path.to_owned() })?;
    Ok(Some(SealingKey::new(KEY_ID, bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_start_together_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let start = || *load_or_generate(&path).unwrap().expose();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]) && keys[0] != [0; 32]);
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "temporary files stayed: {files:?}");
    }

    #[test]
    fn a_damaged_key_is_named_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        for damaged in ["", "00ff", "canary", &"0".repeat(66)] {
            assert!(private_file::create(&path, damaged.as_bytes()).unwrap());
            let error = load_or_generate(&path).unwrap_err();
            assert!(matches!(error, ProfileError::KeyFile { .. }), "{damaged}: {error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged);
            assert!(private_file::remove(&path).unwrap());
        }
    }
}
