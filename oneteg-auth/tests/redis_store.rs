//! The Redis store on real servers: the contract, what the server sees, and bad input. Without Redis these tests
//! print `SKIPPED` and pass.

#![cfg(all(feature = "redis", unix))]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "common/redis.rs"]
mod redis;

use std::{sync::Arc, time::Duration};

use oneteg_auth::{
    BoxFuture, CredentialVersion, LeaseDecision, RedisDurability, RedisStore, RefreshAttempt,
    SealingKey, SealingKeys, ServerFault, SessionKey, StoreError, TokenStore,
};
use oneteg_test_kit::conformance::{self, StoreUnderTest};
use oneteg_test_peers::{RedisCluster, RedisServer, SentinelGroup};
use redis::{
    LossyProxy, MINUTE, fault, fields, keys, leased, owner, record, signed_in, store, stored,
    stored_access, tokens,
};
use tokio::time::timeout;

/// A bound for a test that hangs; never the time a test takes.
const PATIENCE: Duration = Duration::from_secs(30);

struct Subject<'a> {
    url: String,
    servers: Vec<&'a RedisServer>,
}

impl StoreUnderTest for Subject<'_> {
    /// A new connection each time, as of another process.
    fn store(&self) -> Arc<dyn TokenStore> {
        Arc::new(store(&self.url))
    }

    fn pass_time(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn corrupt<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, bool> {
        // The rest of the name has characters that a command line cannot have.
        let plain: String =
            key.as_str().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ' ').collect();
        let damage = "for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do \
                      redis.call('HSET', key, 'tokens', 'damaged') end";
        for server in &self.servers {
            server.command(&["eval", damage, "0", &format!("oneteg:session:{plain}")]);
        }
        Box::pin(async { true })
    }
}

async fn holds_the_contract(name: &str, subject: &Subject<'_>) {
    store(&subject.url).check().await.unwrap();
    let report = conformance::run(subject).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("contract, {name}: {} of {} hold", report.passed, report.names.len());

    let (waiting, key) = (store(&subject.url), SessionKey::new("notified"));
    let mut changes = waiting.watch(&key);
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the subscription begins");
    signed_in(&store(&subject.url), &key).await;
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the commit notifies");
}

#[tokio::test]
async fn a_redis_server_holds_the_contract() {
    let Some(server) = RedisServer::start() else { return };
    let subject = Subject { url: server.url(), servers: vec![&server] };
    holds_the_contract("Redis", &subject).await;
}

#[tokio::test]
async fn redis_with_sentinels_holds_the_contract() {
    let Some(group) = SentinelGroup::start() else { return };
    let subject = Subject { url: group.url(), servers: vec![group.primary()] };
    holds_the_contract("Redis Sentinel", &subject).await;

    let unknown = store(&group.url().replace("/oneteg", "/other")).check().await;
    let Err(StoreError::Unavailable { source, .. }) = unknown else { panic!("{unknown:?}") };
    assert!(source.to_string().contains("name"), "{source}");
    // Sentinels and servers with separate passwords. Connections that exist stay.
    for server in [group.primary(), group.replica()] {
        server.command(&["acl", "setuser", "default", "resetpass", ">canary-redis"]);
    }
    for sentinel in group.sentinels() {
        sentinel.command(&["acl", "setuser", "default", "resetpass", ">canary-sentinel"]);
    }
    let url = group.url().replace("://", "://:canary-redis@");
    store(&format!("{url}?sentinel_password=canary-sentinel")).check().await.unwrap();
    let wrong = [
        url.clone(),
        format!("{url}?sentinel_password=canary-redis"),
        format!("{}?sentinel_password=canary-sentinel", group.url()),
    ];
    for url in wrong {
        let refused = store(&url).check().await;
        assert_eq!(fault(&refused), Some(&ServerFault::Credentials), "{refused:?}");
        assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_redis_cluster_holds_the_contract() {
    let Some(cluster) = RedisCluster::start() else { return };
    let subject = Subject { url: cluster.url(), servers: cluster.nodes().iter().collect() };
    holds_the_contract("Redis Cluster", &subject).await;

    // A session whose slot moves to another node is followed.
    let (store, key) = (store(&cluster.url()), SessionKey::new("moving"));
    let version = signed_in(&store, &key).await;
    let name = record(&key);
    let old = cluster.node_of(&name);
    let new = cluster.nodes().iter().find(|node| node.port() != old.port()).unwrap();
    let (slot, old_id, new_id) = (
        old.command(&["cluster", "keyslot", &name]),
        old.command(&["cluster", "myid"]),
        new.command(&["cluster", "myid"]),
    );
    new.command(&["cluster", "setslot", &slot, "importing", &old_id]);
    old.command(&["cluster", "setslot", &slot, "migrating", &new_id]);
    assert_eq!(stored(&store, &key).await.version, version);
    let port = new.port().to_string();
    assert_eq!(old.command(&["migrate", "127.0.0.1", &port, &name, "0", "5000"]), "OK");
    assert_eq!(stored(&store, &key).await.version, version, "in between");
    for node in [new, old] {
        node.command(&["cluster", "setslot", &slot, "node", &new_id]);
    }
    let lease = leased(&store, &key).await;
    store.commit(&lease, version, &tokens(2)).await.unwrap();
    assert_eq!(stored_access(&store, &key).await, "canary-access-2");

    // The slots of a node that is down are unavailable, and the others work.
    let (down, up) = sessions_on_two_nodes(&cluster);
    let version = signed_in(&store, &down).await;
    let node = cluster.node_of(&record(&down));
    node.kill();
    signed_in(&store, &up).await;
    let unavailable = store.load(&down).await;
    assert!(matches!(unavailable, Err(StoreError::Unavailable { .. })), "{unavailable:?}");
    node.restart();
    cluster.wait_until_ready();
    assert_eq!(stored(&store, &down).await.version, version);

    // No replica is there to confirm.
    let durability = RedisDurability::Replicas { count: 1, patience: Duration::from_millis(50) };
    let strict = RedisStore::builder(&cluster.url(), keys()).durability(durability).open().unwrap();
    let lease = leased(&strict, &up).await;
    let attempt = RefreshAttempt::new(owner("test"), tokens(1).refresh_hash().unwrap(), version);
    let refused = strict.journal(&lease, Some(&attempt)).await;
    let expected = ServerFault::NotReplicated { confirmed: 0, needed: 1 };
    assert_eq!(fault(&refused), Some(&expected), "{refused:?}");
    // Tokens that were granted are stored all the same.
    strict.commit(&lease, version, &tokens(2)).await.unwrap();
}

/// The names of sessions on two nodes, neither of them the one that has lost a slot.
fn sessions_on_two_nodes(cluster: &RedisCluster) -> (SessionKey, SessionKey) {
    let keys: Vec<_> =
        (0..).map(|number: u32| SessionKey::new(number.to_string())).take(50).collect();
    let node = |key: &SessionKey| cluster.node_of(&record(key)).port();
    let other = keys.iter().find(|key| node(key) != node(&keys[0])).unwrap();
    (keys[0].clone(), other.clone())
}

#[tokio::test]
async fn redis_over_tls_holds_the_contract() {
    let Some(server) = RedisServer::start_tls(&[]) else { return };
    let key = SessionKey::new("acme");
    let trusted = std::fs::read(server.authority().unwrap()).unwrap();
    let builder = || RedisStore::builder(&server.url(), keys());
    let trusting = builder().root_certificates(&trusted).open().unwrap();
    trusting.check().await.unwrap();
    signed_in(&trusting, &key).await;
    assert_eq!(stored_access(&trusting, &key).await, "canary-access-1");

    // The platform trusts only other authorities.
    let untrusting = builder().open().unwrap().check().await;
    assert_eq!(fault(&untrusting), Some(&ServerFault::Tls), "{untrusting:?}");
    for pem in [&b""[..], b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n", b"text"]
    {
        let unusable = builder().root_certificates(pem).open();
        assert!(matches!(fault(&unusable), Some(ServerFault::Url { .. })), "{unusable:?}");
    }
    // The other way round: each of server and client expects TLS, and the other has none.
    let plain = server.url().replace("rediss", "redis");
    let unencrypted = store(&plain).check().await;
    assert!(matches!(unencrypted, Err(StoreError::Unavailable { .. })), "{unencrypted:?}");
    let Some(plain) = RedisServer::start() else { return };
    let url = plain.url().replace("redis", "rediss");
    let encrypted = RedisStore::builder(&url, keys())
        .root_certificates(&trusted)
        .step_limit(Duration::from_secs(1))
        .open()
        .unwrap();
    let refused = encrypted.check().await;
    let Err(StoreError::Unavailable { source, .. }) = refused else { panic!("{refused:?}") };
    assert!(source.to_string().contains("TLS"), "{source}");
    // A server that asks for a certificate.
    let Some(strict) = RedisServer::start_tls(&[]) else { return };
    assert_eq!(strict.command(&["config", "set", "tls-auth-clients", "yes"]), "OK");
    let (authority, file) = (std::fs::read(strict.authority().unwrap()).unwrap(), |name: &str| {
        std::fs::read(strict.folder().join(name)).unwrap()
    });
    let builder = || RedisStore::builder(&strict.url(), keys()).root_certificates(&authority);
    builder()
        .identity(&file("server.pem"), &file("server.key"))
        .open()
        .unwrap()
        .check()
        .await
        .unwrap();
    let anonymous = builder().open().unwrap().check().await;
    assert_eq!(fault(&anonymous), Some(&ServerFault::Tls), "{anonymous:?}");
    let unusable = builder().identity(b"", b"").open();
    assert!(matches!(fault(&unusable), Some(ServerFault::Url { .. })), "{unusable:?}");
    // Certificates for a URL without TLS are a mistake.
    let mistaken = RedisStore::builder(&plain.url(), keys()).root_certificates(&trusted).open();
    assert!(matches!(fault(&mistaken), Some(ServerFault::Url { .. })), "{mistaken:?}");
}

#[tokio::test]
async fn a_cluster_can_have_tls() {
    let settings =
        ["--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-announce-ip", "127.0.0.1"];
    let Some(server) = RedisServer::start_tls(&settings) else { return };
    server.command(&["cluster", "addslotsrange", "0", "16383"]);
    timeout(PATIENCE, async {
        while !server.command(&["cluster", "info"]).contains("cluster_state:ok") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    let (url, key) = (server.url().replace("rediss", "rediss+cluster"), SessionKey::new("acme"));
    let trusted = std::fs::read(server.authority().unwrap()).unwrap();
    let store = RedisStore::builder(&url, keys()).root_certificates(&trusted).open().unwrap();
    store.check().await.unwrap();
    let mut changes = store.watch(&key);
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the subscription begins");
    signed_in(&store, &key).await;
    assert_eq!(stored_access(&store, &key).await, "canary-access-1");
    let untrusting = RedisStore::open(&url, keys()).unwrap().check().await;
    assert_eq!(fault(&untrusting), Some(&ServerFault::Tls), "{untrusting:?}");
}

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

/// What the server holds, and for how long.
#[tokio::test]
async fn the_server_sees_no_token_and_forgets_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let version = signed_in(&store, &key).await;
    let lease = leased(&store, &key).await;
    let refresh = tokens(1).refresh_hash().unwrap();
    let attempt = RefreshAttempt::new(owner("test"), refresh, version);
    store.journal(&lease, Some(&attempt)).await.unwrap();
    assert_eq!(server.command(&["hlen", &record(&key)]), "12");
    let held = server.command(&["hgetall", &record(&key)]);
    assert!(held.contains("oneteg-session 1 k1") && !held.contains("canary"), "{held}");
    assert_eq!(server.command(&["ttl", &record(&key)]), "-1");
    assert_eq!(server.command(&["keys", "*"]), record(&key));
    let debug = format!("{store:?}");
    assert!(!debug.contains("canary"), "{debug}");
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
    store.check().await.unwrap();
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
    server.command(&["replicaof", "127.0.0.1", &primary.port().to_string()]);
    let replica = store(&server.url()).check().await;
    assert_eq!(fault(&replica), Some(&ServerFault::ReadOnly), "{replica:?}");
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

/// A key that is not ours, and records that somebody edited: an error that can be recognised, and only `clear`
/// replaces them.
#[tokio::test]
async fn what_is_not_ours_is_an_error_until_it_is_cleared() {
    let Some(server) = RedisServer::start() else { return };
    let store = store(&server.url());
    let edits: [(&str, &[&str]); 18] = [
        ("a string", &["set", "KEY", "theirs"]),
        ("a list", &["rpush", "KEY", "theirs"]),
        ("a hash", &["hset", "KEY", "name", "theirs"]),
        ("another mark", &["hset", "KEY", "schema", "x"]),
        ("no mark", &["hdel", "KEY", "schema"]),
        ("no version", &["hdel", "KEY", "version"]),
        ("a word as version", &["hset", "KEY", "version", "one"]),
        ("a negative version", &["hset", "KEY", "version", "-1"]),
        ("a long version", &["hset", "KEY", "version", "18446744073709551615"]),
        ("another version", &["hset", "KEY", "version", "7"]),
        ("a word as fence", &["hset", "KEY", "fence", "1e3"]),
        ("a word as lease", &["hset", "KEY", "leased_at", "x"]),
        ("half a lease", &["hset", "KEY", "leased_at", "5"]),
        ("a word as date", &["hset", "KEY", "tokens_at", "now"]),
        ("no date", &["hset", "KEY", "tokens_at", ""]),
        ("another hash", &["hset", "KEY", "tokens_refresh", "00"]),
        ("other tokens", &["hset", "KEY", "tokens", "oneteg-session 1 k1 1 00\n"]),
        ("a journal", &["hset", "KEY", "journal", "x", "journal_at", "1"]),
    ];
    for (what, edit) in edits {
        let key = SessionKey::new(format!("edited {what}"));
        let record = record(&key);
        if !matches!(edit[0], "set" | "rpush") && what != "a hash" {
            signed_in(&store, &key).await;
        }
        let edit: Vec<&str> =
            edit.iter().map(|word| if *word == "KEY" { record.as_str() } else { word }).collect();
        server.command(&edit);
        let before = server.command(&["dump", &record]);
        let loaded = store.load(&key).await;
        let Err(error) = &loaded else { panic!("{what}: {loaded:?}") };
        assert!(error.is_unreadable(), "{what}: {error:?}");
        assert!(!error.is_transient(), "{what}: {error:?}");
        if fault(&loaded).is_some() {
            assert!(error.to_string().contains(key.as_str()), "{what}: {error}");
        }
        assert_eq!(server.command(&["dump", &record]), before, "{what}: changed by reading");
        // No step of a refresh destroys it.
        let (lease, refresh) =
            (leased_or_unreadable(&store, &key, what).await, tokens(1).refresh_hash().unwrap());
        if let Some(lease) = lease {
            let attempt = RefreshAttempt::new(owner("test"), refresh, CredentialVersion(5));
            store.commit(&lease, CredentialVersion(5), &tokens(2)).await.unwrap_err();
            store.offer(&key, &attempt, &tokens(2)).await.unwrap_err();
            store.release(&lease).await.unwrap();
        } else {
            assert_eq!(server.command(&["dump", &record]), before, "{what}: changed by a lease");
        }
        store.clear(&key).await.unwrap();
        let cleared = stored(&store, &key).await;
        assert!(cleared.tokens.is_none() && cleared.journal.is_none(), "{what}");
        assert!(cleared.version > CredentialVersion(1_000_000), "{what}: {:?}", cleared.version);
        let lease = leased(&store, &key).await;
        store.commit(&lease, cleared.version, &tokens(3)).await.unwrap();
        assert_eq!(stored_access(&store, &key).await, "canary-access-3", "{what}");
    }
}

async fn leased_or_unreadable(
    store: &RedisStore,
    key: &SessionKey,
    what: &str,
) -> Option<oneteg_auth::Lease> {
    match store.lease(key, &owner("test"), MINUTE).await {
        Ok(LeaseDecision::Granted(lease)) => Some(lease),
        Ok(other) => panic!("{what}: {other:?}"),
        Err(error) => {
            assert!(error.is_unreadable(), "{what}: {error:?}");
            None
        }
    }
}

#[tokio::test]
async fn a_newer_record_and_another_key_are_named() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    signed_in(&store, &key).await;
    let other = SealingKeys::new(SealingKey::new("k2", [2; 32]).unwrap());
    let other = RedisStore::open(&server.url(), other).unwrap();
    let sealed = other.load(&key).await;
    assert!(
        matches!(&sealed, Err(StoreError::UnknownKey { key_id }) if key_id == "k1"),
        "{sealed:?}"
    );
    // Rotation: the old key opens, the new one seals.
    let rotated = SealingKeys::new(SealingKey::new("k2", [2; 32]).unwrap())
        .with_old(SealingKey::new("k1", [1; 32]).unwrap());
    let rotated = RedisStore::open(&server.url(), rotated).unwrap();
    let lease = leased(&rotated, &key).await;
    let version = stored(&rotated, &key).await.version;
    rotated.commit(&lease, version, &tokens(2)).await.unwrap();
    assert_eq!(stored_access(&other, &key).await, "canary-access-2");

    server.command(&["hset", &record(&key), "schema", "2"]);
    for result in
        [other.load(&key).await.map(drop), other.lease(&key, &owner("a"), MINUTE).await.map(drop)]
    {
        assert!(
            matches!(result, Err(StoreError::NewerSchema { found: 2, known: 1 })),
            "{result:?}"
        );
    }
}

/// A server whose clock was set back: the record's dates are in the future then.
#[tokio::test]
async fn dates_in_the_future_are_unknown_for_good() {
    let Some(server) = RedisServer::start() else { return };
    let (store, key) = (store(&server.url()), SessionKey::new("acme"));
    let version = signed_in(&store, &key).await;
    let lease = leased(&store, &key).await;
    let refresh = tokens(1).refresh_hash().unwrap();
    let attempt = RefreshAttempt::new(owner("test"), refresh, version);
    store.journal(&lease, Some(&attempt)).await.unwrap();
    let name = record(&key);
    let later = "99999999999999";
    for field in ["tokens_at", "journal_at", "leased_at"] {
        server.command(&["hset", &name, field, later]);
    }
    let session = stored(&store, &key).await;
    assert_eq!((session.age, session.journal.unwrap().age), (Duration::MAX, Duration::MAX));
    // The lease from the future has run out, and its holder cannot write.
    let renewed = store.renew(&lease, MINUTE).await;
    assert!(matches!(renewed, Err(StoreError::LeaseLost)), "{renewed:?}");
    let next = store.lease(&key, &owner("next"), MINUTE).await.unwrap();
    let LeaseDecision::Granted(next) = next else { panic!("{next:?}") };
    for field in ["tokens_at", "journal_at"] {
        assert_eq!(server.command(&["hget", &name, field]), "unknown");
    }
    // Also after the same attempt is noted again.
    store.journal(&next, Some(&attempt)).await.unwrap();
    let session = stored(&store, &key).await;
    assert_eq!((session.age, session.journal.unwrap().age), (Duration::MAX, Duration::MAX));
}
