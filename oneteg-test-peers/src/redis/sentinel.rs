//! A primary, its replica, and three sentinels that replace one with the other.

use std::time::{Duration, Instant};

use super::{client::RedisClient, server::RedisServer};
use crate::process::{PATIENCE, wait_until};

const SERVICE: &str = "oneteg";
/// A primary that is silent for this long is down.
const DOWN_AFTER: Duration = Duration::from_millis(500);

/// A Redis primary with a replica, watched by three sentinels.
///
/// A primary that is killed or [paused](RedisServer::pause) for half a second is replaced by the replica; when it
/// comes back, the sentinels make it a replica. Replication is asynchronous: the last writes before a fail-over can be
/// lost.
#[derive(Debug)]
pub struct SentinelGroup {
    servers: [RedisServer; 2],
    sentinels: Vec<RedisServer>,
}

impl SentinelGroup {
    /// Starts the five processes, and returns when every sentinel knows the others and the replica. Prints `SKIPPED`
    /// and returns `None` without the Debian packages `redis-server` and `redis-sentinel` (one program).
    #[must_use]
    pub fn start() -> Option<Self> {
        // `min-replicas-to-write` stays 0: the group accepts writes with one server.
        let settings = ["--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"];
        let primary = RedisServer::start_with(&settings)?;
        let port = primary.port().to_string();
        let replicaof = format!("127.0.0.1 {port}");
        let replica =
            RedisServer::start_with(&[&settings[..], &["--replicaof", &replicaof]].concat())?;
        wait_until("the replica is connected", || {
            replica.command(&["info", "replication"]).contains("master_link_status:up")
        });
        let sentinels: Vec<_> =
            (0..3).map_while(|_| RedisServer::sentinel(&lines(&port))).collect();
        let group = Self { servers: [primary, replica], sentinels };
        wait_until("the sentinels know each other", || {
            group.sentinels.iter().all(|sentinel| {
                let known = sentinel.command(&["info", "sentinel"]);
                known.contains("slaves=1,sentinels=3") && known.contains("status=ok")
            })
        });
        Some(group)
    }

    /// `redis+sentinel://127.0.0.1:port,127.0.0.1:port,127.0.0.1:port/oneteg`: the sentinels and the service.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+sentinel://{}/{SERVICE}", self.sentinel_addresses().join(","))
    }

    /// `127.0.0.1:port` of each sentinel.
    #[must_use]
    pub fn sentinel_addresses(&self) -> Vec<String> {
        self.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port())).collect()
    }

    /// The name under which the sentinels know the primary.
    #[must_use]
    pub const fn service(&self) -> &'static str {
        SERVICE
    }

    /// The sentinels' processes.
    #[must_use]
    pub fn sentinels(&self) -> &[RedisServer] {
        &self.sentinels
    }

    /// The server that the sentinels report as the primary. It may have been killed.
    #[must_use]
    pub fn primary(&self) -> &RedisServer {
        let port = self.primary_port();
        let [first, second] = &self.servers;
        if second.port() == port { second } else { first }
    }

    /// The other server.
    #[must_use]
    pub fn replica(&self) -> &RedisServer {
        let port = self.primary_port();
        let [first, second] = &self.servers;
        if second.port() == port { first } else { second }
    }

    /// Waits until the sentinels have replaced `old`, the primary before, and the new primary accepts writes.
    pub fn wait_for_fail_over(&self, old: &RedisServer) {
        wait_until("another primary", || {
            let primary = self.primary();
            primary.port() != old.port()
                && primary.command(&["info", "replication"]).contains("role:master")
        });
    }

    /// Makes the sentinels exchange primary and replica, both of which run; returns afterwards.
    pub fn switch(&self) {
        let old = self.primary();
        let started = Instant::now();
        // Refused for some seconds after the last fail-over.
        while self.sentinels[0].command(&["sentinel", "failover", SERVICE]) != "OK" {
            assert!(started.elapsed() < PATIENCE, "the sentinels refuse a fail-over");
            std::thread::sleep(Duration::from_millis(100));
        }
        self.wait_for_fail_over(old);
    }

    /// Waits until the replica is connected to the primary, as at the start.
    pub fn wait_for_replica(&self) {
        wait_until("the replica is connected", || {
            let replica = self.replica().command(&["info", "replication"]);
            let follows = format!("master_port:{}", self.primary_port());
            replica.contains("master_link_status:up") && replica.contains(&follows)
        });
    }

    /// According to most sentinels: a single one may not have heard of a fail-over yet.
    fn primary_port(&self) -> u16 {
        let mut ports: Vec<u16> = self
            .sentinels
            .iter()
            .filter_map(|sentinel| {
                let client = RedisClient::plain(sentinel.port());
                let address = client.command(&["sentinel", "get-master-addr-by-name", SERVICE]);
                address.lines().nth(1)?.parse().ok()
            })
            .collect();
        ports.sort_unstable();
        ports.get(ports.len() / 2).copied().unwrap_or_default()
    }
}

/// The configuration of a sentinel, which rewrites it.
fn lines(port: &str) -> String {
    let milliseconds = DOWN_AFTER.as_millis();
    format!(
        "sentinel monitor {SERVICE} 127.0.0.1 {port} 2\n\
         sentinel down-after-milliseconds {SERVICE} {milliseconds}\n\
         sentinel failover-timeout {SERVICE} 3000\n\
         sentinel parallel-syncs {SERVICE} 1\n"
    )
}
