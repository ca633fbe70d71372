//! A Redis Cluster of three primaries.

use super::server::RedisServer;
use crate::{port::free_port, process::wait_until};

/// The slots are divided equally among the nodes.
const SLOTS: [&str; 3] = ["0-5460", "5461-10922", "10923-16383"];

/// Three Redis primaries that share the slots. There are no replicas: the slots of a killed node are unavailable until
/// it is restarted.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

impl RedisCluster {
    /// Starts the three nodes, and returns when all of them serve. Prints `SKIPPED` and returns `None` without the
    /// Debian package `redis-server`.
    #[must_use]
    pub fn start() -> Option<Self> {
        let mut nodes = Vec::new();
        for (number, slots) in SLOTS.iter().enumerate() {
            let bus = free_port().to_string();
            let node = RedisServer::start_with(&[
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus,
                "--cluster-node-timeout",
                "2000",
                // A node that is down takes only its own slots with it.
                "--cluster-require-full-coverage",
                "no",
            ])?;
            let (first, last) = slots.split_once('-')?;
            node.command(&["cluster", "addslotsrange", first, last]);
            node.command(&["cluster", "set-config-epoch", &(number + 1).to_string()]);
            nodes.push((node, bus));
        }
        let (first, others) = nodes.split_first()?;
        for (other, bus) in others {
            first.0.command(&["cluster", "meet", "127.0.0.1", &other.port().to_string(), bus]);
        }
        let cluster = Self { nodes: nodes.into_iter().map(|(node, _)| node).collect() };
        cluster.wait_until_ready();
        Some(cluster)
    }

    /// Waits until every node serves its slots. A node that was restarted refuses commands for about two seconds.
    pub fn wait_until_ready(&self) {
        wait_until("every node serves", || {
            self.nodes.iter().all(|node| {
                let state = node.command(&["cluster", "info"]);
                let complete = ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_size:3"];
                complete.iter().all(|line| state.contains(line))
            })
        });
    }

    /// `redis+cluster://127.0.0.1:port,127.0.0.1:port,127.0.0.1:port/`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+cluster://{}/", self.addresses().join(","))
    }

    /// `127.0.0.1:port` of each node.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect()
    }

    /// The nodes.
    #[must_use]
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// The node that serves this key.
    ///
    /// # Panics
    /// If no node can be reached.
    #[must_use]
    pub fn node_of(&self, key: &str) -> &RedisServer {
        let slots = self.nodes.iter().map(|node| node.command(&["cluster", "keyslot", key]));
        let slot: u32 = slots.filter_map(|slot| slot.parse().ok()).next().expect("a slot");
        let serves = |slots: &str| {
            let (first, last) = slots.split_once('-').unwrap_or_default();
            let number = |text: &str| text.parse::<u32>().unwrap_or_default();
            (number(first)..=number(last)).contains(&slot)
        };
        let node = SLOTS.iter().position(|slots| serves(slots)).expect("every slot has a node");
        &self.nodes[node]
    }
}
