//! Sessions in Redis, shared by the processes of many machines.
//!
//! | Module | Holds |
//! |---|---|
//! | `builder` | settings |
//! | `address`, `tls` | from a URL to the client of one server, of Sentinels or of a cluster |
//! | `link`, `slot` | the connection that all steps share, and when it is replaced |
//! | `server_check` | whether the server keeps what is written to it |
//! | `script`, `*.lua`, `reply` | the steps of the contract, run by the server |
//! | `notifications` | the subscription to changes |
//! | `quota` | quotas that workers share |
//! | `fault` | from the client library's errors to [`StoreError`] |

mod address;
mod builder;
mod fault;
mod limits;
mod link;
mod notifications;
mod quota;
mod reply;
mod script;
mod server_check;
mod slot;
mod tls;

use std::{fmt, sync::Arc, time::Duration};

use redis::Script;

pub use self::builder::{RedisDurability, RedisStoreBuilder};
use self::{
    fault::refusal,
    link::{Confirmation, Invocation, Link},
    notifications::Notifications,
    quota::QuotaScripts,
    reply::Reply,
    script::Scripts,
};
use super::{
    changes::SessionChanges,
    contract::{
        Lease, LeaseDecision, LeaseOwner, RefreshAttempt, RefreshAttemptState, StoredSession,
        TokenStore,
    },
    key::SessionKey,
    sealed::{hash_text, seal_attempt, seal_tokens},
    sealing::SealingKeys,
};
use crate::{BoxFuture, CredentialVersion, ServerFault, StoreError, Tokens, clock::millis};

/// The longest lease, 3,000 years: a number that the scripts hold exactly.
const LONGEST_LEASE_MS: u64 = 100_000_000_000_000;

/// Sessions in Redis (7.0 or later) or Valkey, shared by the processes of many machines.
///
/// It is tested on Redis 7.0. Valkey 7.2 has the same scripts and is not tested.
///
/// Each step of the contract is one script, which the server runs atomically, with one write. Time is the server's.
/// Tokens are sealed before they leave the process: the server never has the key. All steps share one connection,
/// which is replaced when it is lost; no step holds it while a token request runs. Processes that wait for another one
/// learn of its commit by publish and subscribe, over a second connection, and poll without it.
///
/// | URL | Server |
/// |---|---|
/// | `redis://[[user]:password@]host[:port][/database]` | one server |
/// | `redis+sentinel://[[user]:password@]host[:port],.../name[/database]` | the primary that the Sentinels name; `?sentinel_username=` and `sentinel_password=` for the Sentinels themselves |
/// | `redis+cluster://[[user]:password@]host[:port],...` | a cluster |
/// | the same with `rediss` | over TLS |
///
/// The user needs the commands `EVALSHA`, `SCRIPT LOAD`, `TIME`, `HMGET`, `HSET`, `EXISTS`, `DEL`, `PUBLISH`, `SUBSCRIBE`
/// and `PING`, and should have `INFO`; `WAIT` for [`RedisDurability::Replicas`]; `ROLE` with Sentinels. An access rule
/// that grants them, for the default prefix:
///
/// ```text
/// ACL SETUSER oneteg on >password ~oneteg:session:* resetchannels &oneteg:changes
///     +evalsha +script|load +time +hmget +hset +exists +del +publish +subscribe +ping +info +wait +role
/// ```
///
/// Sessions never expire on the server. A server that may evict them (`maxmemory-policy allkeys-...`) is refused. A
/// server whose memory is full refuses new refreshes and sign-ins, and accepts the tokens of refreshes in progress.
///
/// A fail-over can lose writes that the new primary has not received: see [`RedisDurability`].
///
/// ```no_run
/// use oneteg_auth::{RedisStore, SealingKey, SealingKeys};
///
/// # async fn open() -> Result<(), oneteg_auth::StoreError> {
/// let key = SealingKey::new("k1", [7; 32])?; // 32 random bytes from a safe place
/// let store = RedisStore::open("redis://localhost", SealingKeys::new(key))?;
/// store.check().await?; // optional: the first step connects, too
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<SharedStore>,
}

struct SharedStore {
    link: Arc<Link>,
    scripts: Scripts,
    quota_scripts: QuotaScripts,
    notifications: Notifications,
    keys: SealingKeys,
    prefix: String,
    channel: String,
    durability: RedisDurability,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("link", &self.shared.link)
            .field("prefix", &self.shared.prefix)
            .field("durability", &self.shared.durability)
            .finish_non_exhaustive()
    }
}

impl RedisStore {
    /// A store with the default settings. It connects with its first step.
    ///
    /// # Errors
    /// [`StoreError::InvalidKey`] if the keys do not seal, [`StoreError::Server`] with [`ServerFault::Url`].
    pub fn open(url: &str, keys: SealingKeys) -> Result<Self, StoreError> {
        Self::builder(url, keys).open()
    }

    /// Settings of a store.
    pub fn builder(url: &str, keys: SealingKeys) -> RedisStoreBuilder {
        RedisStoreBuilder::new(url, keys)
    }

    /// Connects, and checks that the server can be used: that it is a primary of a supported version, that it evicts no
    /// sessions, and that the user may run scripts.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Server`].
    pub async fn check(&self) -> Result<(), StoreError> {
        const ACTION: &str = "checking the server";
        self.shared.link.check(ACTION).await?;
        let load = &self.shared.scripts.load;
        self.shared.run(ACTION, load, &SessionKey::new(""), &[]).await.map(drop)
    }
}

impl SharedStore {
    fn record_key(&self, key: &SessionKey) -> String {
        format!("{}:session:{}", self.prefix, key.as_str())
    }

    async fn run(
        &self,
        action: &'static str,
        script: &Script,
        key: &SessionKey,
        arguments: &[&[u8]],
    ) -> Result<Reply, StoreError> {
        let key = self.record_key(key);
        let invocation = Invocation { script, key: &key, arguments };
        let value = self.link.run(action, invocation).await?;
        reply::read(action, &key, value)
    }

    /// Runs a script whose write the replicas must have. The second value is the error if they do not confirm it.
    async fn run_durably(
        &self,
        action: &'static str,
        script: &Script,
        key: &SessionKey,
        arguments: &[&[u8]],
    ) -> Result<(Reply, Option<StoreError>), StoreError> {
        let RedisDurability::Replicas { count, patience } = self.durability else {
            return Ok((self.run(action, script, key, arguments).await?, None));
        };
        let key = self.record_key(key);
        let invocation = Invocation { script, key: &key, arguments };
        let confirmation = Confirmation { replicas: count, patience };
        let (value, confirmed) = self.link.run_confirmed(action, invocation, confirmation).await?;
        let shortfall = (confirmed < count).then(|| {
            refusal(action, ServerFault::NotReplicated { confirmed, needed: count }, None)
        });
        Ok((reply::read(action, &key, value)?, shortfall))
    }

    /// A step with tokens. What the primary has is in use, whether or not replicas have it, too: their journal entry
    /// shows that there was a refresh.
    async fn store_tokens(
        &self,
        action: &'static str,
        script: &Script,
        key: &SessionKey,
        arguments: &[&[u8]],
    ) -> Result<CredentialVersion, StoreError> {
        let (reply, shortfall) = self.run_durably(action, script, key, arguments).await?;
        let Reply::Version(version) = reply else { return Err(unexpected(action)) };
        if let Some(error) = shortfall {
            tracing::warn!(%error, "new tokens would be lost in a fail-over at this moment");
        }
        Ok(version)
    }

    async fn clear(&self, key: &SessionKey, replace: bool) -> Result<(), StoreError> {
        const ACTION: &str = "clearing the session";
        let mode: &[u8] = if replace { b"replace" } else { b"" };
        let arguments: [&[u8]; 3] = [mode, self.channel.as_bytes(), key.as_str().as_bytes()];
        let cleared = self.run_durably(ACTION, &self.scripts.clear, key, &arguments).await?;
        cleared.1.map_or(Ok(()), Err)
    }
}

fn unexpected(action: &'static str) -> StoreError {
    refusal(action, ServerFault::Other, None)
}

fn lease_ms(ttl: Duration) -> String {
    millis(ttl).min(LONGEST_LEASE_MS).to_string()
}

impl TokenStore for RedisStore {
    fn load<'a>(
        &'a self,
        key: &'a SessionKey,
    ) -> BoxFuture<'a, Result<Option<StoredSession>, StoreError>> {
        const ACTION: &str = "loading the session";
        let shared = &self.shared;
        Box::pin(async move {
            match shared.run(ACTION, &shared.scripts.load, key, &[]).await? {
                Reply::Session(session) => session.open(&shared.keys, key),
                _ => Err(unexpected(ACTION)),
            }
        })
    }

    fn lease<'a>(
        &'a self,
        key: &'a SessionKey,
        owner: &'a LeaseOwner,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<LeaseDecision, StoreError>> {
        const ACTION: &str = "requesting the lease";
        let shared = &self.shared;
        Box::pin(async move {
            let ttl = lease_ms(ttl);
            let arguments: [&[u8]; 2] = [owner.as_str().as_bytes(), ttl.as_bytes()];
            match shared.run(ACTION, &shared.scripts.lease, key, &arguments).await? {
                Reply::Granted(fence) => {
                    Ok(LeaseDecision::Granted(Lease::new(key.clone(), owner.clone(), fence)))
                }
                Reply::Held(remaining) => Ok(LeaseDecision::Held { remaining }),
                _ => Err(unexpected(ACTION)),
            }
        })
    }

    fn renew<'a>(
        &'a self,
        lease: &'a Lease,
        ttl: Duration,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let shared = &self.shared;
        Box::pin(async move {
            let (fence, ttl) = (lease.fence.to_string(), lease_ms(ttl));
            let arguments: [&[u8]; 3] =
                [fence.as_bytes(), lease.owner.as_str().as_bytes(), ttl.as_bytes()];
            let renewed =
                shared.run("renewing the lease", &shared.scripts.renew, &lease.key, &arguments);
            renewed.await.map(drop)
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        let shared = &self.shared;
        Box::pin(async move {
            let fence = lease.fence.to_string();
            let arguments: [&[u8]; 4] = [
                fence.as_bytes(),
                lease.owner.as_str().as_bytes(),
                shared.channel.as_bytes(),
                lease.key.as_str().as_bytes(),
            ];
            let released =
                shared.run("releasing the lease", &shared.scripts.release, &lease.key, &arguments);
            released.await.map(drop)
        })
    }

    fn journal<'a>(
        &'a self,
        lease: &'a Lease,
        attempt: Option<&'a RefreshAttempt>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        const ACTION: &str = "writing the journal";
        let shared = &self.shared;
        Box::pin(async move {
            let fence = lease.fence.to_string();
            let (sealed, refresh) = match attempt {
                None => (Vec::new(), String::new()),
                Some(attempt) => (
                    seal_attempt(&shared.keys, &lease.key, attempt)?,
                    hash_text(Some(attempt.refresh)),
                ),
            };
            let arguments: [&[u8]; 4] =
                [fence.as_bytes(), lease.owner.as_str().as_bytes(), &sealed, refresh.as_bytes()];
            let begins = attempt.is_some_and(|attempt| attempt.state == RefreshAttemptState::Open);
            if begins {
                let begin = &shared.scripts.begin;
                let (_, shortfall) =
                    shared.run_durably(ACTION, begin, &lease.key, &arguments).await?;
                // The token request is not sent: a fail-over could lose every trace of it.
                shortfall.map_or(Ok(()), Err)
            } else {
                shared.run(ACTION, &shared.scripts.end, &lease.key, &arguments).await.map(drop)
            }
        })
    }

    fn commit<'a>(
        &'a self,
        lease: &'a Lease,
        expected: CredentialVersion,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        const ACTION: &str = "storing the tokens";
        let shared = &self.shared;
        Box::pin(async move {
            let key = &lease.key;
            let next = CredentialVersion(expected.0.saturating_add(1));
            let sealed = seal_tokens(&shared.keys, key, next, tokens)?;
            let (fence, expected) = (lease.fence.to_string(), expected.0.to_string());
            let refresh = hash_text(tokens.refresh_hash());
            let arguments: [&[u8]; 7] = [
                fence.as_bytes(),
                lease.owner.as_str().as_bytes(),
                expected.as_bytes(),
                &sealed,
                refresh.as_bytes(),
                shared.channel.as_bytes(),
                key.as_str().as_bytes(),
            ];
            shared.store_tokens(ACTION, &shared.scripts.commit, key, &arguments).await
        })
    }

    fn offer<'a>(
        &'a self,
        key: &'a SessionKey,
        attempt: &'a RefreshAttempt,
        tokens: &'a Tokens,
    ) -> BoxFuture<'a, Result<CredentialVersion, StoreError>> {
        const ACTION: &str = "offering the tokens";
        let shared = &self.shared;
        Box::pin(async move {
            let next = CredentialVersion(attempt.version.0.saturating_add(1));
            let sealed = seal_tokens(&shared.keys, key, next, tokens)?;
            let (version, spent) =
                (attempt.version.0.to_string(), hash_text(Some(attempt.refresh)));
            let refresh = hash_text(tokens.refresh_hash());
            let arguments: [&[u8]; 6] = [
                version.as_bytes(),
                spent.as_bytes(),
                &sealed,
                refresh.as_bytes(),
                shared.channel.as_bytes(),
                key.as_str().as_bytes(),
            ];
            shared.store_tokens(ACTION, &shared.scripts.offer, key, &arguments).await
        })
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            // Only this process can find out whether the sealed values can be opened.
            let replace = match self.load(key).await {
                Ok(_) => false,
                Err(error) if error.is_unreadable() => true,
                Err(error) => return Err(error),
            };
            match self.shared.clear(key, replace).await {
                Err(error) if error.is_unreadable() => self.shared.clear(key, true).await,
                cleared => cleared,
            }
        })
    }

    fn watch(&self, key: &SessionKey) -> SessionChanges {
        self.shared.notifications.watch(key, &self.shared.link, &self.shared.channel)
    }
}
