//! Credentials as a `reqwest_middleware` middleware.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse, routing::any};
use common::{World, key};
use oneteg_auth::{
    ApiKey, AuthError, AuthMiddleware, Authenticator, Secret, TokenStore, client_builder,
};
use oneteg_test_kit::{Provider, ProviderKind, TokioClock};
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

    // A body that cannot be sent twice: the caller gets the refusal, and the next request works.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    world.provider.expire_access_tokens();
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>("once")]);
    let body = reqwest::Body::wrap_stream(chunks);
    assert_eq!(client.post(url.clone()).body(body).send().await.unwrap().status(), 401);
    assert_eq!(client.get(url.clone()).send().await.unwrap().status(), 200);
    assert_eq!(world.provider.requests(), 2);

    // The gateway requires its own key: no token helps.
    api.gateway.store(1, Ordering::SeqCst);
    assert_eq!(client.get(url).send().await.unwrap().status(), 401);
    assert_eq!(world.provider.requests(), 2);
}

/// A server that redirects everything to `target`, and the requests it received.
async fn redirecting(status: u16, target: Url) -> (Arc<Mutex<Vec<HeaderMap>>>, Url) {
    let seen: Arc<Mutex<Vec<HeaderMap>>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let log = seen.clone();
    let redirect = move |headers: HeaderMap| async move {
        log.lock().unwrap().push(headers);
        let status = http::StatusCode::from_u16(status).unwrap();
        (status, [("location", target.to_string())]).into_response()
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(redirect))).await });
    (seen, url)
}

/// Everything that the foreign server received.
async fn foreign() -> (Arc<Mutex<Vec<String>>>, Url) {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let log = seen.clone();
    let refuse = move |headers: HeaderMap, body: String| async move {
        log.lock().unwrap().push(format!("{headers:?} {body}"));
        (http::StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer error=\"invalid_token\"")])
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(refuse))).await });
    (seen, url)
}

fn own_header() -> Arc<dyn Authenticator> {
    let name = http::HeaderName::from_static("ocp-apim-subscription-key");
    Arc::new(ApiKey::in_header(name, &Secret::new("canary-key")).unwrap())
}

fn auth_error(error: &reqwest_middleware::Error) -> &AuthError {
    let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error}") };
    error.downcast_ref().unwrap_or_else(|| panic!("{error}"))
}

#[tokio::test]
async fn a_secret_header_follows_no_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let (strange, elsewhere) = foreign().await;
        let (home, base) = redirecting(status, elsewhere).await;
        // Whatever the client was set to, the one that is built here follows no redirects.
        let builder =
            client_builder(false).unwrap().redirect(reqwest::redirect::Policy::limited(9));
        let client = AuthMiddleware::client(&base, own_header(), builder).unwrap().build();
        let response = client.post(base.clone()).body("canary-body").send().await.unwrap();
        assert_eq!(response.status(), status);
        let sent = home.lock().unwrap().pop().unwrap();
        assert_eq!(sent["ocp-apim-subscription-key"], "canary-key");

        // A client that may follow redirects does not get the header at all.
        let builder =
            client_builder(false).unwrap().redirect(reqwest::redirect::Policy::limited(9));
        let client = ClientBuilder::new(builder.build().unwrap())
            .with(AuthMiddleware::new(&base, own_header()))
            .build();
        let error = client.get(base.clone()).send().await.unwrap_err();
        let AuthError::ClientFollowsRedirects { header } = auth_error(&error) else {
            panic!("{error}")
        };
        assert_eq!(header, "ocp-apim-subscription-key");
        assert!(!format!("{error} {error:?}").contains("canary"));
        assert!(home.lock().unwrap().is_empty(), "it was sent");
        assert!(strange.lock().unwrap().is_empty(), "{:?}", strange.lock().unwrap());
    }
}

#[tokio::test]
async fn what_a_redirects_target_says_is_not_about_the_credential() {
    let kind = ProviderKind::rotating(std::time::Duration::from_secs(3600));
    let world = World::new(kind, Arc::new(TokioClock::start()), 0).await;
    let (strange, elsewhere) = foreign().await;
    let (home, base) = redirecting(302, elsewhere).await;
    let client = client(&base, Arc::new(world.session.clone()));
    let error = client.get(base.clone()).send().await.unwrap_err();
    let AuthError::RedirectedAway { expected } = auth_error(&error) else { panic!("{error}") };
    assert_eq!(*expected, base.origin().ascii_serialization());
    assert_eq!(world.provider.requests(), 0, "a valid token was given up");
    assert_eq!((home.lock().unwrap().len(), strange.lock().unwrap().len()), (1, 1));
    assert!(!strange.lock().unwrap()[0].contains("authorization"));

    // A redirect within the connection's own server is followed with the credential, and its response counts.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let provider = Some(world.provider.clone());
    let api = Api { provider, seen: Arc::default(), gateway: Arc::default() };
    let moved = || async { (http::StatusCode::FOUND, [("location", "/moved")]) };
    let router = Router::new().route("/", any(moved)).fallback(any(call)).with_state(api.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = self::client(&base, Arc::new(world.session.clone()));
    assert_eq!(client.get(base.clone()).send().await.unwrap().status(), 200);
    world.provider.expire_access_tokens();
    assert_eq!(client.get(base).send().await.unwrap().status(), 200);
    assert_eq!((world.provider.requests(), api.seen.lock().unwrap().len()), (1, 3));
}

/// The response to the second attempt is checked like the first.
#[tokio::test]
async fn a_redirect_after_a_renewal_is_refused_as_well() {
    let kind = ProviderKind::rotating(std::time::Duration::from_secs(3600));
    let world = World::new(kind, Arc::new(TokioClock::start()), 0).await;
    let (strange, elsewhere) = foreign().await;
    let asked = Arc::new(AtomicU32::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let turn = asked.clone();
    let respond = move || async move {
        match turn.fetch_add(1, Ordering::SeqCst) {
            0 => (http::StatusCode::UNAUTHORIZED, [("www-authenticate", "Bearer".to_owned())]),
            _ => (http::StatusCode::FOUND, [("location", elsewhere.to_string())]),
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(respond))).await });
    let client = client(&base, Arc::new(world.session.clone()));
    let error = client.get(base).send().await.unwrap_err();
    assert!(matches!(auth_error(&error), AuthError::RedirectedAway { .. }), "{error}");
    assert_eq!((world.provider.requests(), asked.load(Ordering::SeqCst)), (1, 2));
    assert_eq!(strange.lock().unwrap().len(), 1);
}

#[test]
fn a_secret_goes_to_no_server_in_the_clear() {
    let base = "http://api.example/".parse().unwrap();
    let refused = AuthMiddleware::client(&base, own_header(), client_builder(false).unwrap());
    assert!(matches!(refused, Err(AuthError::InsecureUrl { .. })));
}
