//! An OAuth session of the client, with a certified provider (npm `oidc-provider`) instead of MediaValet's identity
//! server: access tokens are valid for 5 s, and refresh tokens rotate.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod doubles;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::TryStreamExt;
use http::{HeaderMap, StatusCode, header};
use mediavalet_sdk::{
    Client, Method, Patch,
    auth::{MemoryStore, OAuth2, SessionKey},
    bulk::BulkCall,
    reqwest::{self, Url},
    types::Asset,
};
use oneteg_test_kit::OidcProvider;
use serde_json::json;

const CALLERS: usize = 8;

async fn signed_in(peer: &OidcProvider) -> OAuth2 {
    let store = Arc::new(MemoryStore::new());
    let session = OAuth2::builder(peer.config().await).store(store, SessionKey::new("mediavalet"));
    let session = session.build().unwrap();
    peer.sign_in(&session).await;
    session
}

/// An API that validates every token with the provider.
struct Api {
    userinfo: Url,
    http: reqwest::Client,
    refused: AtomicU64,
}

impl Api {
    async fn accepts(&self, token: Option<&str>) -> bool {
        let Some(token) = token else { return false };
        let request = self.http.get(self.userinfo.clone()).header(header::AUTHORIZATION, token);
        let accepted = request.send().await.unwrap().status().is_success();
        self.refused.fetch_add(u64::from(!accepted), SeqCst);
        accepted
    }
}

async fn gate(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let headers: HeaderMap = request.headers().clone();
    assert_eq!(headers["ocp-apim-subscription-key"], doubles::KEY);
    let token = headers.get(header::AUTHORIZATION).map(|token| token.to_str().unwrap());
    if !api.accepts(token).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

async fn asset() -> Response {
    Json(json!({"apiVersion": "1.2", "payload": {"id": "a", "title": "T"}, "errors": []}))
        .into_response()
}

async fn categories() -> Response {
    let count = json!({"totalRecordsFound": 2, "startingRecord": 0, "recordsReturned": 2});
    let payload = json!([{"id": "1"}, {"id": "2"}]);
    Json(json!({"apiVersion": "1.2", "payload": payload, "recordCount": count, "errors": []}))
        .into_response()
}

/// Responds to each part according to its token.
async fn bulk(State(api): State<Arc<Api>>, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let mut response = String::new();
    for line in body.lines() {
        let Some(token) = line.strip_prefix("Authorization: ") else { continue };
        let inner = match api.accepts(Some(token)).await {
            true => {
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n\
                     {\"apiVersion\":\"1.2\",\"payload\":{\"id\":\"a\"},\"errors\":[]}"
            }
            false => "HTTP/1.1 401 Unauthorized\r\n\r\n",
        };
        response.push_str(&format!("--b\r\nContent-Type: application/http\r\n\r\n{inner}\r\n"));
    }
    response.push_str("--b--\r\n");
    ([(header::CONTENT_TYPE, "multipart/mixed; boundary=b")], response).into_response()
}

async fn mixed(client: &Client, turn: u64) -> Result<(), mediavalet_sdk::Error> {
    match turn % 4 {
        0 => drop(client.get_asset("a").send().await?),
        1 => drop(client.update_asset("a", Patch::new().replace("/title", turn)).send().await?),
        2 => {
            let listed: Vec<_> = client.list_categories().pages().try_collect().await?;
            assert_eq!(listed.len(), 2);
        }
        _ => {
            let call = || BulkCall::new(Method::GET, "/assets/a");
            for response in client.bulk([call(), call(), call()]).await? {
                assert_eq!(response.value::<Asset>()?.id, "a");
            }
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_access_tokens_keep_expiring() {
    let Some(peer) = OidcProvider::start(5) else { return };
    let session = signed_in(&peer).await;
    let api = Arc::new(Api {
        userinfo: peer.issuer.join("/me").unwrap(),
        http: doubles::azurite::http(),
        refused: AtomicU64::new(0),
    });
    let router = Router::new()
        .route("/assets/{id}", get(asset).patch(asset))
        .route("/categories", get(categories))
        .route("/bulk", post(bulk))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&api), gate))
        .with_state(Arc::clone(&api));
    let url = doubles::serve(router).await;
    let client = Client::builder().base_url(url).subscription_key(doubles::KEY);
    let client = client.authenticator(session.clone()).build().unwrap();

    let seconds = if doubles::full() { 60 } else { 12 };
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS as u64 {
        let client = client.clone();
        callers.spawn(async move {
            let mut calls = 0;
            while Instant::now() < until {
                mixed(&client, caller + calls).await.unwrap_or_else(|error| {
                    panic!("call {calls} of caller {caller} failed: {error}");
                });
                calls += 1;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            calls
        });
    }
    let calls: u64 = callers.join_all().await.into_iter().sum();
    let (grants, refusals) = peer.counts().await;
    assert!(grants >= seconds / 5, "only {grants} grants in {seconds} s");
    assert_eq!(refusals, 0, "the provider refused a grant");
    println!(
        "oidc-provider: {calls} mixed calls in {seconds} s with access tokens valid for 5 s: {grants} grants, \
         {} tokens refused by the API, 0 failed calls",
        api.refused.load(SeqCst)
    );
}
