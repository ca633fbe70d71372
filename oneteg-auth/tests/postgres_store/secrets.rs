//! What errors, `Debug` and logs show.

use std::time::Duration;

use oneteg_auth::{CredentialVersion, PostgresStore, TokenStore};
use oneteg_test_peers::PostgresServer;

use crate::{
    chain,
    common::key,
    log::Log,
    postgres::{HOUR, granted, keys, store_session, tokens},
};

/// The server's URL with a password that must not show, for a user who has it.
fn canary_url(server: &PostgresServer, user: &str) -> String {
    server.sql(&format!("CREATE ROLE {user} SUPERUSER LOGIN PASSWORD 'canary-password'")).unwrap();
    format!("postgres://{user}:canary-password@127.0.0.1:{}/postgres", server.port())
}

#[test]
fn no_secret_shows_anywhere() {
    let Some(server) = PostgresServer::start() else { return };
    let log = Log::default();
    // For every thread, and also what libraries write with the crate `log`. Other tests of this program may log too.
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut shown = String::new();
    runtime.block_on(async {
        let url = canary_url(&server, "secretive");
        let builder = PostgresStore::builder(url.as_str()).notifications_url(url.as_str());
        let builder = builder.password("canary-password").step_limit(Duration::from_secs(1));
        shown += &format!("{builder:?} {:?}", builder.open(keys()).await);
        builder.migrate().await.unwrap();
        let store = builder.open(keys()).await.unwrap();
        let mut changes = store.watch(&key());
        store_session(&store, &key(), "a").await;
        changes.wait(HOUR).await;
        shown += &format!("{store:?} {changes:?} {:?}", store.load(&key()).await);
        // A row that breaks a rule of the table: the server's error quotes all of it.
        server.sql("ALTER TABLE oneteg.sessions ADD CHECK (version < 2)").unwrap();
        let lease = granted(&store, &key(), "me", HOUR).await;
        let broken = store.commit(&lease, CredentialVersion(1), &tokens("b")).await.unwrap_err();
        shown += &format!("{broken:?} {}", chain(&broken));
        server.kill();
        let down = store.load(&key()).await.unwrap_err();
        shown += &format!("{down:?} {}", chain(&down));
        let wrong = url.replace("secretive", "nobody");
        server.restart();
        let refused = PostgresStore::open(wrong, keys()).await.unwrap_err();
        shown += &format!("{refused:?} {}", chain(&refused));
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!shown.contains("canary"), "{shown}");
    assert!(
        log.contains("tokio_postgres") || log.contains("deadpool"),
        "nothing was logged: {log}"
    );
    assert!(!log.contains("canary"), "{log}");
    assert!(shown.contains("violates check constraint"), "{shown}");
}
