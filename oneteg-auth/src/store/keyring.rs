use super::sealing::SealingKey;
use crate::StoreError;

const SERVICE: &str = "oneteg";

impl SealingKey {
    /// The key of this name in the operating system's keyring (Keychain, Credential Manager, Secret Service).
    /// The first call generates and stores it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if there is no keyring or it is locked; [`StoreError::InvalidKey`] if the
    /// entry is not a sealing key.
    pub fn from_keyring(name: &str) -> Result<Self, StoreError> {
        // The keyring's error may contain the bytes of the entry (`BadEncoding`), so it is dropped.
        let failed = |_: keyring::Error| {
            StoreError::unavailable("asking the system keyring", "the keyring refused or is locked")
        };
        let entry = keyring::Entry::new(SERVICE, name).map_err(failed)?;
        let read = || match entry.get_secret() {
            Ok(bytes) => Ok(Some(zeroize::Zeroizing::new(bytes))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(error)),
        };
        load_or_generate(name, read, |key| entry.set_secret(key.expose()).map_err(failed))
    }
}

/// The stored key; generated if there is none. Programs that start together for the first time may each
/// generate one, and only the last one written survives. So the key is read back.
fn load_or_generate(
    name: &str,
    read: impl Fn() -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, StoreError>,
    write: impl FnOnce(&SealingKey) -> Result<(), StoreError>,
) -> Result<SealingKey, StoreError> {
    let key = |bytes: &[u8]| {
        let reason = "the keyring entry does not have 32 bytes";
        let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| StoreError::InvalidKey { reason })?;
        SealingKey::new(name, bytes)
    };
    if let Some(bytes) = read()? {
        return key(&bytes);
    }
    let generated = SealingKey::generate(name)?;
    write(&generated)?;
    match read()? {
        Some(bytes) => key(&bytes),
        None => Err(StoreError::unavailable(
            "asking the system keyring",
            "the keyring did not keep the key that was stored",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn two_first_starts_use_the_key_that_is_kept() {
        let kept_there = RefCell::new(None::<Vec<u8>>);
        let read = || Ok(kept_there.borrow().clone().map(zeroize::Zeroizing::new));
        let key = load_or_generate("k1", read, |ours| {
            assert_ne!(ours.expose(), &[7; 32]);
            // Another program writes its key right after ours.
            *kept_there.borrow_mut() = Some(vec![7; 32]);
            Ok(())
        });
        assert_eq!(key.unwrap().expose(), &[7; 32]);
        let again = load_or_generate("k1", read, |_| panic!("a key that is there is not replaced"));
        assert_eq!(again.unwrap().expose(), &[7; 32]);
    }

    #[test]
    fn a_keyring_that_keeps_nothing_gives_no_key() {
        let error = load_or_generate("k1", || Ok(None), |_| Ok(())).unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    }
}
