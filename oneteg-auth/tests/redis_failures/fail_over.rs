//! A primary that is replaced by its replica.

use std::time::Duration;

use oneteg_auth::{AuthError, RedisDurability, RedisStore, ServerFault, StoreError, TokenStore};
use oneteg_test_peers::{RedisServer, SentinelGroup};
use tokio::time::timeout;

use crate::{
    common::{full, key},
    redis::{PATIENCE, keys, stored},
    sentinel::SlowSentinel,
    world::{World, is_declared, store_fault},
};

#[tokio::test]
async fn a_fail_over_during_a_token_request_loses_nothing() {
    fail_over("Primary", RedisDurability::Primary).await;
}

#[tokio::test]
async fn a_fail_over_with_confirmed_writes_loses_nothing() {
    let patience = Duration::from_secs(1);
    fail_over("Replicas", RedisDurability::Replicas { count: 1, patience }).await;
}

/// The Sentinels exchange primary and replica, both of which run. For some seconds, the old primary accepts writes
/// that it will forget: no replica confirms them.
#[tokio::test]
async fn a_primary_that_is_being_replaced_gets_no_refresh() {
    let Some(group) = SentinelGroup::start() else { return };
    let world = World::new(group.url());
    let durability = RedisDurability::Replicas { count: 1, patience: Duration::from_millis(500) };
    let session = world.signed_in_on(world.with_durability(durability)).await;
    let waiting = world.store();
    let mut changes = waiting.watch(&key());
    timeout(PATIENCE, changes.wait(PATIENCE * 2)).await.expect("the subscription begins");
    group.switch();
    // Over the connection to the old primary at first.
    let refresh = world.refused(&session).await;
    let Err(error) = refresh else { panic!("a write without a replica counts") };
    assert!(is_declared(&error) && !error.needs_sign_in(), "{error:?}");
    // The Sentinels take ten seconds to do this.
    let port = group.primary().port().to_string();
    group.replica().command(&["replicaof", "127.0.0.1", &port]);
    let refreshed = async {
        while let Err(error) = world.refused(&session).await {
            assert!(is_declared(&error) && !error.needs_sign_in(), "{error:?}");
        }
    };
    timeout(PATIENCE, refreshed).await.expect("the new primary has a replica");
    assert!(world.is_alive().await);
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    // Changes at the new primary reach those who wait.
    let woken = async {
        loop {
            drop(waiting.clear(&key()).await);
            if timeout(Duration::from_millis(200), changes.wait(PATIENCE * 2)).await.is_ok() {
                return;
            }
        }
    };
    timeout(PATIENCE, woken).await.expect("a notification");
}

/// The same without waiting for replicas: the Sentinels are asked again, every second.
#[tokio::test]
async fn a_busy_store_asks_the_sentinels_again() {
    let Some(group) = SentinelGroup::start() else { return };
    let world = World::new(group.url());
    let store = world.store();
    let session = world.signed_in_on(store.clone()).await;
    group.switch();
    a_moment_later().await;
    world.refused(&session).await.unwrap();
    assert!(world.is_alive().await);
    assert_eq!((world.provider.requests(), world.provider.reuses()), (1, 0));
    // Without Sentinels the store stays with the primary that it has.
    for sentinel in group.sentinels() {
        sentinel.kill();
    }
    for round in 2..4 {
        a_moment_later().await;
        world.refused(&session).await.unwrap();
        assert_eq!((world.provider.requests(), world.provider.reuses()), (round, 0));
    }
    assert!(stored(&store, &key()).await.tokens.is_some());
}

/// A Sentinel that takes the primary for down, as every Sentinel does for a moment in a fail-over.
#[tokio::test]
async fn a_primary_that_is_down_for_a_moment_is_waited_for() {
    let Some(server) = RedisServer::start() else { return };
    let sentinel = SlowSentinel::start(server.port(), 3);
    let world = World::new(sentinel.url());
    world.signed_in().await;
    assert!(sentinel.questions() >= 4, "{}", sentinel.questions());
    world.valid_token(&world.process()).await.unwrap();
    // Not for longer than half a step may take.
    let sentinel = SlowSentinel::start(server.port(), usize::MAX);
    let store = RedisStore::builder(&sentinel.url(), keys())
        .step_limit(Duration::from_millis(500))
        .open()
        .unwrap();
    let error = store.load(&key()).await.unwrap_err();
    assert!(error.is_transient() && format!("{error:?}").contains("no primary"), "{error:?}");
}

/// Lets two seconds pass for the store, which has nothing in progress.
async fn a_moment_later() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
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
        world.recovers(&world.process()).await;
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
