use super::{SealingKey, StoreError};

const SERVICE: &str = "oneteg";

impl SealingKey {
    /// The key of this name from the operating system's keyring (Keychain, Credential Manager, Secret
    /// Service), made and put there at the first call.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no keyring or it is locked; [`StoreError::BadKey`] when
    /// the entry is not a key of ours.
    pub fn from_keyring(name: &str) -> Result<Self, StoreError> {
        // The keyring's own error may carry the entry's bytes (`BadEncoding`), so its text is dropped.
        let failed = |_: keyring::Error| {
            StoreError::unavailable("asking the system keyring", "the keyring refused or is locked")
        };
        let entry = keyring::Entry::new(SERVICE, name).map_err(failed)?;
        match entry.get_secret() {
            Ok(bytes) => {
                let bytes = zeroize::Zeroizing::new(bytes);
                let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
                    StoreError::BadKey { reason: "the keyring entry does not have 32 bytes" }
                })?;
                Self::new(name, bytes)
            }
            Err(keyring::Error::NoEntry) => {
                let key = Self::generate(name)?;
                entry.set_secret(key.expose()).map_err(failed)?;
                Ok(key)
            }
            Err(error) => Err(failed(error)),
        }
    }
}
