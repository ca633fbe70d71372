//! TLS, and who trusts whom.

use std::time::Duration;

use oneteg_auth::{RedisStore, ServerFault, SessionKey, StoreError, TokenStore};
use oneteg_test_peers::RedisServer;
use tokio::time::timeout;

use crate::redis::{MINUTE, PATIENCE, fault, keys, signed_in, store, stored_access};

#[tokio::test]
async fn certificates_are_checked_on_both_sides() {
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
