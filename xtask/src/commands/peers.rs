//! `cargo xtask peers`: the servers that tests start, for programs and experiments.

use clap::ValueEnum;
#[cfg(unix)]
use oneteg_test_peers::{PostgresServer, RedisCluster, RedisServer, SentinelGroup};

use crate::stdout::out;

/// A server or a group of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// One Redis server.
    Redis,
    /// A Redis primary with a replica and three sentinels.
    Sentinel,
    /// A Redis Cluster of three primaries.
    Cluster,
    /// A PostgreSQL server.
    Postgres,
}

/// Servers that end when this value is dropped, and the variables that name them.
#[derive(Debug)]
pub struct Running {
    /// `NAME=URL`, a line each, in the order of the arguments.
    pub assignments: String,
    servers: Vec<Box<dyn std::fmt::Debug>>,
}

/// Starts servers; all kinds if none is given. Those whose packages are missing are left out, with a line on the terminal.
///
/// # Errors
/// If none could be started.
pub fn start(peers: &[Peer]) -> anyhow::Result<Running> {
    let peers = if peers.is_empty() { Peer::value_variants() } else { peers };
    let mut running = Running { assignments: String::new(), servers: Vec::new() };
    for peer in peers {
        if let Some((name, url, server)) = start_one(*peer) {
            running.assignments.push_str(&format!("{name}={url}\n"));
            running.servers.push(server);
        }
    }
    anyhow::ensure!(
        !running.assignments.is_empty(),
        "no server was started; on Linux, install the Debian packages `redis-server` and `postgresql`"
    );
    Ok(running)
}

/// The variable of a server, its URL, and the server.
type Started = (&'static str, String, Box<dyn std::fmt::Debug>);

#[cfg(unix)]
fn start_one(peer: Peer) -> Option<Started> {
    match peer {
        Peer::Redis => RedisServer::start().map(|it| ("REDIS_URL", it.url(), Box::new(it) as _)),
        Peer::Sentinel => {
            SentinelGroup::start().map(|it| ("REDIS_SENTINEL_URL", it.url(), Box::new(it) as _))
        }
        Peer::Cluster => {
            RedisCluster::start().map(|it| ("REDIS_CLUSTER_URL", it.url(), Box::new(it) as _))
        }
        Peer::Postgres => {
            PostgresServer::start().map(|it| ("POSTGRES_URL", it.url(), Box::new(it) as _))
        }
    }
}

/// The packages exist for Unix only.
#[cfg(not(unix))]
fn start_one(_: Peer) -> Option<Started> {
    None
}

/// Starts servers, prints their URLs as assignments, and waits. The servers end with this process (Ctrl-C).
///
/// # Errors
/// If no server could be started, or the output cannot be written.
pub fn run(peers: &[Peer]) -> anyhow::Result<()> {
    let running = start(peers)?;
    out!("{}", running.assignments.trim_end());
    eprintln!("the servers run until Ctrl-C; their data are temporary");
    loop {
        std::thread::park();
    }
}
