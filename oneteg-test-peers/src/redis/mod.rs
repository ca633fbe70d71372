//! Redis: one server, a primary with a replica and sentinels, a cluster.

mod client;
mod cluster;
mod sentinel;
mod server;

pub use self::{cluster::RedisCluster, sentinel::SentinelGroup, server::RedisServer};
