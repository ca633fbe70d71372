//! `cargo xtask peers` names servers that respond, and ends them.

#![allow(clippy::unwrap_used, missing_docs)]

use std::net::TcpStream;

use xtask::commands::peers::{Peer, start};

/// The port of the first host in a URL.
fn port(url: &str) -> u16 {
    let (_, rest) = url.rsplit_once("127.0.0.1:").unwrap();
    rest.split(['/', ',']).next().unwrap().parse().unwrap()
}

#[test]
fn servers_run_as_long_as_they_are_needed_and_their_urls_are_assignments() {
    // Fails without the packages, after `SKIPPED` on the terminal.
    let Ok(running) = start(&[Peer::Redis, Peer::Postgres]) else { return };
    let assignments: Vec<(&str, &str)> =
        running.assignments.lines().map(|line| line.split_once('=').unwrap()).collect();
    let ports: Vec<u16> = assignments.iter().map(|(_, url)| port(url)).collect();
    for (name, url) in &assignments {
        let scheme = if *name == "REDIS_URL" { "redis://" } else { "postgres://" };
        assert!(url.starts_with(scheme), "{name}={url}");
    }
    let is_open = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).is_ok();
    assert!(ports.iter().all(is_open));
    drop(running);
    assert!(!ports.iter().any(is_open));
}
