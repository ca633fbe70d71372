//! Values in Redis, read and written by commands.

use std::sync::Arc;

use oneteg_auth::{RedisStore, SealingKeys, SessionKey, TokenStore};
use oneteg_test_peers::RedisServer;
use redis::{AsyncCommands, aio::MultiplexedConnection};

use crate::{
    edits::Values,
    suite::{Database, run},
};

struct Redis {
    server: RedisServer,
    connection: MultiplexedConnection,
}

fn name(key: &SessionKey) -> String {
    format!("oneteg:session:{}", key.as_str())
}

impl Database for Redis {
    fn name(&self) -> &'static str {
        "Redis"
    }

    async fn open(&self, keys: SealingKeys) -> Arc<dyn TokenStore> {
        Arc::new(RedisStore::open(&self.server.url(), keys).unwrap())
    }

    async fn read(&self, key: &SessionKey) -> Values {
        let values: Vec<(String, Vec<u8>)> =
            self.connection.clone().hgetall(name(key)).await.unwrap();
        values.into_iter().map(|(field, value)| (field, Some(value))).collect()
    }

    async fn write(&self, key: &SessionKey, values: &Values) -> bool {
        let present: Vec<(&String, &Vec<u8>)> =
            values.iter().filter_map(|(field, value)| Some((field, value.as_ref()?))).collect();
        let mut pipe = redis::pipe();
        pipe.atomic().del(name(key)).ignore();
        if !present.is_empty() {
            pipe.hset_multiple(name(key), &present).ignore();
        }
        let () = pipe.query_async(&mut self.connection.clone()).await.unwrap();
        true
    }
}

#[tokio::test]
async fn r14_edited_values_in_redis_are_typed_errors_or_harmless() {
    // Without the append-only file: the test writes tens of thousands of times.
    let Some(server) = RedisServer::start_with(&["--appendonly", "no"]) else { return };
    let client = redis::Client::open(server.url()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    run(&Redis { server, connection }).await;
}
