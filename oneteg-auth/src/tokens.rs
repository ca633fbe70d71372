use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{IdToken, Secret};

/// What a token endpoint granted (RFC 6749 section 5.1).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// Sent with requests to the vendor.
    pub access: Secret,
    /// Exchanged for the next access token; absent where the grant has none.
    pub refresh: Option<Secret>,
    /// How much longer the access token lives, counted from the moment it is stored. `None`: the server
    /// gave no lifetime, so the token serves until the vendor refuses it.
    pub lifetime: Option<Duration>,
    /// The scopes granted, as far as known.
    pub scopes: Vec<String>,
    /// Who granted them, to which client and for which server, as recorded by [`crate::OAuth2`] when they
    /// were stored; not a secret. A session with another binding than the reader's is not used.
    pub binding: Option<String>,
    /// Who signed in (OpenID Connect), if the provider reported it.
    pub id_token: Option<IdToken>,
}

impl Tokens {
    /// An access token alone, without a known lifetime.
    pub fn new(access: impl Into<Secret>) -> Self {
        Self {
            access: access.into(),
            refresh: None,
            lifetime: None,
            scopes: Vec::new(),
            binding: None,
            id_token: None,
        }
    }

    /// Adds a refresh token.
    #[must_use]
    pub fn with_refresh(mut self, refresh: impl Into<Secret>) -> Self {
        self.refresh = Some(refresh.into());
        self
    }

    /// Sets how much longer the access token lives.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Sets the granted scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds an ID token.
    #[must_use]
    pub fn with_id_token(mut self, id_token: impl Into<Secret>) -> Self {
        self.id_token = Some(IdToken::from(id_token.into()));
        self
    }

    /// Sets what they belong to.
    #[must_use]
    pub fn with_binding(mut self, binding: impl Into<String>) -> Self {
        self.binding = Some(binding.into());
        self
    }

    /// The hash a journal entry names the refresh token by.
    pub fn refresh_hash(&self) -> Option<RefreshTokenHash> {
        self.refresh.as_ref().map(RefreshTokenHash::of)
    }
}

/// SHA-256 of a refresh token: names it in a journal without giving it away. A refresh token has enough
/// randomness (RFC 6749 section 10.10) for a bare hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RefreshTokenHash([u8; 32]);

impl RefreshTokenHash {
    /// The hash of one refresh token.
    pub fn of(refresh: &Secret) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"oneteg refresh token\0");
        hash.update(refresh.expose().as_bytes());
        Self(hash.finalize().into())
    }
}
