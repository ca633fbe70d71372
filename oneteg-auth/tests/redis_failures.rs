//! Sessions in a Redis that fails: every outcome is a declared state, and no session is lost silently. Without Redis
//! these tests print `SKIPPED` and pass.

#![cfg(all(feature = "redis", unix))]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/redis.rs"]
mod redis;

use std::{path::Path, sync::Arc, time::Duration};

use common::{Gate, full, key};
use oneteg_auth::{
    AuthError, Authenticator, BoxFuture, Clock, Grant, RedisDurability, RedisStore, Secret,
    ServerFault, SessionPolicy, StoreError, SystemClock, TokenError, Tokens,
};
use oneteg_test_kit::{FaultProxy, Provider, ProviderGrant, ProviderKind, ProxyFault, TestSession};
use oneteg_test_peers::{RedisServer, SentinelGroup};
use redis::{keys, record, stored};
use tokio::{task::JoinHandle, time::timeout};

/// A bound for a test that hangs; never the time a test takes.
const PATIENCE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// A provider that rotates refresh tokens without mercy, and sessions over one store.
#[derive(Clone)]
struct World {
    provider: Provider,
    url: String,
    gate: Arc<Gate>,
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
    fn new(url: String) -> Self {
        let kind =
            ProviderKind { latency: Duration::from_millis(1), ..ProviderKind::rotating(HOUR) };
        let provider = Provider::new(kind, Arc::new(SystemClock));
        Self { provider, url, gate: Arc::default() }
    }

    fn store(&self) -> RedisStore {
        self.with_durability(RedisDurability::Primary)
    }

    fn with_durability(&self, durability: RedisDurability) -> RedisStore {
        let builder = RedisStore::builder(&self.url, keys()).durability(durability);
        builder.step_limit(Duration::from_secs(2)).open().unwrap()
    }

    /// Another process.
    fn process(&self) -> TestSession {
        self.process_on(self.store())
    }

    fn process_on(&self, store: RedisStore) -> TestSession {
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

    async fn signed_in(&self) -> TestSession {
        self.signed_in_on(self.store()).await
    }

    async fn signed_in_on(&self, store: RedisStore) -> TestSession {
        let session = self.process_on(store);
        session.sign_in(&self.provider.sign_in()).await.unwrap();
        session
    }

    /// A call whose token the vendor has refused, so that it needs another one.
    async fn refused(&self, session: &TestSession) -> Result<(), AuthError> {
        let (token, version) = session.access_token().await?;
        let recovery = session.refused(version).await?;
        let (next, _) = session.access_token().await?;
        assert!(next != token && self.provider.accepts(&next), "{recovery:?}");
        Ok(())
    }

    /// The same in the background; returns when the provider has spent the refresh token. The response waits for
    /// [`World::respond`].
    async fn refresh_in_progress(
        &self,
        session: &TestSession,
    ) -> JoinHandle<Result<(), AuthError>> {
        self.gate.close_at("response");
        let (world, session) = (self.clone(), session.clone());
        let call = tokio::spawn(async move { world.refused(&session).await });
        timeout(PATIENCE, self.gate.reached()).await.expect("a token request");
        call
    }

    fn respond(&self) {
        self.gate.open();
    }

    /// Whether the stored refresh token is the one that the provider expects.
    async fn is_alive(&self) -> bool {
        let tokens = stored(&self.store(), &key()).await.tokens;
        let refresh = tokens.and_then(|tokens| tokens.refresh);
        refresh.is_some_and(|refresh| self.provider.would_refresh(&refresh))
    }

    /// Calls until one succeeds, as a program does; all failures before it are declared ones.
    async fn recovers(&self, session: &TestSession) {
        let calls = async {
            while let Err(error) = self.valid_token(session).await {
                assert!(is_declared(&error), "{error:?}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, calls).await.expect("the session recovers");
    }

    async fn valid_token(&self, session: &TestSession) -> Result<(), AuthError> {
        let (token, _) = session.access_token().await?;
        assert!(self.provider.accepts(&token));
        Ok(())
    }
}

/// The states that documentation promises while a store fails.
fn is_declared(error: &AuthError) -> bool {
    let passes = |error: &StoreError| error.is_transient();
    match error {
        AuthError::Store(error) | AuthError::Unsaved(error) => passes(error),
        AuthError::BackingOff { .. } => true,
        error => error.needs_sign_in(),
    }
}

fn unavailable(result: &Result<(), AuthError>) -> bool {
    matches!(result, Err(AuthError::Store(StoreError::Unavailable { .. })))
}

fn store_fault(result: &Result<(), AuthError>) -> Option<&ServerFault> {
    match result {
        Err(AuthError::Store(StoreError::Server { fault, .. })) => Some(fault),
        _ => None,
    }
}

#[tokio::test]
async fn without_redis_a_valid_token_works_and_no_refresh_token_is_spent() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    server.kill();
    world.valid_token(&session).await.unwrap();
    let refresh = world.refused(&session).await;
    assert!(unavailable(&refresh), "{refresh:?}");
    let stranger = world.valid_token(&world.process()).await;
    assert!(unavailable(&stranger), "{stranger:?}");
    assert_eq!(world.provider.requests(), 0);
    server.restart();
    timeout(PATIENCE, async { while world.refused(&session).await.is_err() {} }).await.unwrap();
    world.valid_token(&world.process()).await.unwrap();
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    assert!(world.is_alive().await);
}

#[tokio::test]
async fn a_restart_during_a_token_request_loses_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    let call = world.refresh_in_progress(&session).await;
    server.restart();
    // The lease and the journal were on the disk, and the connection is replaced.
    world.respond();
    call.await.unwrap().unwrap();
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    assert!(world.is_alive().await);
}

#[tokio::test]
async fn tokens_granted_while_redis_is_down_are_stored_when_it_is_back() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    let call = world.refresh_in_progress(&session).await;
    server.kill();
    world.respond();
    let result = call.await.unwrap();
    assert!(matches!(result, Err(AuthError::Unsaved(_))), "{result:?}");
    server.restart();
    world.recovers(&session).await;
    session.close().await.unwrap();
    world.valid_token(&world.process()).await.unwrap();
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    assert!(world.is_alive().await);
}

/// The process dies with what it was granted: the journal entry, which was on the disk, tells the next one.
#[tokio::test]
async fn a_process_that_dies_while_redis_is_down_leaves_its_trace() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    let call = world.refresh_in_progress(&session).await;
    server.kill();
    world.respond();
    let result = call.await.unwrap();
    assert!(matches!(result, Err(AuthError::Unsaved(_))), "{result:?}");
    drop(session);
    server.restart();
    let next = world.process();
    let result = timeout(PATIENCE, async {
        loop {
            match world.refused(&next).await {
                Ok(()) => panic!("a refresh token was spent twice"),
                Err(AuthError::GrantUncertain) => break,
                Err(error) => assert!(is_declared(&error), "{error:?}"),
            }
        }
    });
    result.await.expect("GrantUncertain");
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    next.sign_in(&world.provider.sign_in()).await.unwrap();
    world.refused(&next).await.unwrap();
}

#[tokio::test]
async fn a_redis_without_persistence_forgets_a_session_openly() {
    let Some(server) = RedisServer::start_with(&["--appendonly", "no"]) else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    let waiting = world.process();
    world.valid_token(&waiting).await.unwrap();
    let call = world.refresh_in_progress(&session).await;
    server.restart();
    world.respond();
    let result = call.await.unwrap();
    assert!(matches!(result, Err(AuthError::NotSignedIn)), "{result:?}");
    // A token that is in memory stays in use.
    world.valid_token(&waiting).await.unwrap();
    let stranger = world.valid_token(&world.process()).await;
    assert!(matches!(stranger, Err(AuthError::NotSignedIn)), "{stranger:?}");
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    session.sign_in(&world.provider.sign_in()).await.unwrap();
    world.refused(&session).await.unwrap();
    // The version of the new session is lower, and other processes follow it all the same.
    world.refused(&waiting).await.unwrap();
    assert!(world.is_alive().await);
}

#[tokio::test]
async fn a_redis_that_does_not_respond_holds_nobody_up_for_long() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let builder = RedisStore::builder(&world.url, keys());
    let hasty = builder.step_limit(Duration::from_millis(300)).open().unwrap();
    world.signed_in().await;
    let session = world.process_on(hasty);
    world.valid_token(&session).await.unwrap();
    server.pause();
    world.valid_token(&session).await.unwrap();
    let refresh =
        timeout(PATIENCE, world.refused(&session)).await.expect("a step has a time limit");
    assert!(unavailable(&refresh), "{refresh:?}");
    assert_eq!(world.provider.requests(), 0);
    server.resume();
    timeout(PATIENCE, async { while world.refused(&session).await.is_err() {} }).await.unwrap();
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));

    // In the middle of a refresh: the server may carry out a commit whose sender has given up on it.
    let call = world.refresh_in_progress(&session).await;
    server.pause();
    world.respond();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.resume();
    if let Err(error) = call.await.unwrap() {
        assert!(is_declared(&error), "{error:?}");
        world.recovers(&session).await;
    }
    assert_eq!((world.provider.requests(), world.provider.reuses()), (2, 0));
    assert!(world.is_alive().await);
    world.refused(&world.process()).await.unwrap();
}

#[tokio::test]
async fn a_full_redis_begins_no_refresh_and_ends_those_in_progress() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    let fill = || server.command(&["config", "set", "maxmemory", "1"]);
    let free = || server.command(&["config", "set", "maxmemory", "0"]);
    fill();
    let refresh = world.refused(&session).await;
    assert_eq!(store_fault(&refresh), Some(&ServerFault::Full), "{refresh:?}");
    world.valid_token(&world.process()).await.unwrap();
    assert_eq!(world.provider.requests(), 0);
    free();
    let call = world.refresh_in_progress(&session).await;
    fill();
    world.respond();
    call.await.unwrap().unwrap();
    assert!(world.is_alive().await);
    // What begins a session is refused, and kept in memory.
    let other = world.process();
    let unsaved = other.sign_in(&world.provider.sign_in()).await;
    assert!(matches!(unsaved, Err(AuthError::Unsaved(_))), "{unsaved:?}");
    free();
    other.close().await.unwrap();
    // What ends a session needs no space.
    fill();
    session.sign_out().await.unwrap();
    assert!(stored(&world.store(), &key()).await.tokens.is_none());
    assert_eq!(world.provider.reuses(), 0);
}

/// A snapshot that cannot be written to the disk: Redis refuses every write, also those that end a refresh.
#[tokio::test]
async fn a_redis_with_a_full_disk_is_recovered_from() {
    let settings = ["--appendonly", "no", "--save", "3600 1000"];
    let Some(server) = RedisServer::start_with(&settings) else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    let dump = server.folder().join("dump.rdb");
    let call = world.refresh_in_progress(&session).await;
    // Nothing can be renamed over a folder with content.
    std::fs::create_dir_all(dump.join("content")).unwrap();
    failing_snapshot(&server, "err");
    world.respond();
    let result = call.await.unwrap();
    assert!(matches!(result, Err(AuthError::Unsaved(_))), "{result:?}");
    let stranger = world.process();
    world.valid_token(&stranger).await.unwrap();
    let refresh = world.refused(&stranger).await;
    assert_eq!(store_fault(&refresh), Some(&ServerFault::Full), "{refresh:?}");
    std::fs::remove_dir_all(&dump).unwrap();
    failing_snapshot(&server, "ok");
    world.recovers(&session).await;
    session.close().await.unwrap();
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    assert!(world.is_alive().await);
}

fn failing_snapshot(server: &RedisServer, status: &str) {
    let status = format!("rdb_last_bgsave_status:{status}");
    loop {
        server.command(&["bgsave"]);
        let info = server.command(&["info", "persistence"]);
        if info.contains("rdb_bgsave_in_progress:0") && info.contains(&status) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An old copy holds a refresh token that was spent since: the provider ends the session, and the caller is told.
#[tokio::test]
async fn a_redis_restored_from_an_old_snapshot_ends_sessions_openly() {
    let Some(server) = RedisServer::start_with(&["--appendonly", "no"]) else { return };
    let world = World::new(server.url());
    let session = world.signed_in().await;
    server.command(&["save"]);
    let copy = server.folder().join("copy.rdb");
    std::fs::copy(server.folder().join("dump.rdb"), &copy).unwrap();
    world.refused(&session).await.unwrap();
    world.refused(&session).await.unwrap();
    restore(&server, &copy);
    // The token in memory is newer than the restored ones, and stays in use.
    world.valid_token(&session).await.unwrap();
    let mut failures = 0;
    for process in [&session, &world.process(), &world.process()] {
        let refresh = world.refused(process).await;
        match refresh {
            Err(AuthError::SessionEnded) => failures += 1,
            // The session's own token was refused, and the restored one is another one.
            Ok(()) | Err(_) if failures == 0 => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(failures > 0, "nobody is told");
    assert_eq!(world.provider.reuses(), 1, "a spent token is sent once");
    session.sign_in(&world.provider.sign_in()).await.unwrap();
    world.refused(&world.process()).await.unwrap();
    assert!(world.is_alive().await);

    // A copy of the time before the session: nobody is signed in.
    server.command(&["flushall"]);
    server.command(&["save"]);
    std::fs::copy(server.folder().join("dump.rdb"), &copy).unwrap();
    session.sign_in(&world.provider.sign_in()).await.unwrap();
    restore(&server, &copy);
    world.valid_token(&session).await.unwrap();
    let stranger = world.valid_token(&world.process()).await;
    assert!(matches!(stranger, Err(AuthError::NotSignedIn)), "{stranger:?}");
}

fn restore(server: &RedisServer, copy: &Path) {
    server.kill();
    std::fs::copy(copy, server.folder().join("dump.rdb")).unwrap();
    server.restart();
}

#[tokio::test]
async fn a_fail_over_during_a_token_request_loses_nothing() {
    fail_over("Primary", RedisDurability::Primary).await;
}

#[tokio::test]
async fn a_fail_over_with_confirmed_writes_loses_nothing() {
    let patience = Duration::from_secs(1);
    fail_over("Replicas", RedisDurability::Replicas { count: 1, patience }).await;
}

async fn fail_over(name: &str, durability: RedisDurability) {
    let Some(group) = SentinelGroup::start() else { return };
    let rounds = if full() { 10 } else { 1 };
    let world = World::new(group.url());
    let session = world.signed_in_on(world.with_durability(durability)).await;
    for round in 1..=rounds {
        let old = group.primary();
        let call = world.refresh_in_progress(&session).await;
        old.kill();
        world.respond();
        if let Err(error) = call.await.unwrap() {
            assert!(is_declared(&error), "{error:?}");
        }
        group.wait_for_fail_over(old);
        world.recovers(&session).await;
        session.close().await.unwrap();
        world.valid_token(&world.process()).await.unwrap();
        assert_eq!((world.provider.requests(), world.provider.reuses()), (round, 0));
        assert!(world.is_alive().await);
        if round < rounds {
            old.restart();
            group.wait_for_replica();
        }
    }
    println!("fail-over, durability {name}: {rounds} refreshes, {rounds} token requests, 0 lost");
}

/// The replica has received nothing: with `Replicas`, no token request is sent that a fail-over could hide.
#[tokio::test]
async fn without_its_replicas_a_refresh_does_not_begin() {
    let Some(group) = SentinelGroup::start() else { return };
    let world = World::new(group.url());
    let durability = RedisDurability::Replicas { count: 1, patience: Duration::from_millis(200) };
    let store = world.with_durability(durability);
    let session = world.signed_in_on(store.clone()).await;
    group.replica().pause();
    let expected = ServerFault::NotReplicated { confirmed: 0, needed: 1 };
    let refresh = world.refused(&session).await;
    assert_eq!(store_fault(&refresh), Some(&expected), "{refresh:?}");
    let sign_out = world.process_on(store).sign_out().await;
    assert!(
        matches!(&sign_out, Err(AuthError::Store(StoreError::Server { fault, .. })) if *fault == expected),
        "{sign_out:?}"
    );
    assert_eq!(world.provider.requests(), 0);
    group.replica().resume();
    group.wait_for_replica();
    let session = world.signed_in().await;
    group.replica().pause();
    let strict = world.process_on(world.with_durability(durability));
    world.valid_token(&strict).await.unwrap();
    let refresh = world.refused(&strict).await;
    assert_eq!(store_fault(&refresh), Some(&expected), "{refresh:?}");
    // The refresh that did not begin makes nobody uncertain.
    assert!(stored(&world.store(), &key()).await.journal.is_none());
    world.refused(&session).await.unwrap();
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    group.replica().resume();
}

/// The primary is lost with everything that it did not replicate, and the process with it.
#[tokio::test]
async fn what_was_not_replicated_is_lost_openly() {
    let Some(group) = SentinelGroup::start() else { return };
    let world = World::new(group.url());
    let session = world.signed_in().await;
    group.wait_for_replica();
    let (old, replica) = (group.primary(), group.replica());
    let offset = || {
        let info = old.command(&["info", "replication"]);
        let field = |name: &str| info.split_once(name)?.1.lines().next().map(str::to_owned);
        let acknowledged = field(",offset=")?.split(',').next()?.to_owned();
        Some(acknowledged == field("master_repl_offset:")?)
    };
    while offset() != Some(true) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    replica.pause();
    // What is on the way to a stopped process would still arrive.
    old.command(&["client", "kill", "type", "replica"]);
    world.refused(&session).await.unwrap();
    old.kill();
    replica.resume();
    group.wait_for_fail_over(old);
    // The process that refreshed keeps its token; another one finds the spent refresh token and no trace.
    world.valid_token(&session).await.unwrap();
    let stranger = world.process();
    let result = timeout(PATIENCE, async {
        loop {
            match world.refused(&stranger).await {
                Err(error) if error.is_transient() => {}
                other => break other,
            }
        }
    });
    let result = result.await.unwrap();
    assert!(matches!(result, Err(AuthError::SessionEnded)), "{result:?}");
    session.sign_in(&world.provider.sign_in()).await.unwrap();
    world.refused(&stranger).await.unwrap();
    assert!(world.is_alive().await);
}

/// Connections that break anywhere. Each process ends after its refresh.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections_lose_no_session() {
    let Some(server) = RedisServer::start() else { return };
    let world = World::new(server.url());
    let address = format!("127.0.0.1:{}", server.port()).parse().unwrap();
    let proxy = FaultProxy::start(address, &ProxyFault::ALL, 60, 15).await.unwrap();
    let disrupted = World { url: format!("redis://{}/", proxy.address()), ..world.clone() };
    world.signed_in().await.close().await.unwrap();
    let rounds = if full() { 2000 } else { 60 };
    let (mut refreshed, mut failed, mut uncertain) = (0, 0, 0);
    for _ in 0..rounds {
        let builder = RedisStore::builder(&disrupted.url, keys());
        let store = builder.step_limit(Duration::from_millis(300)).open().unwrap();
        let process = disrupted.process_on(store);
        match disrupted.refused(&process).await {
            Ok(()) => refreshed += 1,
            Err(error) => {
                assert!(is_declared(&error), "{error:?}");
                failed += 1;
            }
        }
        // A program ends when its tokens are stored. `close` fails as long as they are not.
        timeout(PATIENCE, async { while process.close().await.is_err() {} }).await.unwrap();
        if let Err(error) = world.valid_token(&world.process()).await {
            panic!("{error:?}");
        }
        let session = stored(&world.store(), &key()).await;
        assert!(world.is_alive().await, "{session:?}");
        uncertain += usize::from(session.journal.is_some());
    }
    assert!(refreshed > 0 && failed > 0, "{refreshed} {failed}");
    assert_eq!(world.provider.reuses(), 0);
    assert!(uncertain <= failed, "{record}", record = record(&key()));
    println!(
        "broken connections: {} disrupted, {refreshed} refreshes, {failed} declared failures, 0 lost",
        proxy.faults()
    );
}
