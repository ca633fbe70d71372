//! A provider, a session in PostgreSQL, and programs that share it.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use oneteg_auth::{
    AuthError, BoxFuture, Grant, PostgresStore, Secret, SessionPolicy, SystemClock, TokenError,
    TokenStore, Tokens,
};
use oneteg_test_kit::{Provider, ProviderGrant, ProviderKind, TestSession};
use oneteg_test_peers::PostgresServer;

use crate::{
    common::key,
    postgres::{HOUR, granted},
};

/// What happens while the provider responds.
type Incident = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// A grant that lets something happen after the provider has granted tokens and before the client has them, once.
struct Interrupted {
    provider: Provider,
    incident: Incident,
}

impl fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interrupted")
    }
}

impl Grant for Interrupted {
    fn spends_refresh_token(&self) -> bool {
        true
    }

    fn obtain<'a>(
        &'a self,
        refresh: Option<&'a Secret>,
    ) -> BoxFuture<'a, Result<Tokens, TokenError>> {
        Box::pin(async move {
            let granted = self.provider.refresh(refresh.map_or("", Secret::expose));
            let incident = self.incident.lock().unwrap().take();
            if let Some(incident) = incident {
                tokio::task::spawn_blocking(incident).await.unwrap();
            }
            granted
        })
    }

    fn revoke<'a>(&'a self, tokens: &'a Tokens) -> BoxFuture<'a, Result<(), TokenError>> {
        ProviderGrant(self.provider.clone()).0.revoke(tokens);
        Box::pin(async { Ok(()) })
    }
}

/// A provider, and a session in the store whose access token has expired.
pub(crate) struct World {
    /// The server that the tests change the table in.
    pub(crate) server: &'static PostgresServer,
    pub(crate) provider: Provider,
    pub(crate) store: PostgresStore,
    incident: Incident,
}

impl World {
    pub(crate) async fn new(
        server: &'static PostgresServer,
        store: PostgresStore,
        replay_window: Duration,
    ) -> Self {
        let kind =
            ProviderKind { replay_window, latency: Duration::ZERO, ..ProviderKind::rotating(HOUR) };
        let provider = Provider::new(kind, Arc::new(SystemClock));
        let world = Self { server, provider, store, incident: Incident::default() };
        world.expired_session().await;
        world
    }

    /// Somebody signed in ten seconds ago; the access token has expired.
    pub(crate) async fn expired_session(&self) {
        // A program that was cut off holds the lease for a while.
        self.server.sql("UPDATE oneteg.sessions SET lease_owner = NULL").unwrap();
        let tokens = self.provider.sign_in().with_lifetime(Duration::ZERO);
        let lease = granted(&self.store, &key(), "setup", HOUR).await;
        let version =
            self.store.load(&key()).await.unwrap().map_or_else(Default::default, |it| it.version);
        self.store.commit(&lease, version, &tokens).await.unwrap();
        self.store.release(&lease).await.unwrap();
        self.server.sql("UPDATE oneteg.sessions SET tokens_at = tokens_at - 10000").unwrap();
    }

    /// One more program with this session.
    pub(crate) fn program(&self) -> TestSession {
        self.program_with(SessionPolicy::default())
    }

    pub(crate) fn program_with(&self, mut policy: SessionPolicy) -> TestSession {
        // A failure must not delay the next step of the test.
        (policy.first_backoff, policy.longest_backoff) = (Duration::ZERO, Duration::ZERO);
        policy.lease_patience = Duration::from_secs(5);
        let (provider, incident) = (self.provider.clone(), Arc::clone(&self.incident));
        let grant = Arc::new(Interrupted { provider, incident });
        let store = Arc::new(self.store.clone());
        TestSession::new(grant, store, &key(), Arc::new(SystemClock), policy).unwrap()
    }

    /// Lets this happen in the middle of the next token request.
    pub(crate) fn during_the_next_request(&self, incident: impl FnOnce() + Send + 'static) {
        *self.incident.lock().unwrap() = Some(Box::new(incident));
    }

    pub(crate) async fn call(&self, program: &TestSession) -> Result<(), AuthError> {
        let (token, _) = program.access_token().await?;
        assert!(self.provider.accepts(&token), "a token that the API does not accept");
        Ok(())
    }

    /// The same provider, with programs that use the store in another way.
    pub(crate) fn with_store(&self, store: PostgresStore) -> Self {
        let (server, provider) = (self.server, self.provider.clone());
        Self { server, provider, store, incident: Incident::default() }
    }

    /// Calls until it works.
    pub(crate) async fn settles(&self, program: &TestSession) {
        let works = || async { self.call(program).await.is_ok() };
        assert!(until(PATIENCE, works).await, "{:?}", self.call(program).await);
    }

    /// Whether the stored session would refresh, and no refresh token was used twice.
    pub(crate) async fn is_alive(&self) -> bool {
        let tokens = self.store.load(&key()).await.unwrap().unwrap().tokens.unwrap();
        self.provider.would_refresh(&tokens.refresh.unwrap()) && self.provider.reuses() == 0
    }
}

/// A server for the whole program; its watchdog ends it.
pub(crate) fn leak(server: PostgresServer) -> &'static PostgresServer {
    Box::leak(Box::new(server))
}

/// Much longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Repeats a check until it holds or the time is up.
pub(crate) async fn until<F: Future<Output = bool>>(
    limit: Duration,
    mut holds: impl FnMut() -> F,
) -> bool {
    let began = std::time::Instant::now();
    while began.elapsed() < limit {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
