//! Locked rows, lost responses, and runtimes that end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use oneteg_auth::{
    CredentialVersion, LeaseDecision, PostgresStore, RefreshAttempt, StoreError, TokenStore,
};
use oneteg_test_peers::PostgresServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    common::key,
    postgres::{
        HOUR, Transaction, granted, keys, new_store, owner, settings, shared_server, store_session,
        stored, tokens,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_held_lease_is_reported_while_the_row_is_locked() {
    let Some(server) = shared_server() else { return };
    let store = new_store(server, "locked").await;
    granted(&store, &key(), "holder", HOUR).await;
    let _locked = Transaction::begin(server, "SELECT FROM locked.sessions FOR UPDATE");
    let other = store.lease(&key(), &owner("other"), HOUR).await.unwrap();
    assert!(matches!(other, LeaseDecision::Held { .. }), "{other:?}");
}

/// Both see that nobody holds the lease before either takes it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_that_ask_in_the_same_moment_one_gets_the_lease() {
    let Some(server) = shared_server() else { return };
    new_store(server, "race").await;
    let patient = settings(server, "race").step_limit(Duration::from_secs(60));
    let store = patient.open(keys()).await.unwrap();
    store_session(&store, &key(), "a").await;
    let locked = Transaction::begin(server, "SELECT FROM race.sessions FOR UPDATE");
    let requests = ["ann", "bob"].map(|by| {
        let store = store.clone();
        tokio::spawn(async move { store.lease(&key(), &owner(by), HOUR).await.unwrap() })
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND \
        query LIKE '%race%sessions%'";
    while server.sql(waiting).unwrap() != "2" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drop(locked);
    let mut granted = 0;
    for request in requests {
        let decision = request.await.unwrap();
        granted += u32::from(matches!(decision, LeaseDecision::Granted(_)));
    }
    assert_eq!(granted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_given_up_on_is_not_done_later() {
    let Some(server) = shared_server() else { return };
    new_store(server, "slow").await;
    let limit = Duration::from_millis(300);
    let store = settings(server, "slow").step_limit(limit).open(keys()).await.unwrap();
    store_session(&store, &key(), "a").await;
    let lease = granted(&store, &key(), "me", HOUR).await;
    let locked = Transaction::begin(server, "SELECT FROM slow.sessions FOR UPDATE");
    let error = store.commit(&lease, CredentialVersion(1), &tokens("b")).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy) && error.is_transient(), "{error:?}");
    drop(locked);
    // No statement is left that could still write.
    let running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%slow%.%sessions%' AND pid <> pg_backend_pid()";
    while server.sql(running).unwrap() != "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stored(&store, &key()).await.as_deref(), Some("canary-access-a"));
    store.commit(&lease, CredentialVersion(1), &tokens("c")).await.unwrap();
}

/// A connection ends with the runtime that made it; the next runtime has its own.
#[test]
fn a_store_outlives_a_runtime() {
    let Some(server) = shared_server() else { return };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = runtime().block_on(new_store(server, "runtimes"));
    for name in ["a", "b", "c"] {
        runtime().block_on(async {
            let mut changes = store.watch(&key());
            store_session(&store, &key(), name).await;
            let long = Duration::from_secs(30);
            tokio::time::timeout(long, changes.wait(HOUR)).await.expect("no notification");
            assert_eq!(stored(&store, &key()).await.unwrap(), format!("canary-access-{name}"));
        });
    }
    // Outside of a runtime nobody can listen; a session that waits polls.
    drop(store.watch(&key()));
}

/// Forwards connections to the server. While `cuts` is set, the next response of the server closes its connection
/// instead of reaching the client.
async fn cutting_proxy(server: &PostgresServer, cuts: Arc<AtomicBool>) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, server_port) = (listener.local_addr().unwrap().port(), server.port());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let cuts = Arc::clone(&cuts);
            tokio::spawn(async move {
                let server = tokio::net::TcpStream::connect(("127.0.0.1", server_port));
                let mut server = server.await.unwrap();
                let (mut sent, mut received) = (vec![0; 1 << 16], vec![0; 1 << 16]);
                loop {
                    let forwarded = tokio::select! {
                        count = client.read(&mut sent) => match count {
                            Ok(count) if count > 0 => server.write_all(&sent[..count]).await,
                            _ => return,
                        },
                        count = server.read(&mut received) => match count {
                            Ok(count) if count > 0 && !cuts.swap(false, Ordering::SeqCst) => {
                                client.write_all(&received[..count]).await
                            }
                            _ => return,
                        },
                    };
                    if forwarded.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

/// The server has done a step and its response is lost: the step is repeated, and has the result of the first time.
#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_lost_changes_no_result() {
    let Some(server) = shared_server() else { return };
    new_store(server, "lost").await;
    let cuts = Arc::new(AtomicBool::new(false));
    let port = cutting_proxy(server, Arc::clone(&cuts)).await;
    let url = server.url().replace(&format!(":{}/", server.port()), &format!(":{port}/"));
    let store = PostgresStore::builder(url).schema("lost").open(keys()).await.unwrap();
    let lose_the_next = || cuts.store(true, Ordering::SeqCst);
    store_session(&store, &key(), "a").await;
    lose_the_next();
    let lease = granted(&store, &key(), "me", HOUR).await;
    lose_the_next();
    store.renew(&lease, HOUR).await.unwrap();
    let attempt = |version| {
        let hash = tokens("a").refresh_hash().unwrap();
        RefreshAttempt::new(owner("me"), hash, CredentialVersion(version))
    };
    lose_the_next();
    store.journal(&lease, Some(&attempt(1))).await.unwrap();
    lose_the_next();
    let version = store.commit(&lease, CredentialVersion(1), &tokens("a")).await.unwrap();
    assert_eq!(version, CredentialVersion(2));
    lose_the_next();
    let version = store.offer(&key(), &attempt(2), &tokens("b")).await.unwrap();
    assert_eq!(version, CredentialVersion(3));
    lose_the_next();
    assert_eq!(stored(&store, &key()).await.as_deref(), Some("canary-access-b"));
    lose_the_next();
    store.release(&lease).await.unwrap();
    // The tokens of somebody else are no repetition.
    let other = granted(&store, &key(), "other", HOUR).await;
    lose_the_next();
    let moved = store.commit(&other, CredentialVersion(2), &tokens("b")).await.unwrap_err();
    let found = CredentialVersion(3);
    assert!(matches!(moved, StoreError::VersionConflict { found: it } if it == found), "{moved:?}");
    assert!(!cuts.load(Ordering::SeqCst), "no response was lost");
}
