//! Sessions in Redis and PostgreSQL, shared by machines: here two configuration folders with one key.

mod common;

use common::{Cli, Vendors};
use oneteg_test_peers::{PostgresServer, RedisServer};

/// Two machines with connections to the same vendors, whose sessions are in one database.
fn machines(vendors: &Vendors, store: &str, url: &str) -> [Cli; 2] {
    let key = "0123456789abcdef".repeat(4);
    [0, 1].map(|_| {
        let mut cli = Cli::new();
        cli.connect(vendors);
        cli.write("shared.key", &key);
        let sessions = format!("[sessions]\nstore = \"{store}\"\nurl = \"env:SESSIONS_URL\"\nkey = \"file:shared.key\"\n");
        cli.write("settings.toml", &sessions);
        cli.set("SESSIONS_URL", url);
        cli
    })
}

/// What holds for every shared store.
fn shares_a_session(machines: &[Cli; 2], store: &str) {
    let [here, there] = machines;
    let token = here.ok(&["auth", "token", "ne"]);
    assert_eq!(
        there.ok(&["auth", "token", "ne"]),
        token,
        "the other machine uses the same session"
    );
    let status = there.ok(&["auth", "status", "ne"]);
    assert!(status.contains(&format!("\"sessions\": \"{store}\"")), "{status}");
    there.ok(&["auth", "logout", "ne"]);
    assert_ne!(here.ok(&["auth", "token", "ne"]), token, "signed out here too");
    // A machine with another key reads nothing, and learns why.
    here.write("shared.key", &"f".repeat(64));
    let done = here.run(&["auth", "status", "ne"]);
    assert!(done.code != 0 && done.err.contains("key"), "{done:?}");
    here.write("shared.key", "canary");
    let error = here.fails(2, &["auth", "token", "ne"]);
    assert!(error.contains("openssl rand -hex 32") && !error.contains("canary"), "{error}");
}

#[test]
fn redis_is_shared_by_machines() {
    let Some(server) = RedisServer::start() else { return };
    let vendors = Vendors::start();
    let machines = machines(&vendors, "redis", &server.url());
    shares_a_session(&machines, "redis");
    server.kill();
    let error = machines[1].fails(1, &["auth", "status", "ne"]);
    assert!(error.contains("the token store was not available"), "{error}");
    assert!(!error.contains("redis://"), "no URL of a database is shown: {error}");
}

#[test]
fn postgres_is_shared_by_machines_after_a_migration() {
    let Some(server) = PostgresServer::start() else { return };
    let vendors = Vendors::start();
    let machines = machines(&vendors, "postgres", &server.url());
    let error = machines[0].fails(1, &["auth", "status", "ne"]);
    assert!(error.contains("oneteg auth migrate"), "{error}");
    let script = machines[0].ok(&["auth", "migrate", "--print"]);
    assert!(script.contains("CREATE TABLE"), "{script}");
    let done = machines[0].run(&["auth", "migrate"]);
    assert!(done.code == 0 && done.err.contains("Created the tables"), "{done:?}");
    let again = machines[1].run(&["auth", "migrate"]);
    assert!(again.code == 0 && again.err.contains("already"), "{again:?}");
    shares_a_session(&machines, "postgres");
    let error = machines[1].fails(2, &["auth", "migrate", "--url", "postgres://u:canary@db"]);
    assert!(!error.contains("canary"), "{error}");
}
