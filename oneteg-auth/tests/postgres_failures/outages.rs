//! A server that is down, killed, paused, behind a broken network, read-only, or without a free connection.

use std::time::Duration;

use oneteg_auth::{
    AuthError, PostgresStore, ReplayWindow, ServerFault, SessionPolicy, StoreError, TokenStore,
};
use oneteg_test_kit::{FaultProxy, ProxyFault};
use oneteg_test_peers::PostgresServer;

use crate::{
    common::{full, key},
    postgres::{HOUR, Transaction, keys, new_store, settings, stored},
    world::{PATIENCE, World, leak, until},
};

fn is_unavailable(result: Result<(), AuthError>) -> bool {
    matches!(result, Err(AuthError::Store(StoreError::Unavailable { .. })))
}

fn has_fault(result: Result<(), AuthError>, expected: &ServerFault) -> bool {
    matches!(result, Err(AuthError::Store(StoreError::Server { fault, .. })) if fault == *expected)
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
    let world = World::new(server, new_store(server, "oneteg").await, Duration::ZERO).await;
    let impatient = settings(server, "oneteg").step_limit(Duration::from_secs(1));
    let impatient = world.with_store(impatient.build(keys()).unwrap());
    let (first, second) = (impatient.program(), impatient.program());
    world.settles(&first).await;
    world.expired_session().await;
    let requests = world.provider.requests();
    server.pause();
    world.call(&first).await.unwrap();
    assert!(is_unavailable(world.call(&second).await));
    assert_eq!(world.provider.requests(), requests);
    server.resume();
    world.settles(&second).await;
    // Paused in the middle of a refresh, for a moment, and for longer than the attempts to store the tokens take.
    for long in [false, true] {
        world.expired_session().await;
        let (send, resumed) = std::sync::mpsc::channel();
        impatient.during_the_next_request(move || {
            server.pause();
            if !long {
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(300));
                    server.resume();
                    send.send(()).unwrap();
                });
            }
        });
        let program = impatient.program();
        // A machine that is busy may take longer for the first step than the store waits.
        let unsaved = until(PATIENCE, || async {
            let result = world.call(&program).await;
            assert!(
                matches!(result, Ok(()) | Err(AuthError::Unsaved(_) | AuthError::Store(_))),
                "{result:?}"
            );
            world.provider.requests() > requests + 1 + u64::from(long) && (result.is_err() || !long)
        });
        assert!(unsaved.await);
        if long {
            server.resume();
        } else {
            resumed.recv().unwrap();
        }
        world.settles(&program).await;
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
    // Which connection meets which fault depends on timing, so a few rounds may all succeed.
    let least = if full() { 150 } else { 20 };
    let mut rounds = 0;
    while rounds < least || failed + uncertain == 0 && rounds < 10 * least {
        rounds += 1;
        let faulty = world.with_store(behind.clone());
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
    let refused = until(PATIENCE, || async {
        // Other connections hear of the setting a moment later.
        has_fault(world.call(&world.program()).await, &ServerFault::ReadOnly)
    });
    assert!(refused.await && world.provider.requests() == requests);
    read_only(false);
    assert!(until(PATIENCE, || async { world.call(&second).await.is_ok() }).await);
    assert!(world.is_alive().await);

    // Other programs have taken every connection.
    let late = |seconds| {
        let limit = Duration::from_secs(seconds);
        settings(server, "oneteg").step_limit(limit).build(keys()).unwrap()
    };
    let others: Vec<_> = (0..8).map_while(|_| Transaction::try_begin(server, "SELECT 1")).collect();
    let error = late(2).load(&key()).await.unwrap_err();
    let full = ServerFault::TooManyConnections;
    assert!(matches!(&error, StoreError::Server { fault, .. } if *fault == full), "{error:?}");
    assert!(error.is_transient());
    // One ends while the store waits for it.
    let freed = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        drop(others);
    });
    late(30).load(&key()).await.unwrap();
    freed.join().unwrap();
}
