//! The credential of settings for which the caller chooses no store.

#[cfg(feature = "oauth")]
use std::sync::Arc;

#[cfg(all(feature = "oauth", not(feature = "profiles")))]
use crate::AuthError;
#[cfg(all(feature = "oauth", feature = "profiles"))]
use crate::Profiles;
use crate::{Credential, ProfileError, ResolvedConnection};
#[cfg(feature = "oauth")]
use crate::{MemoryStore, OAuthFlow, ResolvedAuthentication};

impl ResolvedConnection {
    /// The credential of this connection, for settings that did not come from a profile. API keys and client
    /// credentials need no store. The session of a user who signs in is kept in `Profiles::token_store` of
    /// `Profiles::open`.
    ///
    /// # Errors
    /// As `Profiles::open` and `Profiles::credential`.
    /// [`AuthError::ProfilesNotCompiled`](crate::AuthError::ProfilesNotCompiled) if a user signs in, without the feature
    /// `profiles`.
    pub fn default_credential(&self) -> Result<Credential, ProfileError> {
        #[cfg(feature = "oauth")]
        if let ResolvedAuthentication::OAuth(settings) = &self.authentication {
            return match settings.flow {
                // The next process requests its own token.
                OAuthFlow::ClientCredentials => Ok(self.credential(Arc::new(MemoryStore::new()))?),
                #[cfg(feature = "profiles")]
                OAuthFlow::AuthorizationCode => Profiles::open()?.credential(self),
                #[cfg(not(feature = "profiles"))]
                OAuthFlow::AuthorizationCode => Err(AuthError::ProfilesNotCompiled.into()),
            };
        }
        Ok(self.key_credential()?)
    }
}
