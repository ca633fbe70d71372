use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{IdToken, Secret};

/// The tokens that a token endpoint granted (RFC 6749 section 5.1).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token, sent with requests to the vendor.
    pub access: Secret,
    /// The refresh token, exchanged for the next access token. `None` if the grant has none.
    pub refresh: Option<Secret>,
    /// The remaining lifetime of the access token, from the moment it is stored. `None`: the server reported
    /// none, so the token is used until the vendor refuses it.
    pub lifetime: Option<Duration>,
    /// The granted scopes, as far as they are known.
    pub scopes: Vec<String>,
    /// The provider, client and server that the tokens belong to, as [`crate::OAuth2`] recorded them when the
    /// tokens were stored; not a secret. Tokens with another binding than the reader's are not used.
    pub binding: Option<String>,
    /// The ID token (OpenID Connect), if the provider sent one.
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

    /// Sets the remaining lifetime of the access token.
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

    /// Sets the binding.
    #[must_use]
    pub fn with_binding(mut self, binding: impl Into<String>) -> Self {
        self.binding = Some(binding.into());
        self
    }

    /// The hash by which a journal entry identifies the refresh token.
    pub fn refresh_hash(&self) -> Option<RefreshTokenHash> {
        self.refresh.as_ref().map(RefreshTokenHash::of)
    }
}

/// SHA-256 of a refresh token: identifies it in a journal without revealing it. A refresh token has enough
/// randomness (RFC 6749 section 10.10) for a hash without salt.
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

    #[cfg(any(feature = "postgres", feature = "redis"))]
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}
