//! What happens to a session when its PostgreSQL server fails: every outcome is a declared state, and no session is lost
//! silently.
//!
//! | Server | A call with a valid token | A call that needs a refresh |
//! |---|---|---|
//! | down, paused, without a free connection | works | an error; no token request is sent |
//! | down in the middle of a refresh | | `Unsaved`, stored when the server is back |
//! | restarted in the middle of a refresh | | works |
//! | read-only, full | works | an error, or `Unsaved` if it began before |
//! | fails over to a synchronous replica | works | works |
//! | fails over to a replica that lags, or is restored from a backup | works | works if the provider replays, otherwise `SessionEnded` |

#![cfg(all(unix, feature = "postgres"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/postgres.rs"]
mod postgres;

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use common::{full, key};
use oneteg_auth::{
    AuthError, BoxFuture, Grant, PostgresStore, ReplayWindow, Secret, ServerFault, SessionPolicy,
    StoreError, SystemClock, TokenError, TokenStore, Tokens,
};
use oneteg_test_kit::{FaultProxy, Provider, ProviderGrant, ProviderKind, ProxyFault, TestSession};
use oneteg_test_peers::PostgresServer;
use postgres::{HOUR, Transaction, granted, keys, new_store, settings, stored};

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
struct World {
    server: &'static PostgresServer,
    provider: Provider,
    store: PostgresStore,
    incident: Incident,
}

impl World {
    async fn new(
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
    async fn expired_session(&self) {
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
    fn program(&self) -> TestSession {
        self.program_with(SessionPolicy::default())
    }

    fn program_with(&self, mut policy: SessionPolicy) -> TestSession {
        // A failure must not delay the next step of the test.
        (policy.first_backoff, policy.longest_backoff) = (Duration::ZERO, Duration::ZERO);
        policy.lease_patience = Duration::from_secs(5);
        let (provider, incident) = (self.provider.clone(), Arc::clone(&self.incident));
        let grant = Arc::new(Interrupted { provider, incident });
        let store = Arc::new(self.store.clone());
        TestSession::new(grant, store, &key(), Arc::new(SystemClock), policy).unwrap()
    }

    /// Lets this happen in the middle of the next token request.
    fn during_the_next_request(&self, incident: impl FnOnce() + Send + 'static) {
        *self.incident.lock().unwrap() = Some(Box::new(incident));
    }

    async fn call(&self, program: &TestSession) -> Result<(), AuthError> {
        let (token, _) = program.access_token().await?;
        assert!(self.provider.accepts(&token), "a token that the API does not accept");
        Ok(())
    }

    /// Whether the stored session would refresh, and no refresh token was used twice.
    async fn is_alive(&self) -> bool {
        let tokens = self.store.load(&key()).await.unwrap().unwrap().tokens.unwrap();
        self.provider.would_refresh(&tokens.refresh.unwrap()) && self.provider.reuses() == 0
    }
}

fn is_unavailable(result: Result<(), AuthError>) -> bool {
    matches!(result, Err(AuthError::Store(StoreError::Unavailable { .. })))
}

fn has_fault(result: Result<(), AuthError>, expected: &ServerFault) -> bool {
    matches!(result, Err(AuthError::Store(StoreError::Server { fault, .. })) if fault == *expected)
}

fn leak(server: PostgresServer) -> &'static PostgresServer {
    // Its watchdog ends it with this program.
    Box::leak(Box::new(server))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_or_restarted_loses_no_session() {
    let Some(server) = PostgresServer::start().map(leak) else { return };
    let world = World::new(server, new_store(server, "oneteg").await, Duration::ZERO).await;
    let (first, second) = (world.program(), world.program());
    world.call(&first).await.unwrap();
    // Down: a valid token works, and nothing is refreshed.
    world.expired_session().await;
    let requests = world.provider.requests();
    server.stop();
    world.call(&first).await.unwrap();
    assert!(is_unavailable(world.call(&second).await));
    assert_eq!(world.provider.requests(), requests);
    server.restart();
    world.call(&second).await.unwrap();
    assert!(world.is_alive().await);
    // Killed and restarted in the middle of a refresh: the caller does not notice.
    for _ in 0..2 {
        world.expired_session().await;
        world.during_the_next_request(|| {
            server.kill();
            server.restart();
        });
        world.call(&world.program()).await.unwrap();
        assert!(world.is_alive().await);
    }
    // Killed in the middle of a refresh and down for longer: the tokens are kept until it is back.
    world.expired_session().await;
    world.during_the_next_request(|| server.kill());
    let program = world.program();
    let unsaved = world.call(&program).await.unwrap_err();
    assert!(matches!(unsaved, AuthError::Unsaved(_)), "{unsaved:?}");
    server.restart();
    world.call(&program).await.unwrap();
    assert!(world.is_alive().await);
    // The program ends before that: the journal shows it.
    for window in [Duration::ZERO, HOUR] {
        let world = World::new(server, world.store.clone(), window).await;
        world.during_the_next_request(|| server.kill());
        let unsaved = world.call(&world.program()).await.unwrap_err();
        assert!(matches!(unsaved, AuthError::Unsaved(_)), "{unsaved:?}");
        server.restart();
        let mut policy = SessionPolicy::default();
        if window > Duration::ZERO {
            policy.replay = ReplayWindow::Within(window);
        }
        // The lease of the program that ended runs out first.
        server.sql("UPDATE oneteg.sessions SET lease_ttl = 0").unwrap();
        let result = world.call(&world.program_with(policy)).await;
        match window {
            Duration::ZERO => {
                assert!(matches!(result, Err(AuthError::GrantUncertain)), "{result:?}");
            }
            _ => result.unwrap(),
        }
        assert_eq!(world.provider.reuses(), 0);
    }
    println!("PostgreSQL down, restarted, killed in the middle of a refresh: 0 silent losses");
}

/// A commit is on the disk when it returns, although the server may forget by default what it has just confirmed.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_survives_the_death_of_a_careless_server() {
    let settings = ["synchronous_commit=off", "wal_writer_delay=10s"];
    let Some(server) = PostgresServer::start_with(&settings).map(leak) else { return };
    let world = World::new(server, new_store(server, "oneteg").await, Duration::ZERO).await;
    for _ in 0..3 {
        world.expired_session().await;
        let program = world.program();
        let (token, _) = program.access_token().await.unwrap();
        program.close().await.unwrap();
        server.kill();
        server.restart();
        assert_eq!(stored(&world.store, &key()).await.unwrap(), token);
        assert!(world.is_alive().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_respond_delays_nobody_with_a_valid_token() {
    let Some(server) = PostgresServer::start().map(leak) else { return };
    new_store(server, "oneteg").await;
    let limit = Duration::from_millis(400);
    let store = settings(server, "oneteg").step_limit(limit).open(keys()).await.unwrap();
    let world = World::new(server, store, Duration::ZERO).await;
    let (first, second) = (world.program(), world.program());
    world.call(&first).await.unwrap();
    world.expired_session().await;
    let requests = world.provider.requests();
    server.pause();
    world.call(&first).await.unwrap();
    assert!(is_unavailable(world.call(&second).await));
    assert_eq!(world.provider.requests(), requests);
    server.resume();
    world.call(&second).await.unwrap();
    // Paused in the middle of a refresh, for less than the attempts to store the tokens take, and for longer.
    for long in [false, true] {
        world.expired_session().await;
        let resumed = Arc::new(Mutex::new(None));
        let resumes = Arc::clone(&resumed);
        world.during_the_next_request(move || {
            server.pause();
            if !long {
                *resumes.lock().unwrap() = Some(std::thread::spawn(|| {
                    std::thread::sleep(Duration::from_millis(300));
                    server.resume();
                }));
            }
        });
        let program = world.program();
        let result = world.call(&program).await;
        if long {
            assert!(matches!(result, Err(AuthError::Unsaved(_))), "{result:?}");
            server.resume();
            world.call(&program).await.unwrap();
        } else {
            result.unwrap();
        }
        if let Some(thread) = resumed.lock().unwrap().take() {
            thread.join().unwrap();
        }
        assert!(world.is_alive().await);
    }
    println!("PostgreSQL paused, and paused in the middle of a refresh: 0 silent losses");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_breaks_connections_loses_no_session() {
    let Some(server) = PostgresServer::start().map(leak) else { return };
    new_store(server, "oneteg").await;
    let address = ([127, 0, 0, 1], server.port()).into();
    let faults: Vec<_> =
        ProxyFault::ALL.into_iter().filter(|fault| *fault != ProxyFault::SlowDrip).collect();
    let proxy = FaultProxy::start(address, &faults, 40, 15).await.unwrap();
    let port = format!(":{}/", proxy.address().port());
    let url = server.url().replace(&format!(":{}/", server.port()), &port);
    let limit = Duration::from_millis(500);
    let builder = PostgresStore::builder(url).step_limit(limit);
    let behind = builder.max_connections(1).build(keys()).unwrap();
    let direct = settings(server, "oneteg").open(keys()).await.unwrap();
    let world = World::new(server, direct, Duration::ZERO).await;
    let (mut refreshed, mut failed, mut uncertain) = (0, 0, 0);
    for _ in 0..if full() { 400 } else { 20 } {
        let faulty = World {
            server,
            store: behind.clone(),
            provider: world.provider.clone(),
            incident: Incident::default(),
        };
        let program = faulty.program();
        match faulty.call(&program).await {
            Ok(()) => refreshed += 1,
            Err(AuthError::GrantUncertain) => uncertain += 1,
            Err(AuthError::Unsaved(_) | AuthError::Store(_)) => failed += 1,
            Err(error) => panic!("{error:?}"),
        }
        // The next program has new connections, and tokens that have expired.
        drop(program.close().await);
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'oneteg' AND pid <> pg_backend_pid()").unwrap();
        assert_eq!(world.provider.reuses(), 0);
        let alive = world.is_alive().await;
        let journal = world.store.load(&key()).await.unwrap().unwrap().journal;
        assert!(alive || journal.is_some(), "a session was lost and nothing shows it");
        world.expired_session().await;
    }
    println!(
        "PostgreSQL behind a broken network: {refreshed} refreshed, {failed} failed, {uncertain} uncertain, {} of {} \
         connections disturbed, 0 silent losses",
        proxy.faults(),
        proxy.connections(),
    );
    assert!(refreshed > 0 && failed + uncertain > 0 && proxy.faults() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_server_and_one_without_a_free_connection_are_declared() {
    let crowded = ["max_connections=8", "superuser_reserved_connections=0", "max_wal_senders=0"];
    let Some(server) = PostgresServer::start_with(&crowded).map(leak) else { return };
    let store = new_store(server, "oneteg").await;
    let world = World::new(server, store, Duration::ZERO).await;
    let read_only = |on: bool| {
        let set = format!("ALTER SYSTEM SET default_transaction_read_only = {on}");
        server.sql(&set).unwrap();
        server.sql("SELECT pg_reload_conf()").unwrap();
        let shows = if on { "on" } else { "off" };
        while server.sql("SHOW default_transaction_read_only").unwrap() != shows {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    let (first, second) = (world.program(), world.program());
    world.call(&first).await.unwrap();
    world.expired_session().await;
    let requests = world.provider.requests();
    read_only(true);
    world.call(&first).await.unwrap();
    let refused = until(Duration::from_secs(5), || async {
        // Other connections hear of the setting a moment later.
        has_fault(world.call(&world.program()).await, &ServerFault::ReadOnly)
    });
    assert!(refused.await && world.provider.requests() == requests);
    read_only(false);
    assert!(until(Duration::from_secs(5), || async { world.call(&second).await.is_ok() }).await);
    assert!(world.is_alive().await);

    // Other programs have taken every connection.
    let limit = Duration::from_millis(700);
    let late = settings(server, "oneteg").step_limit(limit).build(keys()).unwrap();
    let others: Vec<_> = (0..8).map_while(|_| Transaction::try_begin(server, "SELECT 1")).collect();
    let error = late.load(&key()).await.unwrap_err();
    let full = ServerFault::TooManyConnections;
    assert!(matches!(&error, StoreError::Server { fault, .. } if *fault == full), "{error:?}");
    assert!(error.is_transient());
    // One ends while the store waits for it.
    let freed = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(others);
    });
    late.load(&key()).await.unwrap();
    freed.join().unwrap();
}

/// Repeats a check until it holds or the time is up.
async fn until<F: Future<Output = bool>>(limit: Duration, mut holds: impl FnMut() -> F) -> bool {
    let began = std::time::Instant::now();
    while began.elapsed() < limit {
        if holds().await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
