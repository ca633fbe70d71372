//! A provider and sessions over one store.

#![allow(unreachable_pub, reason = "a test program has no crate to reach")]

use std::{sync::Arc, time::Duration};

use oneteg_auth::{
    AuthError, Authenticator, BoxFuture, Clock, Grant, RedisDurability, RedisStore, Secret,
    ServerFault, SessionPolicy, StoreError, SystemClock, TokenError, TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderGrant, ProviderKind, TestSession};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    common::{Gate, key},
    redis::{PATIENCE, keys},
};

const HOUR: Duration = Duration::from_secs(3600);

/// A provider that rotates refresh tokens without mercy, and sessions over one store.
#[derive(Clone)]
pub struct World {
    pub provider: Provider,
    pub url: String,
    pub gate: Arc<Gate>,
}

/// Renews sessions at the provider. The response waits while the gate is closed.
#[derive(Debug)]
struct GatedGrant(ProviderGrant, Arc<Gate>);

impl Grant for GatedGrant {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            let result = self.0.obtain(refresh).await;
            self.1.pass("response").await;
            result
        })
    }

    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        self.0.revoke(tokens)
    }
}

impl World {
    pub fn new(url: String) -> Self {
        let kind =
            ProviderKind { latency: Duration::from_millis(1), ..ProviderKind::rotating(HOUR) };
        let provider = Provider::new(kind, Arc::new(SystemClock));
        Self { provider, url, gate: Arc::default() }
    }

    pub fn store(&self) -> RedisStore {
        self.with_durability(RedisDurability::Primary)
    }

    pub fn with_durability(&self, durability: RedisDurability) -> RedisStore {
        let builder = RedisStore::builder(&self.url, keys()).durability(durability);
        builder.step_limit(Duration::from_secs(2)).open().unwrap()
    }

    /// Another process.
    pub fn process(&self) -> TestSession {
        self.process_on(self.store())
    }

    pub fn process_on(&self, store: RedisStore) -> TestSession {
        let mut policy = SessionPolicy::long_lived();
        (policy.first_backoff, policy.longest_backoff) =
            (Duration::from_millis(1), Duration::from_millis(2));
        // A process that is killed must not hold the others up for longer than a test may take.
        policy.lease_ttl = Duration::from_secs(3);
        let grant = ProviderGrant(self.provider.clone());
        let grant = Arc::new(GatedGrant(grant, Arc::clone(&self.gate)));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        TestSession::new(grant, Arc::new(store), &key(), clock, policy).unwrap()
    }

    pub async fn signed_in(&self) -> TestSession {
        self.signed_in_on(self.store()).await
    }

    pub async fn signed_in_on(&self, store: RedisStore) -> TestSession {
        let session = self.process_on(store);
        session.sign_in(&self.provider.sign_in()).await.unwrap();
        session
    }

    /// A call whose token the vendor has refused, so that it needs another one.
    pub async fn refused(&self, session: &TestSession) -> Result<(), AuthError> {
        let (token, version) = session.access_token().await?;
        let recovery = session.refused(version).await?;
        let (next, _) = session.access_token().await?;
        assert!(next != token && self.provider.accepts(&next), "{recovery:?}");
        Ok(())
    }

    /// The same in the background; returns when the provider has spent the refresh token. The response waits for
    /// [`World::respond`]. Right after a fail-over the store may refuse a refresh before anything is sent; the next
    /// call then begins it.
    pub async fn refresh_in_progress(
        &self,
        session: &TestSession,
    ) -> JoinHandle<Result<(), AuthError>> {
        self.gate.close_at("response");
        timeout(PATIENCE, self.begin_refresh(session)).await.expect("a token request")
    }

    async fn begin_refresh(&self, session: &TestSession) -> JoinHandle<Result<(), AuthError>> {
        loop {
            let (world, session) = (self.clone(), session.clone());
            let mut call = tokio::spawn(async move { world.refused(&session).await });
            tokio::select! {
                () = self.gate.reached() => return call,
                ended = &mut call => {
                    let error = ended.unwrap().expect_err("no token without a token request");
                    assert!(is_declared(&error) && !error.needs_sign_in(), "{error:?}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    pub fn respond(&self) {
        self.gate.open();
    }

    /// Whether the stored refresh token is the one that the provider expects. Right after a fail-over, the Sentinels
    /// may know of no primary for a moment.
    pub async fn is_alive(&self) -> bool {
        let store = self.store();
        let loaded = async {
            loop {
                match store.load(&key()).await {
                    Err(error) if error.is_transient() => {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    loaded => return loaded.unwrap(),
                }
            }
        };
        let session = timeout(PATIENCE, loaded).await.expect("the store is up again");
        let refresh = session.and_then(|session| session.tokens?.refresh);
        refresh.is_some_and(|refresh| self.provider.would_refresh(&refresh))
    }

    /// Calls until one succeeds, as a program does; all failures before it are declared ones.
    pub async fn recovers(&self, session: &TestSession) {
        let calls = async {
            while let Err(error) = self.valid_token(session).await {
                assert!(is_declared(&error), "{error:?}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, calls).await.expect("the session recovers");
    }

    pub async fn valid_token(&self, session: &TestSession) -> Result<(), AuthError> {
        let (token, _) = session.access_token().await?;
        assert!(self.provider.accepts(&token));
        Ok(())
    }
}

/// The states that documentation promises while a store fails.
pub fn is_declared(error: &AuthError) -> bool {
    let passes = |error: &StoreError| error.is_transient();
    match error {
        AuthError::Store(error) | AuthError::Unsaved(error) => passes(error),
        AuthError::BackingOff { .. } => true,
        error => error.needs_sign_in(),
    }
}

pub fn unavailable(result: &Result<(), AuthError>) -> bool {
    matches!(result, Err(AuthError::Store(StoreError::Unavailable { .. })))
}

pub fn store_fault(result: &Result<(), AuthError>) -> Option<&ServerFault> {
    match result {
        Err(AuthError::Store(StoreError::Server { fault, .. })) => Some(fault),
        _ => None,
    }
}
