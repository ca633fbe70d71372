//! The conformance suite on one server, with Sentinels and on a cluster.

use std::{sync::Arc, time::Duration};

use oneteg_auth::{
    BoxFuture, RedisDurability, RedisStore, RefreshAttempt, ServerFault, SessionKey, StoreError,
    TokenStore,
};
use oneteg_test_kit::conformance::{self, StoreUnderTest};
use oneteg_test_peers::{RedisCluster, RedisServer, SentinelGroup};
use tokio::time::timeout;

use crate::redis::{
    MINUTE, PATIENCE, fault, keys, leased, owner, record, signed_in, store, stored, stored_access,
    tokens,
};

struct Subject<'a> {
    url: String,
    servers: Vec<&'a RedisServer>,
}

impl Subject<'_> {
    fn open(&self) -> RedisStore {
        let builder = RedisStore::builder(&self.url, keys());
        match self.servers[0].authority() {
            Some(authority) => builder.root_certificates(&std::fs::read(authority).unwrap()),
            None => builder,
        }
        .open()
        .unwrap()
    }
}

impl StoreUnderTest for Subject<'_> {
    /// A new connection each time, as of another process.
    fn store(&self) -> Arc<dyn TokenStore> {
        Arc::new(self.open())
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
    subject.open().check().await.unwrap();
    let report = conformance::run(subject).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    println!("contract, {name}: {} of {} hold", report.passed, report.names.len());

    let (waiting, key) = (subject.open(), SessionKey::new("notified"));
    let mut changes = waiting.watch(&key);
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the subscription begins");
    signed_in(&subject.open(), &key).await;
    timeout(PATIENCE, changes.wait(MINUTE * 60)).await.expect("the commit notifies");
}

#[tokio::test]
async fn a_redis_server_holds_the_contract() {
    let Some(server) = RedisServer::start() else { return };
    let subject = Subject { url: server.url(), servers: vec![&server] };
    holds_the_contract("Redis", &subject).await;
}

#[tokio::test]
async fn redis_over_tls_holds_the_contract() {
    let Some(server) = RedisServer::start_tls(&[]) else { return };
    let subject = Subject { url: server.url(), servers: vec![&server] };
    holds_the_contract("Redis over TLS", &subject).await;
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
