//! The connection that steps share, and the subscription to changes.

use std::time::Duration;

use oneteg_auth::{CredentialVersion, RefreshAttempt, SessionKey, StoreError, TokenStore};
use oneteg_test_peers::RedisServer;
use tokio::time::timeout;

use crate::redis::{
    LossyProxy, MINUTE, PATIENCE, leased, owner, signed_in, store, stored, stored_access, tokens,
};

/// Some routers drop idle connections without telling either side.
#[tokio::test]
async fn an_idle_connection_is_not_trusted() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let connection = || {
        let list = server.command(&["client", "list", "type", "normal"]);
        let ours =
            list.lines().find(|line| !line.contains("redis-cli") && !line.contains("cmd=client"));
        ours.and_then(|line| line.split(' ').next()).map(str::to_owned)
    };
    signed_in(&store, &key).await;
    let first = connection();
    stored(&store, &key).await;
    assert_eq!(connection(), first);
    tokio::time::pause();
    tokio::time::advance(MINUTE).await;
    tokio::time::resume();
    stored(&store, &key).await;
    assert_ne!(connection(), first);
    assert!(first.is_some());
}

#[test]
fn a_store_without_a_runtime_fails_with_an_error() {
    let (store, key) = (store("redis://localhost"), SessionKey::new("acme"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let loaded = store.load(&key).as_mut().poll(&mut context);
    let std::task::Poll::Ready(loaded) = loaded else { panic!("waits for ever") };
    assert!(matches!(loaded, Err(StoreError::Unavailable { .. })), "{loaded:?}");
    drop(store.watch(&key));
}

#[tokio::test]
async fn a_commit_wakes_those_who_wait() {
    let Some(server) = RedisServer::start() else { return };
    let (waiting, other) = (store(&server.url()), store(&server.url()));
    let key = SessionKey::new("acme é\"");
    let mut changes = waiting.watch(&key);
    // The beginning of the subscription wakes, too: messages may have been missed before it.
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.unwrap();
    let lease = leased(&other, &key).await;
    let version = other.commit(&lease, CredentialVersion(0), &tokens(1)).await.unwrap();
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the commit notifies");
    other.release(&lease).await.unwrap();
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the release notifies");
    let attempt = RefreshAttempt::new(owner("test"), tokens(1).refresh_hash().unwrap(), version);
    other.offer(&key, &attempt, &tokens(2)).await.unwrap();
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the offer notifies");
    other.clear(&key).await.unwrap();
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the sign-out notifies");
    // A session that nobody waits for wakes nobody.
    signed_in(&other, &SessionKey::new("other")).await;
    assert!(timeout(Duration::from_millis(50), changes.wait(MINUTE)).await.is_err());
    // The subscription is established again when it was lost.
    server.restart();
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("a new subscription wakes");
    let lease = leased(&other, &key).await;
    timeout(PATIENCE, async {
        other.release(&lease).await.unwrap();
        changes.wait(MINUTE * 60).await;
    })
    .await
    .expect("the new subscription works");
}

#[tokio::test]
async fn many_steps_share_one_connection() {
    let Some(server) = RedisServer::start() else { return };
    let store = store(&server.url());
    let steps = (0..50).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { signed_in(&store, &SessionKey::new(number.to_string())).await })
    });
    for step in steps.collect::<Vec<_>>() {
        step.await.unwrap();
    }
    let connections = server.command(&["client", "list", "type", "normal"]);
    // The other one is that of the command.
    assert_eq!(connections.lines().count(), 2, "{connections}");
}

/// A connection's tasks end, or stop, with the runtime that it was made on.
#[test]
fn a_store_outlives_its_runtime() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let idle = runtime();
    idle.block_on(async {
        signed_in(&store, &key).await;
        drop(store.watch(&key));
    });
    // The first runtime still exists, and nobody drives it.
    runtime().block_on(async {
        assert_eq!(stored_access(&store, &key).await, "canary-access-1");
    });
    drop(idle);
    runtime().block_on(async {
        assert_eq!(stored_access(&store, &key).await, "canary-access-1");
        let mut changes = store.watch(&key);
        timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("a new subscription");
    });
}

#[tokio::test]
async fn scripts_are_loaded_again_when_the_server_has_forgotten_them() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let version = signed_in(&store, &key).await;
    server.command(&["script", "flush"]);
    assert_eq!(stored(&store, &key).await.version, version);
    server.command(&["script", "flush"]);
    let lease = leased(&store, &key).await;
    server.command(&["script", "flush"]);
    store.commit(&lease, version, &tokens(2)).await.unwrap();
    assert_eq!(stored_access(&store, &key).await, "canary-access-2");
}

/// The server has carried out a step, and the connection broke before its reply: the repeated step must not mistake
/// its own write for somebody else's.
#[tokio::test]
async fn a_step_whose_reply_was_lost_is_repeated_safely() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = LossyProxy::start(server.port()).await;
    let (store, key) = (store(&proxy.url()), SessionKey::new("acme"));
    // The first reply to each script is that the server does not know it, and losing that one would prove nothing.
    let other = SessionKey::new("other");
    let version = signed_in(&store, &other).await;
    let lease = leased(&store, &other).await;
    let attempt = RefreshAttempt::new(owner("test"), tokens(1).refresh_hash().unwrap(), version);
    store.journal(&lease, Some(&attempt)).await.unwrap();
    store.renew(&lease, MINUTE).await.unwrap();
    store.offer(&other, &attempt, &tokens(2)).await.unwrap();
    stored(&store, &other).await;
    proxy.lose(1);
    let lease = leased(&store, &key).await;
    assert!(lease.fence >= 1);
    proxy.lose(1);
    let version = store.commit(&lease, CredentialVersion(0), &tokens(1)).await.unwrap();
    assert_eq!(version, CredentialVersion(1));
    let attempt = RefreshAttempt::new(owner("test"), tokens(1).refresh_hash().unwrap(), version);
    proxy.lose(1);
    store.journal(&lease, Some(&attempt)).await.unwrap();
    proxy.lose(1);
    store.renew(&lease, MINUTE).await.unwrap();
    proxy.lose(1);
    let offered = store.offer(&key, &attempt, &tokens(2)).await.unwrap();
    assert_eq!(offered, CredentialVersion(2));
    proxy.lose(1);
    store.release(&lease).await.unwrap();
    proxy.lose(1);
    assert_eq!(stored_access(&store, &key).await, "canary-access-2");
    assert_eq!(proxy.lost.load(std::sync::atomic::Ordering::SeqCst), 7);
    // Somebody else's commit is still a conflict.
    let lease = leased(&store, &key).await;
    store.commit(&lease, offered, &tokens(3)).await.unwrap();
    let late = store.commit(&lease, offered, &tokens(3)).await;
    assert!(matches!(late, Err(StoreError::VersionConflict { .. })), "{late:?}");
    // A proxy that loses every reply is a server that cannot be reached.
    proxy.lose(u64::MAX);
    let unreachable = store.load(&key).await;
    assert!(matches!(unreachable, Err(StoreError::Unavailable { .. })), "{unreachable:?}");
}
