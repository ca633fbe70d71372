//! The servers keep their promises: same port and data after a kill, nothing left behind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use oneteg_test_peers::{PostgresServer, RedisCluster, RedisServer, SentinelGroup};

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

/// Whether the result of a step arrives before the server is resumed.
fn is_held_up<T: Send>(step: impl Fn() -> T + Send, pause: impl Fn(), resume: impl Fn()) -> bool {
    pause();
    std::thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        scope.spawn(move || sender.send(step()));
        let early = results.recv_timeout(Duration::from_millis(300));
        resume();
        early.is_err() && results.recv_timeout(Duration::from_secs(60)).is_ok()
    })
}

#[test]
fn a_paused_server_responds_when_it_is_resumed() {
    if let Some(server) = RedisServer::start() {
        let ping = || assert_eq!(server.command(&["ping"]), "PONG");
        assert!(is_held_up(ping, || server.pause(), || server.resume()));
    }
    if let Some(server) = PostgresServer::start() {
        let select = || assert_eq!(server.sql("select 1"), Ok("1".to_owned()));
        assert!(is_held_up(select, || server.pause(), || server.resume()));
    }
}

#[test]
fn servers_with_tls_refuse_clients_without_it() {
    if let Some(server) = RedisServer::start_tls(&[]) {
        assert!(server.url().starts_with("rediss://localhost:"));
        assert_eq!(server.command(&["ping"]), "PONG");
        let plain = ["-p", &server.port().to_string(), "ping"];
        let plain = Command::new("redis-cli").args(plain).output().unwrap();
        assert_eq!(plain.stdout.trim_ascii(), b"", "a client without TLS");
    }
    if let Some(server) = PostgresServer::start_tls(&[]) {
        let ssl = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assert_eq!(server.sql(ssl), Ok("t".to_owned()));
        let plain = server.url().replace("require", "disable");
        let plain = Command::new("psql").args([&plain, "-c", "select 1"]).output().unwrap();
        assert!(!plain.status.success(), "a client without TLS");
        server.restart();
        assert_eq!(server.sql(ssl), Ok("t".to_owned()));
    }
}

#[test]
fn sentinels_replace_a_primary_that_is_killed() {
    let Some(group) = SentinelGroup::start() else { return };
    let (old, other) = (group.primary(), group.replica().port());
    assert_eq!(old.command(&["set", "a", "1"]), "OK");
    assert_eq!(old.command(&["wait", "1", "0"]), "1", "the replica has it");
    old.kill();
    group.wait_for_fail_over(old);
    assert_eq!(group.primary().port(), other);
    assert_eq!(group.primary().command(&["get", "a"]), "1");
    if std::env::var_os("ONETEG_TEST_FULL").is_none() {
        return println!("SKIPPED: sentinels take ten seconds to make a replica of an old primary");
    }
    old.restart();
    group.wait_for_replica();
    assert_eq!(group.replica().port(), old.port());
}

#[test]
fn a_cluster_serves_every_slot() {
    let Some(cluster) = RedisCluster::start() else { return };
    for key in ["a", "b", "c", "d", "e"] {
        assert_eq!(cluster.node_of(key).command(&["set", key, "1"]), "OK");
    }
    let node = cluster.node_of("a");
    node.kill();
    node.restart();
    cluster.wait_until_ready();
    assert_eq!(node.command(&["get", "a"]), "1");
}

/// The program of the next test; not a test.
#[test]
#[ignore = "a role of another test"]
fn program_with_servers() {
    if std::env::var_os("ONETEG_ROLE").is_none() {
        return;
    }
    let (redis, postgres) = (RedisServer::start().unwrap(), PostgresServer::start().unwrap());
    // A server that is stopped when the program dies is the hard case: the system then signals its process group.
    redis.pause();
    println!("@{} {}", redis.port(), redis.folder().display());
    println!("@{} {}", postgres.port(), postgres.folder().display());
    std::thread::park();
}

#[test]
fn servers_end_when_the_program_is_killed() {
    if RedisServer::start().is_none() || PostgresServer::start().is_none() {
        return;
    }
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["program_with_servers", "--exact", "--ignored", "--nocapture"])
        .env("ONETEG_ROLE", "program")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines().map(Result::unwrap);
    let servers: Vec<(u16, String)> = lines
        .filter_map(|line| {
            let (port, folder) = line.split_once('@')?.1.split_once(' ')?;
            Some((port.parse().unwrap(), folder.to_owned()))
        })
        .take(2)
        .collect();
    program.kill().unwrap();
    program.wait().unwrap();
    for (port, folder) in servers {
        let began = Instant::now();
        while Path::new(&folder).exists() {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "the server at port {port} lives on"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
