//! The servers keep their promises: same port and data after a kill, nothing left behind.

#![allow(clippy::unwrap_used, missing_docs)]

use oneteg_test_peers::{PostgresServer, RedisServer};

#[test]
fn redis_keeps_its_port_and_data_over_a_kill() {
    let Some(server) = RedisServer::start_with(&["--requirepass", "word"]) else { return };
    assert_eq!(server.command(&["set", "a", "1"]), "OK");
    let (url, folder) = (server.url(), server.folder().to_owned());
    server.kill();
    assert_eq!(server.command(&["get", "a"]), "");
    server.restart();
    assert_eq!((server.command(&["get", "a"]), server.url()), ("1".to_owned(), url));
    server.stop();
    server.restart();
    assert_eq!(server.command(&["get", "a"]), "1");
    drop(server);
    assert!(!folder.exists());
}

#[test]
fn postgres_keeps_its_port_and_data_over_a_kill() {
    let Some(server) = PostgresServer::start() else { return };
    server.sql("create table t (a int); insert into t values (1)").unwrap();
    let (url, folder) = (server.url(), server.folder().to_owned());
    server.kill();
    assert!(server.sql("select 1").is_err());
    server.restart();
    assert_eq!((server.sql("select a from t"), server.url()), (Ok("1".to_owned()), url));
    server.stop();
    server.restart();
    assert_eq!(server.sql("select a from t"), Ok("1".to_owned()));
    drop(server);
    assert!(!folder.exists());
}
