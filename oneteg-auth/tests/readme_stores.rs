//! The part of the README about stores on servers.

#![cfg(all(feature = "postgres", feature = "redis"))]

// README
use oneteg_auth::{
    OAuth2, OAuth2Config, PostgresStore, RedisStore, SealingKeys, SessionKey, TokenStore,
};
use std::{error::Error, sync::Arc};

async fn credential(config: OAuth2Config, keys: SealingKeys) -> Result<OAuth2, Box<dyn Error>> {
    let store: Arc<dyn TokenStore> = match std::env::var("REDIS_URL") {
        // `redis://`, `rediss://`, `redis+sentinel://host,host/name` or `redis+cluster://host,host`
        Ok(url) => Arc::new(RedisStore::open(&url, keys)?),
        Err(_) => {
            let url = std::env::var("DATABASE_URL")?;
            PostgresStore::migrate(url.as_str()).await?;
            Arc::new(PostgresStore::open(url, keys).await?)
        }
    };
    // Workers with the same key of a session share it.
    Ok(OAuth2::builder(config).store(store, SessionKey::new("acme")).build()?)
}
// END

#[test]
fn the_stores_of_the_readme_compile_as_printed() {
    // Only compiled: there is no server.
    let _ = credential;
    oneteg_test_kit::assert_printed(include_str!("readme_stores.rs"), include_str!("../README.md"));
}
