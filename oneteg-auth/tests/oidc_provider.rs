//! The flows against a certified provider (npm `oidc-provider`), where Node and `peers/oidc/node_modules`
//! (`npm ci --ignore-scripts`) are present.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::{sync::Arc, time::Duration};

use common::key;
use http::header;
use oneteg_auth::{
    AuthError, AuthRequest, Authenticator, CallbackError, FileStore, OAuth2, OAuth2Config,
    SealingKey, SealingKeys, TokenStore,
};
use oneteg_test_kit::OidcProvider;
use tokio::task::JoinSet;

async fn token(session: &OAuth2) -> Result<String, AuthError> {
    let mut headers = http::HeaderMap::new();
    let url = "https://api.example/".parse().unwrap();
    session.authorize(AuthRequest::new(&url, &mut headers)).await?;
    Ok(headers[header::AUTHORIZATION].to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_sign_in_refreshes_and_is_revoked() {
    let Some(peer) = OidcProvider::start(60) else { return };
    let store = Arc::new(oneteg_auth::MemoryStore::new());
    let config = peer.config().await;
    let session = OAuth2::builder(config).store(store.clone(), key()).build().unwrap();
    let signed_in = peer.sign_in(&session).await;
    assert_eq!(signed_in.missing, Vec::<String>::new());
    let access = token(&session).await.unwrap();
    assert!(peer.accepts(&access).await);
    let refresh = store.load(&key()).await.unwrap().unwrap().tokens.unwrap().refresh.unwrap();

    assert_eq!(session.sign_out().await.unwrap().not_revoked, None);
    assert!(!peer.accepts(&access).await, "the access token outlived the sign-out");
    // Somebody else uses the revoked refresh token.
    let stolen = oneteg_auth::Tokens::new("x").with_refresh(refresh).with_lifetime(Duration::ZERO);
    let lease =
        store.lease(&key(), &oneteg_auth::LeaseOwner::new("t"), Duration::from_secs(9)).await;
    let oneteg_auth::LeaseDecision::Granted(lease) = lease.unwrap() else { panic!("taken") };
    let version = store.load(&key()).await.unwrap().unwrap().version;
    store.commit(&lease, version, &stolen).await.unwrap();
    store.release(&lease).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let refused = token(&session).await.unwrap_err();
    assert!(matches!(refused, AuthError::SessionEnded), "{refused}");
    println!("oidc-provider: code + PKCE + iss, refresh and revocation work");
}

#[tokio::test]
async fn a_callback_of_another_issuer_is_refused() {
    let Some(peer) = OidcProvider::start(60) else { return };
    // The metadata promises an `iss`, but another issuer is expected.
    let config = peer.config().await.with_issuer("https://id.example", true);
    let session = OAuth2::builder(config).build().unwrap();
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let (start, redirect) = (sign_in.url().clone(), sign_in.redirect_uri().clone());
    let person = async {
        let callback = peer.browse(&start, &redirect).await;
        peer.http.get(callback).send().await.unwrap().status()
    };
    let (refused, status) = tokio::join!(sign_in.finish(), person);
    assert!(matches!(refused, Err(AuthError::Callback(CallbackError::WrongIssuer))));
    assert_eq!((status.as_u16(), peer.counts().await.0), (400, 0));
    println!("oidc-provider: a wrong iss is refused before the code is sent");
}

#[tokio::test]
async fn a_program_signs_in_for_itself() {
    let Some(peer) = OidcProvider::start(60) else { return };
    let url = peer.issuer.join("/token").unwrap();
    let secret = "a secret with: odd characters + %";
    let good = OAuth2Config::client_credentials("confidential", secret, url.clone());
    let session = OAuth2::builder(good).build().unwrap();
    assert!(token(&session).await.unwrap().starts_with("Bearer "));
    let wrong = OAuth2Config::client_credentials("confidential", "wrong", url);
    let error = token(&OAuth2::builder(wrong).build().unwrap()).await.unwrap_err();
    assert!(!error.is_transient() && error.to_string().contains("invalid_client"), "{error}");
    println!("oidc-provider: client credentials work, a wrong secret is invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_callers_lose_no_session_over_ten_expiries() {
    let Some(peer) = OidcProvider::start(1) else { return };
    let folder = tempfile::tempdir().unwrap();
    let keys = SealingKeys::new(SealingKey::generate("k1").unwrap());
    let store = Arc::new(FileStore::open(folder.path(), keys).unwrap());
    let session = OAuth2::builder(peer.config().await).store(store.clone(), key()).build().unwrap();
    peer.sign_in(&session).await;
    let first = store.load(&key()).await.unwrap().unwrap().version.0;
    let mut callers = JoinSet::new();
    for _ in 0..32 {
        let (session, store) = (session.clone(), store.clone());
        callers.spawn(async move {
            let mut calls = 0_u64;
            // Until ten refreshes are stored, however long that takes.
            while store.load(&key()).await.unwrap().unwrap().version.0 < first + 10 {
                token(&session).await.unwrap();
                calls += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            calls
        });
    }
    let calls: u64 = callers.join_all().await.into_iter().sum();
    let (grants, refusals) = peer.counts().await;
    let stored = store.load(&key()).await.unwrap().unwrap().version.0 - first;
    println!(
        "oidc-provider: 32 callers, {stored} expiries, {calls} calls: {grants} grants, {refusals} \
         refused, 0 lost sessions"
    );
    // One grant for the code, one for each version.
    assert_eq!((grants, refusals), (stored + 1, 0));
    assert!(token(&session).await.is_ok());
}
