//! `oneteg-auth` on each of its stores.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header::AUTHORIZATION};
use oneteg_auth::{
    AuthError, AuthRequest, Authenticator as _, FileStore, LeaseDecision, LeaseOwner, MemoryStore,
    OAuth2, OAuth2Config, PostgresStore, RedisStore, ReplayWindow, SealingKey, SealingKeys,
    SessionKey, SessionPolicy, TokenStore, Tokens,
};

use super::{Contestant, Failure, Kind, Pending, Site};
use crate::DuelResult;

pub struct Ours {
    session: OAuth2,
    store: Arc<dyn TokenStore>,
    key: SessionKey,
}

fn keys() -> DuelResult<SealingKeys> {
    Ok(SealingKeys::new(SealingKey::new("duel", [9; 32])?))
}

/// One session per folder, because the rounds share the servers.
fn key(site: &Site) -> SessionKey {
    SessionKey::new(site.folder.display().to_string())
}

async fn store(site: &Site) -> DuelResult<Arc<dyn TokenStore>> {
    Ok(match site.kind {
        Kind::OursFile => Arc::new(FileStore::open(site.folder.join("store"), keys()?)?),
        Kind::OursRedis => Arc::new(RedisStore::open(&site.store_url, keys()?)?),
        Kind::OursPostgres => {
            Arc::new(PostgresStore::builder(site.store_url.as_str()).build(keys()?)?)
        }
        _ => {
            let store = MemoryStore::new();
            write(&store, &key(site), &site.first_refresh_token()?).await?;
            Arc::new(store)
        }
    })
}

async fn write(store: &dyn TokenStore, key: &SessionKey, refresh: &str) -> DuelResult<()> {
    let owner = LeaseOwner::new("seed");
    let lease = store.lease(key, &owner, Duration::from_secs(30)).await?;
    let LeaseDecision::Granted(lease) = lease else { return Err("the lease is taken".into()) };
    // It has expired when anybody asks for it.
    let lifetime = Duration::from_secs(1);
    let tokens = Tokens::new("expired").with_refresh(refresh).with_lifetime(lifetime);
    store.commit(&lease, Default::default(), &tokens).await?;
    store.release(&lease).await?;
    tokio::time::sleep(lifetime + lifetime / 10).await;
    Ok(())
}

pub async fn seed(site: &Site, refresh: &str) -> DuelResult<()> {
    write(&*store(site).await?, &key(site), refresh).await
}

impl Ours {
    pub async fn open(site: &Site) -> DuelResult<Self> {
        let (store, key) = (store(site).await?, key(site));
        let authorize = "https://id.example/authorize".parse()?;
        let config = OAuth2Config::authorization_code("client", authorize, site.token_url.parse()?);
        let mut policy = SessionPolicy::default();
        if site.replay_seconds > 0 {
            policy.replay = ReplayWindow::Within(Duration::from_secs(site.replay_seconds));
        }
        if site.short_lease {
            policy.lease_ttl = Duration::from_secs(1);
        }
        let session =
            OAuth2::builder(config).store(store.clone(), key.clone()).policy(policy).build()?;
        Ok(Self { session, store, key })
    }
}

impl Contestant for Ours {
    fn token(&self) -> Pending<'_, Result<String, Failure>> {
        Box::pin(async {
            let mut headers = HeaderMap::new();
            let other = |error: String| Failure::Other(error);
            let url = "https://api.example/".parse().map_err(|_| other("a URL".into()))?;
            match self.session.authorize(AuthRequest::new(&url, &mut headers)).await {
                Ok(_) => {}
                Err(AuthError::GrantUncertain) => return Err(Failure::Uncertain),
                Err(error) => return Err(other(error.to_string())),
            }
            let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            Ok(value.unwrap_or_default().trim_start_matches("Bearer ").to_owned())
        })
    }

    fn next_refresh_token(&self) -> Pending<'_, Option<String>> {
        Box::pin(async {
            let session = self.store.load(&self.key).await.ok()??;
            Some(session.tokens?.refresh?.expose().to_owned())
        })
    }
}
