//! URLs, settings, users and servers that cannot be used.

use std::time::Duration;

use oneteg_auth::{
    RedisDurability, RedisStore, SealingKeys, ServerFault, SessionKey, StoreError, TokenStore,
};
use oneteg_test_peers::{RedisCluster, RedisServer};
use tokio::time::timeout;

use crate::redis::{
    MINUTE, PATIENCE, fault, fields, keys, leased, owner, signed_in, store, stored_access,
};

#[tokio::test]
async fn wrong_urls_and_settings_are_refused_before_a_connection() {
    for url in [
        "",
        "localhost",
        "postgres://:canary@localhost",
        "redis://:canary@a,b",
        "redis+sentinel://:canary@a",
    ] {
        let refused = RedisStore::open(url, keys());
        let Some(ServerFault::Url { reason }) = fault(&refused) else {
            panic!("{url}: {refused:?}")
        };
        let shown = format!("{refused:?} {reason} {}", refused.as_ref().unwrap_err());
        assert!(!shown.contains("canary"), "{shown}");
    }
    let builder = || RedisStore::builder("redis://:canary@localhost", keys());
    let settings = [
        builder().step_limit(Duration::ZERO),
        builder().durability(RedisDurability::Replicas { count: 0, patience: MINUTE }),
        builder().durability(RedisDurability::Replicas { count: 1, patience: Duration::ZERO }),
        builder().durability(RedisDurability::Replicas { count: 1, patience: MINUTE }),
    ];
    for settings in settings {
        assert!(!format!("{settings:?}").contains("canary"));
        let refused = settings.open();
        assert!(matches!(fault(&refused), Some(ServerFault::Setting { .. })), "{refused:?}");
    }
    let unsealed = RedisStore::open("redis://localhost", SealingKeys::plain_text());
    assert!(matches!(unsealed, Err(StoreError::InvalidKey { .. })), "{unsealed:?}");
}

#[tokio::test]
async fn who_may_not_use_the_server_is_told_so() {
    let Some(server) = RedisServer::start_with(&["--requirepass", "canary-right"]) else { return };
    let right = server.url();
    store(&right).check().await.unwrap();
    let wrong = right.replace("canary-right", "canary-wrong");
    let none = right.replace(":canary-right@", "");
    for url in [wrong, none, format!("redis://nobody:canary-wrong@127.0.0.1:{}/", server.port())] {
        let refused = store(&url).check().await;
        assert_eq!(fault(&refused), Some(&ServerFault::Credentials), "{refused:?}");
        let shown = format!("{refused:?} {}", refused.as_ref().unwrap_err());
        assert!(!shown.contains("canary") && shown.contains("password"), "{shown}");
    }
    let database = store(&format!("{right}77")).check().await;
    assert!(matches!(fault(&database), Some(ServerFault::Url { .. })), "{database:?}");

    // The rule in the documentation is enough, and not more than enough.
    let rule = "~oneteg:session:* resetchannels &oneteg:changes +evalsha +script|load +time +hmget +hset +exists +del \
                +publish +subscribe +ping +info +wait +role";
    let rule: Vec<&str> = rule.split_whitespace().collect();
    let user = [&["acl", "setuser", "limited", "on", ">secret"], &rule[..]].concat();
    assert_eq!(server.command(&user), "OK");
    let url = format!("redis://limited:secret@127.0.0.1:{}/", server.port());
    let (limited, key) = (store(&url), SessionKey::new("acme"));
    limited.check().await.unwrap();
    let mut changes = limited.watch(&key);
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("may subscribe");
    signed_in(&limited, &key).await;
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("may publish");
    limited.clear(&key).await.unwrap();
    let elsewhere = RedisStore::builder(&url, keys()).prefix("other").open().unwrap();
    let refused = elsewhere.load(&key).await;
    assert_eq!(fault(&refused), Some(&ServerFault::Permission), "{refused:?}");
    // Without these two, the store works: settings are not checked, and waiting processes poll.
    for (missing, number) in [("+info", 1), ("+publish", 2)] {
        let name = format!("without{number}");
        let user = ["acl", "setuser", &name, "on", ">secret"];
        let rest = rule.iter().copied().filter(|word| *word != missing);
        server.command(&user.into_iter().chain(rest).collect::<Vec<_>>());
        let store = store(&format!("redis://{name}:secret@127.0.0.1:{}/", server.port()));
        signed_in(&store, &SessionKey::new(name)).await;
    }
    // Without any of these it is refused, and a step changes all of its fields or none.
    for missing in ["+evalsha", "+hset", "+hmget", "+time"] {
        let name = format!("no{}", &missing[1..]);
        let user = ["acl", "setuser", &name, "on", ">secret"];
        let rest = rule.iter().copied().filter(|word| *word != missing);
        server.command(&user.into_iter().chain(rest).collect::<Vec<_>>());
        let (store, key) = (
            store(&format!("redis://{name}:secret@127.0.0.1:{}/", server.port())),
            SessionKey::new(name),
        );
        let refused = store.lease(&key, &owner("test"), MINUTE).await;
        assert_eq!(fault(&refused), Some(&ServerFault::Permission), "{missing}: {refused:?}");
        assert_eq!(fields(&server, &key), [], "{missing}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_is_none_is_unavailable() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let closed = format!("redis://:canary@{}", listener.local_addr().unwrap());
    drop(listener);
    let unreachable = store(&closed).check().await;
    assert!(matches!(unreachable, Err(StoreError::Unavailable { .. })), "{unreachable:?}");
    assert!(!format!("{unreachable:?}").contains("canary"));

    // A server that speaks another protocol, and one that is silent.
    let http = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("redis://{}", http.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::Write;
        while let Ok((mut client, _)) = http.accept() {
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let other = store(&url).check().await;
    assert!(matches!(other, Err(StoreError::Unavailable { .. })), "{other:?}");
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let hasty =
        RedisStore::builder(&url, keys()).step_limit(Duration::from_millis(100)).open().unwrap();
    let waited = timeout(PATIENCE, hasty.check()).await.expect("the step limit ends it");
    assert!(matches!(waited, Err(StoreError::Unavailable { .. })), "{waited:?}");
}

#[tokio::test]
async fn servers_that_lose_sessions_are_refused() {
    let Some(server) = RedisServer::start_with(&["--maxmemory", "100mb"]) else { return };
    let key = SessionKey::new("acme");
    signed_in(&store(&server.url()), &key).await;
    server.command(&["config", "set", "maxmemory-policy", "allkeys-lru"]);
    let evicting = store(&server.url()).load(&key).await;
    let expected = ServerFault::Evicting { policy: "allkeys-lru".to_owned() };
    assert_eq!(fault(&evicting), Some(&expected), "{evicting:?}");
    server.command(&["config", "set", "maxmemory-policy", "volatile-lru"]);
    assert_eq!(stored_access(&store(&server.url()), &key).await, "canary-access-1");

    let Some(primary) = RedisServer::start() else { return };
    let connected = store(&server.url());
    connected.check().await.unwrap();
    server.command(&["replicaof", "127.0.0.1", &primary.port().to_string()]);
    let replica = store(&server.url()).check().await;
    assert_eq!(fault(&replica), Some(&ServerFault::ReadOnly), "{replica:?}");
    // Also over a connection from before, which then serves again.
    let demoted = connected.lease(&key, &owner("test"), MINUTE).await;
    assert_eq!(fault(&demoted), Some(&ServerFault::ReadOnly), "{demoted:?}");
    server.command(&["replicaof", "no", "one"]);
    leased(&connected, &key).await;
}

/// A URL of one server that names a node of a cluster.
#[tokio::test]
async fn a_node_of_a_cluster_asks_for_another_url() {
    let Some(cluster) = RedisCluster::start() else { return };
    let node = store(&cluster.nodes()[0].url());
    let mut told = 0;
    for number in 0..20 {
        match node.load(&SessionKey::new(number.to_string())).await {
            Ok(None) => {}
            refused => match fault(&refused) {
                Some(ServerFault::Url { reason }) if reason.contains("redis+cluster://") => {
                    told += 1
                }
                _ => panic!("{refused:?}"),
            },
        }
    }
    assert!(told > 0, "all sessions are on one node");
}
