//! The credentials as a `reqwest_middleware` middleware.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse, routing::any};
use common::{World, key};
use oneteg_auth::{
    ApiKey, AuthMiddleware, Authenticator, Secret, TokenStore,
    test_kit::{Provider, ProviderKind, TokioClock},
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use url::Url;

#[derive(Clone)]
struct Api {
    provider: Option<Provider>,
    seen: Arc<Mutex<Vec<Option<String>>>>,
    gateway: Arc<AtomicU32>,
}

async fn call(State(api): State<Api>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let sent = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    api.seen.lock().unwrap().push(sent.clone());
    if api.gateway.load(Ordering::SeqCst) > 0 {
        let challenge = "AzureApiManagementKey realm=\"x\", name=\"Ocp-Apim-Subscription-Key\"";
        return (http::StatusCode::UNAUTHORIZED, [("www-authenticate", challenge)], body);
    }
    let token = sent.unwrap_or_default().replace("Bearer ", "");
    let good = api.provider.as_ref().is_none_or(|provider| provider.accepts(&token));
    let status = if good { http::StatusCode::OK } else { http::StatusCode::UNAUTHORIZED };
    (status, [("www-authenticate", "Bearer error=\"invalid_token\"")], body)
}

async fn serve(provider: Option<Provider>) -> (Api, Url) {
    let api = Api { provider, seen: Arc::default(), gateway: Arc::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().fallback(any(call)).with_state(api.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (api, url)
}

fn client(base: &Url, authenticator: Arc<dyn Authenticator>) -> ClientWithMiddleware {
    let _ = rustls::crypto::ring::default_provider().install_default();
    ClientBuilder::new(reqwest::Client::new())
        .with(AuthMiddleware::new(base, authenticator))
        .build()
}

#[tokio::test]
async fn a_key_goes_to_its_own_origin_only() {
    let (api, url) = serve(None).await;
    let (other, other_url) = serve(None).await;
    let key = ApiKey::with_scheme("apiToken", &Secret::new("k")).unwrap();
    let client = client(&url, Arc::new(key));
    client.get(url.join("a").unwrap()).send().await.unwrap();
    client.get(other_url).send().await.unwrap();
    assert_eq!(*api.seen.lock().unwrap(), [Some("apiToken k".to_owned())]);
    assert_eq!(*other.seen.lock().unwrap(), [None], "the key went to another origin");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_repeated() {
    let world = World::new(
        ProviderKind::rotating(std::time::Duration::from_secs(3600)),
        Arc::new(TokioClock::start()),
        0,
    )
    .await;
    let (api, url) = serve(Some(world.provider.clone())).await;
    let client = client(&url, Arc::new(world.session.clone()));
    world.provider.expire_access_tokens();
    let response = client.post(url.clone()).body("payload").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "payload");
    assert_eq!((world.provider.requests(), api.seen.lock().unwrap().len()), (1, 2));
    assert_eq!(world.store.load(&key()).await.unwrap().unwrap().version.0, 2);

    // A body that cannot be sent twice: the refusal is the caller's, the next request works.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    world.provider.expire_access_tokens();
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("once")]);
    let body = reqwest::Body::wrap_stream(chunks);
    assert_eq!(client.post(url.clone()).body(body).send().await.unwrap().status(), 401);
    assert_eq!(client.get(url.clone()).send().await.unwrap().status(), 200);
    assert_eq!(world.provider.requests(), 2);

    // The gateway misses its own key: no token helps.
    api.gateway.store(1, Ordering::SeqCst);
    assert_eq!(client.get(url).send().await.unwrap().status(), 401);
    assert_eq!(world.provider.requests(), 2);
}
