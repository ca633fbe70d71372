//! One server that is down, restarted, slow, full, or restored from a copy.

use std::{path::Path, time::Duration};

use oneteg_auth::{AuthError, RedisStore, ServerFault};
use oneteg_test_kit::{FaultProxy, ProxyFault};
use oneteg_test_peers::RedisServer;
use tokio::time::timeout;

use crate::{
    common::{full, key},
    redis::{PATIENCE, keys, record, stored},
    world::{World, is_declared, store_fault, unavailable},
};

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
