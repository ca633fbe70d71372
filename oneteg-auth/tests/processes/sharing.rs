//! R3: many processes share one session whose access tokens last seconds. The provider is the certified one
//! (`peers/oidc`) where it is installed.

use std::{sync::Arc, time::Duration};

use oneteg_auth::{
    AuthRequest, Authenticator, OAuth2, Recovery, SessionKey, SystemClock, TokenStore,
};
use oneteg_test_kit::{OidcProvider, Provider, ProviderKind};

use crate::{
    common::full,
    engine::{self, Engine},
    server::TokenServer,
    worker::{Role, config},
    world::{Worker, sign_in},
};

/// How long the provider delays its response to a token request.
const DELAY: Duration = Duration::from_millis(500);

/// A provider that rotates refresh tokens strictly.
enum Issuer {
    Certified(OidcProvider),
    Own(TokenServer),
}

impl Issuer {
    async fn start(lifetime_s: u32) -> Self {
        let certified = OidcProvider::start_delayed(lifetime_s, DELAY);
        if let Some(provider) = certified {
            return Self::Certified(provider);
        }
        let lifetime = Duration::from_secs(lifetime_s.into());
        let kind = ProviderKind { latency: DELAY, ..ProviderKind::rotating(lifetime) };
        Self::Own(TokenServer::start(Provider::new(kind, Arc::new(SystemClock))).await)
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Certified(_) => "oidc-provider",
            Self::Own(_) => "the test provider",
        }
    }

    fn token_url(&self) -> url::Url {
        match self {
            Self::Certified(provider) => provider.issuer.join("/token").unwrap(),
            Self::Own(server) => server.url("/token"),
        }
    }

    async fn sign_in(&self, store: Arc<dyn TokenStore>, key: &SessionKey) {
        match self {
            Self::Certified(provider) => {
                let config = provider.config().await;
                let session = OAuth2::builder(config).store(store, key.clone()).build().unwrap();
                provider.sign_in(&session).await;
                session.close().await.unwrap();
            }
            Self::Own(server) => sign_in(&*store, key, &server.provider.sign_in()).await,
        }
    }

    /// How many refreshes it granted since the sign-in, and how many it refused.
    async fn counts(&self) -> (u64, u64) {
        match self {
            Self::Certified(provider) => {
                let (grants, refusals) = provider.counts().await;
                (grants - 1, refusals)
            }
            Self::Own(server) => (server.provider.requests(), server.provider.reuses()),
        }
    }

    /// The longest time that it took to respond to a token request, its delay included.
    async fn longest_token_call(&self) -> Duration {
        match self {
            Self::Certified(provider) => provider.longest_token_call().await,
            Self::Own(_) => DELAY,
        }
    }

    /// Whether the session can still be refreshed. Refreshes it.
    async fn is_alive(&self, store: Arc<dyn TokenStore>, key: &SessionKey) -> bool {
        let session =
            OAuth2::builder(config(self.token_url())).store(store, key.clone()).build().unwrap();
        let mut headers = http::HeaderMap::new();
        let url = "https://api.example/".parse().unwrap();
        let version = session.authorize(AuthRequest::new(&url, &mut headers)).await.unwrap();
        matches!(session.refused(version).await, Ok(Recovery::Retry))
    }
}

fn share(engine: &Engine) {
    // Three lifetimes: two refreshes happen whatever the speed of the machine.
    let (processes, lifetime_s, run_s) = if full() { (80, 5, 60) } else { (8, 2, 6) };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let key = SessionKey::new("shared");
    let place = engine.place("shared");
    let (issuer, store) = runtime.block_on(async {
        let (issuer, store) = (Issuer::start(lifetime_s).await, engine::open(&place).await);
        issuer.sign_in(Arc::clone(&store), &key).await;
        (issuer, store)
    });
    let version = || runtime.block_on(store.load(&key)).unwrap().unwrap().version.0;
    let before = version();
    let mut workers: Vec<Worker> = (0..processes)
        .map(|_| {
            Worker::spawn(&[
                ("ROLE", Role::Share.name()),
                ("PLACE", &place),
                ("KEY", key.as_str()),
                ("TOKEN_URL", issuer.token_url().as_str()),
                ("WINDOW_S", "0"),
                ("RUN_S", &run_s.to_string()),
            ])
        })
        .collect();
    // All processes begin together, and none is measured while others still start.
    assert!(workers.iter().all(|worker| worker.line("ready").is_some()));
    workers.iter_mut().for_each(Worker::go);
    let (mut calls, mut failures, mut longest) = (0, 0, 0);
    for worker in workers {
        let result = worker.result();
        let numbers: Vec<u64> = result.split(' ').map(|word| word.parse().unwrap()).collect();
        calls += numbers[0];
        failures += numbers[1];
        longest = longest.max(numbers[2]);
    }
    let (refreshes, refusals) = runtime.block_on(issuer.counts());
    let duplicates = refreshes - (version() - before);
    let token_call = runtime.block_on(issuer.longest_token_call()).as_millis() as u64;
    println!(
        "R3 {processes} processes, {}, {}, access tokens of {lifetime_s} s: {calls} calls, {refreshes} token requests, \
         {duplicates} duplicates, {failures} failures, longest wait {longest} ms, a token call takes {} to {token_call} ms",
        engine.name(),
        issuer.name(),
        DELAY.as_millis(),
    );
    assert_eq!((duplicates, failures, refusals), (0, 0, 0));
    assert!(refreshes >= 2 && longest <= 3 * token_call);
    assert!(runtime.block_on(issuer.is_alive(Arc::clone(&store), &key)), "the session is lost");
}

#[test]
fn r3_processes_share_a_file_store() {
    share(&Engine::file());
}

#[cfg(feature = "redis")]
#[test]
fn r3_processes_share_a_redis_store() {
    let Some(engine) = Engine::redis() else { return };
    share(&engine);
}

#[cfg(feature = "redis")]
#[test]
fn r3_processes_share_a_sentinel_group() {
    let Some(engine) = Engine::sentinel() else { return };
    share(&engine);
}

#[cfg(feature = "postgres")]
#[test]
fn r3_processes_share_a_postgres_store() {
    let Some(engine) = Engine::postgres() else { return };
    share(&engine);
}
