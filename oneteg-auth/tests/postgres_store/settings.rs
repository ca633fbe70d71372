//! URLs, TLS, rights, migrations. Each mistake is a typed error that tells what to do, and no session is destroyed.

use std::{net::TcpListener, path::Path, process::Command, time::Duration};

use oneteg_auth::{LeaseDecision, PostgresStore, ServerFault, StoreError, TokenStore};
use oneteg_test_peers::PostgresServer;

use crate::{
    chain,
    common::key,
    fault,
    postgres::{
        HOUR, granted, keys, new_store, owner, settings, shared_server, store_session, stored,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_url_is_a_typed_error() {
    let Some(server) = shared_server() else { return };
    let port = server.port();
    server.sql("CREATE ROLE guest LOGIN PASSWORD 'guest'").unwrap();
    new_store(server, "urls").await;
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    type Expected = fn(&StoreError) -> bool;
    let cases: [(String, Expected, &str); 7] = [
        (
            "postgres://127.0.0.1:canary/x".to_owned(),
            |error| matches!(fault(error), Some(ServerFault::Url { .. })),
            "write special characters of the password as %XX",
        ),
        (
            format!("postgres://oneteg:canary@127.0.0.1:{port}/postgres"),
            |error| matches!(fault(error), Some(ServerFault::Credentials)),
            "the user name or the password is wrong",
        ),
        (
            format!("postgres://oneteg@127.0.0.1:{port}/postgres"),
            |error| matches!(fault(error), Some(ServerFault::Credentials)),
            "password missing",
        ),
        (
            server.url().replace("/postgres", "/absent").replace("absent://", "postgres://"),
            |error| matches!(fault(error), Some(ServerFault::Url { .. })),
            "names a database that does not exist",
        ),
        (
            format!("postgres://oneteg:canary@127.0.0.1:{closed}/postgres"),
            |error| matches!(error, StoreError::Unavailable { .. }) && error.is_transient(),
            "Connection refused",
        ),
        (
            format!("{}?sslmode=require", server.url()),
            |error| matches!(fault(error), Some(ServerFault::Tls)),
            "enable TLS on the server",
        ),
        (
            format!("postgres://guest:guest@127.0.0.1:{port}/postgres"),
            |error| matches!(fault(error), Some(ServerFault::Permission)),
            "the user lacks a permission",
        ),
    ];
    for (url, expected, advice) in cases {
        let builder = PostgresStore::builder(url.as_str()).schema("urls");
        let error = builder.open(keys()).await.unwrap_err();
        assert!(expected(&error), "{url}: {error:?}");
        assert!(chain(&error).contains(advice), "{url}: {}", chain(&error));
        assert!(!format!("{error:?} {}", chain(&error)).contains("canary"), "{error:?}");
        if !matches!(fault(&error), Some(ServerFault::Url { .. })) {
            assert!(builder.migrate().await.is_err(), "{url}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_for_a_server_that_is_down_is_built_and_works_later() {
    let Some(server) = PostgresServer::start() else { return };
    new_store(&server, "later").await;
    server.stop();
    let store = settings(&server, "later").build(keys()).unwrap();
    let error = store.load(&key()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    server.restart();
    store_session(&store, &key(), "a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_checked() {
    let Some(server) = PostgresServer::start_tls(&[]) else { return };
    let authority = server.authority().unwrap();
    let pem = std::fs::read(authority).unwrap();
    let file = authority.display();
    let trusted = format!("{}&sslrootcert={file}", server.url());
    PostgresStore::migrate(trusted.as_str()).await.unwrap();
    let store = PostgresStore::open(trusted.as_str(), keys()).await.unwrap();
    let mut changes = store.watch(&key());
    store_session(&store, &key(), "a").await;
    let woken = tokio::time::timeout(HOUR / 60, changes.wait(HOUR)).await;
    woken.expect("no notification over TLS");
    let builder = PostgresStore::builder(server.url()).root_certificates(&pem);
    assert_eq!(
        stored(&builder.open(keys()).await.unwrap(), &key()).await.unwrap(),
        "canary-access-a"
    );
    let by_address = trusted.replace("localhost", "127.0.0.1");
    PostgresStore::open(by_address, keys()).await.unwrap();

    // The platform does not trust it; the name is another one; another authority; no TLS where the server demands it.
    let other = PostgresServer::start_tls(&[]).unwrap();
    let foreign = other.authority().unwrap().display();
    let plain = server.url().replace("require", "disable");
    for url in [
        server.url(),
        format!("{}&hostaddr=127.0.0.1", trusted.replace("localhost", "db.example")),
        format!("{}&sslrootcert={foreign}", server.url()),
        plain.clone(),
    ] {
        let error = PostgresStore::open(url.as_str(), keys()).await.unwrap_err();
        assert!(matches!(fault(&error), Some(ServerFault::Tls)), "{url}: {error:?}");
    }
    for (url, ca) in [
        (plain, Some(pem)),
        (server.url(), Some(b"no certificate".to_vec())),
        (format!("{}&sslrootcert=/nonexistent", server.url()), None),
        (format!("{trusted}&sslcert={file}&sslkey={file}"), None),
    ] {
        let builder = PostgresStore::builder(url.as_str());
        let builder = ca.map_or(builder.clone(), |ca| builder.root_certificates(&ca));
        let error = builder.build(keys()).unwrap_err();
        assert!(matches!(fault(&error), Some(ServerFault::Url { .. })), "{url}: {error:?}");
    }
}

/// A certificate of the server's authority for a client, and its key.
fn client_certificate(server: &PostgresServer, folder: &Path) -> (String, String) {
    let (certificate, key) = (folder.join("client.pem"), folder.join("client.key"));
    let authority = server.authority().unwrap();
    let output = Command::new("openssl")
        .args(["req", "-x509", "-nodes", "-days", "1", "-newkey", "ec", "-pkeyopt"])
        .args(["ec_paramgen_curve:prime256v1", "-subj", "/CN=oneteg", "-addext"])
        .args(["basicConstraints=critical,CA:false", "-CA"])
        .arg(authority)
        .arg("-CAkey")
        .arg(authority.with_extension("key"))
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (certificate.display().to_string(), key.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_presented() {
    let Some(server) = PostgresServer::start_tls(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = client_certificate(&server, folder.path());
    let authority = server.authority().unwrap().display();
    server.sql(&format!("ALTER SYSTEM SET ssl_ca_file = '{authority}'")).unwrap();
    let rules = "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n";
    std::fs::write(server.folder().join("data/pg_hba.conf"), rules).unwrap();
    server.restart();
    let url = format!("{}&sslrootcert={authority}", server.url());
    let error = PostgresStore::migrate(url.as_str()).await.unwrap_err();
    assert!(chain(&error).contains("requires a valid client certificate"), "{error:?}");
    let url = format!("{url}&sslcert={certificate}&sslkey={key}");
    PostgresStore::migrate(url.as_str()).await.unwrap();
    let store = PostgresStore::open(url, keys()).await.unwrap();
    store_session(&store, &self::key(), "a").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_missing_or_newer_are_refused() {
    let Some(server) = shared_server() else { return };
    let builder = settings(server, "migrated");
    let error = builder.open(keys()).await.unwrap_err();
    assert_eq!(fault(&error), Some(&ServerFault::NotMigrated { found: 0, needed: 1 }));
    assert!(error.to_string().contains("run the store's `migrate` once"), "{error}");
    // Of several programs that start at the same time, one creates the tables.
    let starts = (0..8).map(|_| {
        let builder = builder.clone();
        tokio::spawn(async move { builder.migrate().await.unwrap() })
    });
    let mut created = 0;
    for start in starts.collect::<Vec<_>>() {
        let migration = start.await.unwrap();
        assert_eq!(migration.to, 1);
        created += u32::from(migration.from == 0);
    }
    assert_eq!(created, 1);
    let store = builder.open(keys()).await.unwrap();
    store_session(&store, &key(), "a").await;
    // A newer release has changed the tables in a way that this one can live with, then in one that it cannot.
    let newer = |usable_since: u32| {
        let values = format!("VALUES (7, {usable_since})");
        let upsert = "ON CONFLICT (version) DO UPDATE SET usable_since = EXCLUDED.usable_since";
        let into = "INSERT INTO migrated.sessions_migrations (version, usable_since)";
        server.sql(&format!("{into} {values} {upsert}")).unwrap();
    };
    newer(1);
    assert_eq!(builder.migrate().await.unwrap().to, 7);
    let store = builder.open(keys()).await.unwrap();
    assert_eq!(stored(&store, &key()).await.unwrap(), "canary-access-a");
    newer(2);
    for error in [builder.open(keys()).await.unwrap_err(), builder.migrate().await.unwrap_err()] {
        assert_eq!(fault(&error), Some(&ServerFault::NewerSchema { found: 7, known: 1 }));
        assert!(error.to_string().contains("update this program"), "{error}");
    }
    assert_eq!(server.sql("SELECT count(*) FROM migrated.sessions").unwrap(), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_somebody_edited_is_a_typed_error() {
    let Some(server) = shared_server() else { return };
    let store = new_store(server, "shape").await;
    store_session(&store, &key(), "a").await;
    let edits = [
        ("RENAME COLUMN tokens TO token", "RENAME COLUMN token TO tokens"),
        (
            "ALTER COLUMN tokens TYPE text USING encode(tokens, 'hex')",
            "ALTER COLUMN tokens TYPE bytea USING decode(tokens, 'hex')",
        ),
        ("DROP CONSTRAINT sessions_pkey", "ADD PRIMARY KEY (id)"),
        ("ADD COLUMN extra text NOT NULL DEFAULT ''", "DROP COLUMN extra"),
        ("RENAME TO moved", ""),
    ];
    for (edit, undo) in edits {
        server.sql(&format!("ALTER TABLE shape.sessions {edit}")).unwrap();
        let lease = store.lease(&key(), &owner("me"), Duration::ZERO).await;
        let opened = settings(server, "shape").open(keys()).await;
        match edit {
            // A column that the store does not know is none of its business.
            "ADD COLUMN extra text NOT NULL DEFAULT ''" => {
                assert!(matches!(lease, Ok(LeaseDecision::Granted(_))), "{lease:?}");
                opened.unwrap();
            }
            "RENAME TO moved" => {
                for error in [lease.unwrap_err(), opened.unwrap_err()] {
                    let missing = ServerFault::NotMigrated { found: 0, needed: 1 };
                    assert_eq!(fault(&error), Some(&missing), "{error:?}");
                }
            }
            _ => {
                // Reading may still work; what does not is reported as such.
                for error in [lease.err(), opened.err(), store.load(&key()).await.err()] {
                    let Some(error) = error else { continue };
                    let altered = matches!(fault(&error), Some(ServerFault::Altered { what }) if what.contains("\"shape\".\"sessions\""));
                    assert!(altered, "{edit}: {error:?}");
                }
                let failed = store.lease(&key(), &owner("me"), Duration::ZERO).await.is_err()
                    || store.load(&key()).await.is_err();
                assert!(failed, "{edit} was not noticed");
            }
        }
        if !undo.is_empty() {
            server.sql(&format!("ALTER TABLE shape.sessions {undo}")).unwrap();
            assert_eq!(stored(&store, &key()).await.unwrap(), "canary-access-a", "{edit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_of_a_store_needs_no_more_than_the_documented_rights() {
    let Some(server) = shared_server() else { return };
    server.sql("CREATE ROLE \"the worker\" LOGIN PASSWORD 'worker'").unwrap();
    let url = |user: &str| format!("postgres://{user}@127.0.0.1:{}/postgres", server.port());
    let worker =
        PostgresStore::builder(url("the%20worker:worker")).schema("Rights \"1\"").table("a;b");
    let error = worker.migrate().await.unwrap_err();
    assert_eq!(fault(&error), Some(&ServerFault::Permission), "{error:?}");
    let owner = PostgresStore::builder(server.url()).schema("Rights \"1\"").table("a;b");
    owner.migrate().await.unwrap();
    let error = worker.open(keys()).await.unwrap_err();
    assert_eq!(fault(&error), Some(&ServerFault::Permission), "{error:?}");
    owner.grant_to("the worker").migrate().await.unwrap();
    let store = worker.open(keys()).await.unwrap();
    store_session(&store, &key(), "a").await;
    let lease = granted(&store, &key(), "me", HOUR).await;
    store.renew(&lease, HOUR).await.unwrap();
    store.clear(&key()).await.unwrap();
    // Up to date, so there is nothing that it lacks the right for.
    worker.migrate().await.unwrap();
    // A right that is missing shows when the store is opened, not at the first refresh.
    server.sql("REVOKE UPDATE ON \"Rights \"\"1\"\"\".\"a;b\" FROM \"the worker\"").unwrap();
    let error = worker.open(keys()).await.unwrap_err();
    assert_eq!(fault(&error), Some(&ServerFault::Permission), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_can_run_the_script_instead() {
    let Some(server) = shared_server() else { return };
    server.sql("CREATE ROLE scripted LOGIN PASSWORD 'scripted'").unwrap();
    let builder = settings(server, "script").grant_to("scripted");
    server.sql(&builder.migration_script().unwrap()).unwrap();
    let url = format!("postgres://scripted@127.0.0.1:{}/postgres", server.port());
    let worker = PostgresStore::builder(url).password("scripted").schema("script");
    store_session(&worker.open(keys()).await.unwrap(), &key(), "a").await;
    let migration = builder.migrate().await.unwrap();
    assert_eq!((migration.from, migration.to), (1, 1));
    let long = PostgresStore::builder(server.url()).table("t".repeat(60));
    let error = long.migration_script().unwrap_err();
    assert!(matches!(fault(&error), Some(ServerFault::Url { .. })), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn extreme_settings_are_bounded() {
    let Some(server) = shared_server() else { return };
    new_store(server, "extreme").await;
    let extreme = settings(server, "extreme");
    let patient = extreme.clone().step_limit(Duration::MAX).max_connections(usize::MAX);
    let store = patient.open(keys()).await.unwrap();
    store_session(&store, &key(), "a").await;
    let lease = store.lease(&key(), &owner("me"), Duration::MAX).await.unwrap();
    assert!(matches!(lease, LeaseDecision::Granted(_)), "{lease:?}");
    let other = store.lease(&key(), &owner("other"), Duration::MAX).await.unwrap();
    assert!(matches!(other, LeaseDecision::Held { remaining } if remaining > HOUR), "{other:?}");
    let hasty = extreme.step_limit(Duration::ZERO).max_connections(0).build(keys()).unwrap();
    let error = hasty.load(&key()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}
