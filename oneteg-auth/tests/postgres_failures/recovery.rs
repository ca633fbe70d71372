//! A server that is replaced by its replica, or restored from a backup.

use std::{process::Command, time::Duration};

use oneteg_auth::{
    AuthError, Authenticator, PostgresStore, ReplayWindow, SessionPolicy, TokenStore,
};
use oneteg_test_peers::PostgresServer;

use crate::{
    common::key,
    postgres::{HOUR, keys, new_store, settings, store_session},
    world::{World, leak},
};

/// One URL for both servers.
fn url_of_both(first: &PostgresServer, second: &PostgresServer) -> String {
    let port = format!(":{}/", first.port());
    first.url().replace(&port, &format!(":{},127.0.0.1:{}/", first.port(), second.port()))
}

fn wait_until(server: &PostgresServer, query: &str, expected: &str) {
    while server.sql(query).unwrap() != expected {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fail_over_to_a_synchronous_replica_loses_nothing() {
    let Some(primary) = PostgresServer::start().map(leak) else { return };
    let replica = leak(primary.start_replica());
    new_store(primary, "oneteg").await;
    primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'").unwrap();
    primary.sql("SELECT pg_reload_conf()").unwrap();
    wait_until(primary, "SELECT sync_state FROM pg_stat_replication", "sync");
    // The replica comes first in the URL: it accepts no writes, so the primary is used.
    let builder = PostgresStore::builder(url_of_both(replica, primary));
    let mut world = World::new(primary, builder.open(keys()).await.unwrap(), Duration::ZERO).await;
    let mut changes = world.store.watch(&key());
    world.call(&world.program()).await.unwrap();
    world.expired_session().await;
    world.during_the_next_request(|| {
        primary.kill();
        replica.sql("SELECT pg_promote()").unwrap();
    });
    let program = world.program();
    let result = world.call(&program).await;
    if !matches!(result, Err(AuthError::Unsaved(_))) {
        result.unwrap();
    }
    world.call(&program).await.unwrap();
    world.server = replica;
    assert!(world.is_alive().await);
    world.expired_session().await;
    world.call(&world.program()).await.unwrap();
    assert!(world.is_alive().await);
    // Notifications come from the new primary.
    let other = settings(replica, "oneteg").open(keys()).await.unwrap();
    let woken = async {
        // Changes that were announced before, and the new connection, wake too.
        while replica
            .sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
            .unwrap()
            != "1"
        {
            changes.wait(Duration::from_millis(20)).await;
        }
        changes.wait(Duration::from_millis(300)).await;
        store_session(&other, &key(), "a").await;
        changes.wait(HOUR).await;
    };
    tokio::time::timeout(Duration::from_secs(30), woken).await.expect("no notification");
    println!("PostgreSQL fails over in the middle of a refresh (synchronous): 0 lost");
}

/// The replica has the session and knows nothing of the lease and the journal entry.
#[tokio::test(flavor = "multi_thread")]
async fn a_fail_over_to_a_replica_that_lags_keeps_what_was_granted() {
    let Some(primary) = PostgresServer::start().map(leak) else { return };
    let replica = leak(primary.start_replica());
    new_store(primary, "oneteg").await;
    let builder = PostgresStore::builder(url_of_both(primary, replica));
    let mut world = World::new(primary, builder.open(keys()).await.unwrap(), Duration::ZERO).await;
    let position = primary.sql("SELECT pg_current_wal_flush_lsn()").unwrap();
    wait_until(replica, &format!("SELECT pg_last_wal_replay_lsn() >= '{position}'"), "t");
    replica.stop();
    world.during_the_next_request(|| {
        primary.kill();
        replica.restart();
        replica.sql("SELECT pg_promote()").unwrap();
    });
    let program = world.program();
    let result = world.call(&program).await;
    if !matches!(result, Err(AuthError::Unsaved(_))) {
        result.unwrap();
    }
    world.call(&program).await.unwrap();
    world.server = replica;
    assert!(world.is_alive().await);
    println!("PostgreSQL fails over in the middle of a refresh (the replica lags): 0 lost");
}

fn dump(server: &PostgresServer) -> String {
    let output = Command::new(server.programs().join("pg_dump"))
        .args(["--inserts", "--schema=oneteg", "--dbname"])
        .arg(server.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // Commands of `psql` that protect a restore; `-c` accepts none.
    text.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n")
}

fn restore(server: &PostgresServer, dump: &str) {
    server.sql("DROP SCHEMA oneteg CASCADE").unwrap();
    server.sql(dump).unwrap();
}

fn with_window(window: Duration) -> SessionPolicy {
    let mut policy = SessionPolicy::default();
    if window > Duration::ZERO {
        policy.replay = ReplayWindow::Within(window);
    }
    policy
}

/// A refresh token that was spent since the backup is stored again, and nothing in the database shows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_from_before_a_refresh_ends_in_a_declared_state() {
    let Some(server) = PostgresServer::start().map(leak) else { return };
    let store = new_store(server, "oneteg").await;
    for window in [Duration::ZERO, HOUR] {
        let world = World::new(server, store.clone(), window).await;
        let backup = dump(server);
        let before = world.program();
        world.call(&before).await.unwrap();
        before.close().await.unwrap();
        restore(server, &backup);
        // A token in memory stays in use.
        world.call(&before).await.unwrap();
        let after = world.program_with(with_window(window));
        let result = world.call(&after).await;
        if window.is_zero() {
            assert!(matches!(result, Err(AuthError::SessionEnded)), "{result:?}");
            after.sign_in(&world.provider.sign_in()).await.unwrap();
            world.call(&after).await.unwrap();
            // The provider has ended the old session; the other program follows to the new one.
            let (_, version) = before.access_token().await.unwrap();
            before.refused(version).await.unwrap();
            world.call(&before).await.unwrap();
        } else {
            result.unwrap();
            assert!(world.is_alive().await);
        }
    }
    // A backup from the middle of a refresh has its journal entry.
    let world = World::new(server, store, Duration::ZERO).await;
    let (send, receive) = std::sync::mpsc::channel();
    world.during_the_next_request(move || send.send(dump(server)).unwrap());
    let program = world.program();
    world.call(&program).await.unwrap();
    program.close().await.unwrap();
    restore(server, &receive.recv().unwrap());
    server.sql("UPDATE oneteg.sessions SET lease_owner = NULL").unwrap();
    let result = world.call(&world.program()).await;
    assert!(matches!(result, Err(AuthError::GrantUncertain)), "{result:?}");
    assert_eq!(world.provider.reuses(), 0);
    println!(
        "PostgreSQL restored from 3 old backups: ended, recovered, uncertain; 0 silent losses"
    );
}
