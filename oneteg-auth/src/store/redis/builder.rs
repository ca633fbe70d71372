use std::{fmt, sync::Arc, time::Duration};

use zeroize::Zeroizing;

use super::{
    RedisStore, SharedStore, address, fault::refusal, limits::StepLimits, link::Link,
    notifications::Notifications, quota::QuotaScripts, script::Scripts, tls::Certificates,
};
use crate::{SealingKeys, ServerFault, StoreError};

const OPENING: &str = "opening the store";
const PREFIX: &str = "oneteg";

/// Who must have a write before a step of a [`RedisStore`] returns.
///
/// | | `Primary` | `Replicas` |
/// |---|---|---|
/// | the journal entry of a new refresh | on the primary | confirmed, otherwise no token request is sent and the step fails with [`ServerFault::NotReplicated`] |
/// | new tokens | on the primary | confirmed; otherwise a warning is logged, and the journal entry that the replicas have shows the loss |
/// | a sign-out | on the primary | confirmed, otherwise the step fails with [`ServerFault::NotReplicated`] |
/// | a fail-over in between | may lose the entry with the tokens: the next refresh sends a refresh token that was spent, and the provider ends the session | loses at most the tokens; the next refresh reports [`GrantUncertain`](crate::AuthError::GrantUncertain) |
///
/// Replicas confirm that a write is in their memory (`WAIT`), not on their disks. What is on the disk of a server when a
/// step returns depends on its settings `appendonly` and `appendfsync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RedisDurability {
    /// The primary.
    #[default]
    Primary,
    /// The primary and this many of its replicas. A replica that was promoted has them if a fail-over chooses among
    /// replicas that have confirmed: use all replicas that may be promoted, at least one.
    Replicas {
        /// How many.
        count: u32,
        /// How long to wait for them, in whole milliseconds: at least 1, and less than the time limit of a step.
        patience: Duration,
    },
}

/// Settings of a [`RedisStore`].
///
/// | Setting | Default |
/// |---|---|
/// | [`prefix`](Self::prefix) | `oneteg` |
/// | [`durability`](Self::durability) | [`RedisDurability::Primary`] |
/// | [`step_limit`](Self::step_limit) | 5 s |
/// | [`root_certificates`](Self::root_certificates) | those of the platform |
/// | [`identity`](Self::identity) | none |
#[must_use]
pub struct RedisStoreBuilder {
    url: Zeroizing<String>,
    keys: SealingKeys,
    prefix: String,
    durability: RedisDurability,
    step_limit: Duration,
    certificates: Certificates,
}

impl RedisStoreBuilder {
    pub(super) fn new(url: &str, keys: SealingKeys) -> Self {
        Self {
            url: Zeroizing::new(url.to_owned()),
            keys,
            prefix: PREFIX.to_owned(),
            durability: RedisDurability::default(),
            step_limit: StepLimits::default().step,
            certificates: Certificates::default(),
        }
    }

    /// What the names of keys and of the channel begin with: sessions are in `<prefix>:session:<name>`, notifications in
    /// `<prefix>:changes`. Programs with the same prefix, server and database share their sessions.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Who must have a write before a step returns.
    pub fn durability(mut self, durability: RedisDurability) -> Self {
        self.durability = durability;
        self
    }

    /// How long a step may take, including a new connection. After that it fails with [`StoreError::Unavailable`].
    /// Half of it is the limit for connecting, and for waiting until the Sentinels know of a primary. It is refused if
    /// it is less than 10 ms.
    pub fn step_limit(mut self, limit: Duration) -> Self {
        self.step_limit = limit;
        self
    }

    /// Trusts the certificates in a PEM document, *instead of* those of the platform. Needs the feature `rustls`.
    pub fn root_certificates(mut self, pem: &[u8]) -> Self {
        self.certificates.roots = Some(pem.to_vec());
        self
    }

    /// Presents a certificate to the server: the PEM documents of the chain, leaf first, and of its private key. Needs
    /// the feature `rustls`.
    pub fn identity(mut self, certificates: &[u8], key: &[u8]) -> Self {
        self.certificates.identity = Some((certificates.to_vec(), Zeroizing::new(key.to_vec())));
        self
    }

    /// Checks the settings. The first step connects; [`RedisStore::check`] does so without a step.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] if the keys do not seal; [`StoreError::Server`] with [`ServerFault::Url`] or
    /// [`ServerFault::Setting`].
    pub fn open(self) -> Result<RedisStore, StoreError> {
        if !self.keys.is_sealing() {
            // Commands reach replicas, files, backups and `MONITOR`.
            let reason = "sessions in a database are always sealed; give the store a key";
            return Err(StoreError::InvalidKey { reason });
        }
        let setting = |reason: &str| {
            refusal(OPENING, ServerFault::Setting { reason: reason.to_owned() }, None)
        };
        if self.step_limit < Duration::from_millis(10) {
            return Err(setting("the time limit of a step is less than 10 ms"));
        }
        if let RedisDurability::Replicas { count, patience } = self.durability {
            if count == 0 {
                return Err(setting("no replica is to confirm; use `Primary`"));
            }
            // `WAIT 0` waits without a limit.
            if patience < Duration::from_millis(1) || patience >= self.step_limit {
                return Err(setting(
                    "replicas have less than 1 ms, or not less than the time limit of a step",
                ));
            }
        }
        let limits = StepLimits::new(self.step_limit);
        let servers =
            address::servers(&self.url, &self.certificates, &limits).map_err(|reason| {
                refusal(OPENING, ServerFault::Url { reason: reason.to_owned() }, None)
            })?;
        Ok(RedisStore {
            shared: Arc::new(SharedStore {
                link: Arc::new(Link::new(servers, address::is_encrypted(&self.url), limits)),
                scripts: Scripts::new(),
                quota_scripts: QuotaScripts::new(),
                notifications: Notifications::default(),
                keys: self.keys,
                channel: format!("{}:changes", self.prefix),
                prefix: self.prefix,
                durability: self.durability,
            }),
        })
    }
}

// Without the URL, which may hold a password.
impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("prefix", &self.prefix)
            .field("durability", &self.durability)
            .field("step_limit", &self.step_limit)
            .finish_non_exhaustive()
    }
}
