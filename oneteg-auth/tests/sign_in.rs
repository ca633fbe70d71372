//! Signing in from a program: when it is needed, and where the browser comes back to.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::{
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use common::{ManualClock, key};
use oneteg_auth::{
    AuthError, Connection, MemoryStore, OAuth2, OAuth2Config, ONETEG_CALLBACK_URL, TokenStore,
};
use oneteg_test_kit::{Provider, ProviderFault, ProviderKind};
use server::TokenServer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::Url;

struct World {
    clock: Arc<ManualClock>,
    server: TokenServer,
    store: Arc<MemoryStore>,
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::new();
        let kind = ProviderKind::rotating(Duration::from_secs(60));
        let kind = ProviderKind { latency: Duration::ZERO, ..kind };
        let server = TokenServer::start(Provider::new(kind, clock.clone())).await;
        let store = Arc::new(MemoryStore::with_clock(clock.clone()));
        Self { clock, server, store }
    }

    fn config(&self) -> OAuth2Config {
        let authorize = Url::parse("https://id.example/authorize").unwrap();
        OAuth2Config::authorization_code("client", authorize, self.server.url("/token"))
    }

    fn session(&self, config: OAuth2Config) -> OAuth2 {
        let store = self.store.clone();
        OAuth2::builder(config).clock(self.clock.clone()).store(store, key()).build().unwrap()
    }

    fn forms(&self) -> usize {
        self.server.shape.lock().unwrap().forms.len()
    }
}

fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(found, _)| found == name).unwrap().1.into_owned()
}

/// Requests `redirect` as a browser does, and returns the status.
async fn come_back(redirect: &str, state: &str) -> String {
    let url = Url::parse(redirect).unwrap();
    let host = url.host_str().unwrap();
    let port = url.port_or_known_default().unwrap();
    let authority = url.port().map_or(host.to_owned(), |port| format!("{host}:{port}"));
    let query = url.query().map_or(String::new(), |query| format!("{query}&"));
    let mut stream = TcpStream::connect(format!("{host}:{port}")).await.unwrap();
    let request = format!(
        "GET {}?{query}code=c0de?x&state={state} HTTP/1.1\r\nHost: {authority}\r\n\r\n",
        url.path()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    let _ = stream.read_to_string(&mut response).await;
    response.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// A port that is free for now.
async fn free_port(host: &str) -> u16 {
    TcpListener::bind((host, 0)).await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_redirect_uri_is_sent_to_the_letter() {
    let world = World::new().await;
    let (first, second) = (free_port("127.0.0.1").await, free_port("127.0.0.1").await);
    for registered in [
        format!("http://127.0.0.1:{first}"),
        format!("http://127.0.0.1:{second}/cb"),
        "http://127.0.0.1".to_owned(),
        "http://127.0.0.1/cb?app=1".to_owned(),
        "http://127.0.0.1:0/cb/".to_owned(),
    ] {
        let session = world.session(world.config().with_redirect_uri(&registered));
        let sign_in = session.listen_for_sign_in().await.unwrap();
        let sent = parameter(sign_in.url(), "redirect_uri");
        let chosen = sign_in.redirect_uri().port().unwrap();
        let expected = match registered.as_str() {
            "http://127.0.0.1" => format!("http://127.0.0.1:{chosen}"),
            "http://127.0.0.1/cb?app=1" => format!("http://127.0.0.1:{chosen}/cb?app=1"),
            "http://127.0.0.1:0/cb/" => format!("http://127.0.0.1:{chosen}/cb/"),
            as_registered => as_registered.to_owned(),
        };
        assert_eq!(sent, expected, "{registered}");
        let state = parameter(sign_in.url(), "state");
        let (done, status) = tokio::join!(sign_in.finish(), come_back(&sent, &state));
        assert_eq!(status, "200", "{registered}");
        done.unwrap();
        let (form, _) = world.server.shape.lock().unwrap().forms.pop().unwrap();
        assert_eq!(form["redirect_uri"], sent);
        // A question mark in the code is a part of it.
        assert_eq!(form["code"], "c0de?x");
    }
}

#[tokio::test]
async fn a_sign_in_under_way_shows_nothing_of_its_state() {
    let world = World::new().await;
    let session = world.session(world.config());
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let state = parameter(sign_in.url(), "state");
    let shown = format!("{sign_in:?} {sign_in:#?}");
    assert!(!shown.contains(&state) && shown.contains("/oauth2/callback"), "{shown}");
}

#[tokio::test]
async fn port_80_is_kept_when_it_is_named() {
    let world = World::new().await;
    let registered = "http://127.0.0.1:80/cb";
    let session = world.session(world.config().with_redirect_uri(registered));
    match session.listen_for_sign_in().await {
        Ok(sign_in) => {
            assert_eq!(parameter(sign_in.url(), "redirect_uri"), registered);
            let state = parameter(sign_in.url(), "state");
            let (done, status) = tokio::join!(sign_in.finish(), come_back(registered, &state));
            done.unwrap();
            assert_eq!(status, "200");
        }
        // Not permitted here, or in use; what matters is that no other port was chosen.
        Err(error) => assert!(matches!(error, AuthError::Listener { .. }), "{error}"),
    }
}

/// Settings as they come from a form, without a redirect URI.
fn settings(world: &World, redirect: &str) -> Connection {
    let token = world.server.url("/token");
    Connection::from_toml(&format!(
        r#"
        connection_name = "NetX"
        connector = "netxConnector-v1.0"
        endpoint_url = "https://acme.netx.net"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "id"
        client_secret = "s3cret"
        token_url = "{token}"
        {redirect}
        "#
    ))
    .unwrap()
}

#[tokio::test]
async fn settings_without_a_redirect_uri_sign_in_on_this_machine() {
    let world = World::new().await;
    let connection = settings(&world, "").resolve().unwrap();
    let session = connection.credential(world.store.clone()).unwrap().oauth.unwrap();
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let redirect = parameter(sign_in.url(), "redirect_uri");
    assert!(redirect.starts_with("http://127.0.0.1:"), "{redirect}");
    let state = parameter(sign_in.url(), "state");
    let (done, status) = tokio::join!(sign_in.finish(), come_back(&redirect, &state));
    assert_eq!(status, "200");
    done.unwrap();
    // A sign-in in two calls uses OneTeg's callback.
    let (url, pending) = session.begin_sign_in().unwrap();
    assert_eq!(parameter(&url, "redirect_uri"), ONETEG_CALLBACK_URL);
    assert_eq!(pending.redirect_uri(), ONETEG_CALLBACK_URL);
}

#[tokio::test]
async fn a_redirect_uri_that_needs_another_listener_is_refused_by_name() {
    let world = World::new().await;
    for redirect in [
        ONETEG_CALLBACK_URL,
        "https://127.0.0.1/cb",
        "http://localhost:8080/callback",
        "com.example.app:/cb",
    ] {
        let connection = settings(&world, &format!("redirect_uri = \"{redirect}\""));
        let connection = connection.resolve().unwrap();
        let session = connection.credential(world.store.clone()).unwrap().oauth.unwrap();
        let error = session.listen_for_sign_in().await.unwrap_err();
        assert!(error.to_string().contains("`redirect_uri`"), "{redirect}: {error}");
        // With your own listener it is used unchanged.
        let (url, pending) = session.begin_sign_in().unwrap();
        assert_eq!(parameter(&url, "redirect_uri"), redirect);
        let state = parameter(&url, "state");
        let callback = format!("{redirect}?code=c&state={state}");
        session.finish_sign_in(pending, &callback).await.unwrap();
    }
}

/// The settings and the credential accept the same redirect URIs.
#[tokio::test]
async fn settings_and_credential_agree_about_redirect_uris() {
    let world = World::new().await;
    for (redirect, valid) in [
        ("https://app.example/cb", true),
        ("http://127.0.0.1/cb", true),
        ("http://127.8.9.1:99/cb", true),
        ("http://[::1]:8080/cb", true),
        ("http://localhost/cb", true),
        ("http://localhost:8080/callback", true),
        ("com.example.app:/cb", true),
        ("http://app.localhost/cb", false),
        ("http://app.example/cb", false),
        ("http://127.0.0.1.example/cb", false),
        ("https://app.example/cb#x", false),
        ("com.example.app:/cb#x", false),
        ("https://me:pw@app.example/cb", false),
        ("javascript:alert(1)", false),
        ("myapp:/cb", false),
        ("not a url", false),
    ] {
        let mut config =
            oneteg_auth::OAuthSettings::new(oneteg_auth::OAuthFlow::AuthorizationCode, "id");
        config.client_secret = Some("s3cret".into());
        config.redirect_uri = Some(redirect.into());
        let connector = oneteg_auth::Connector::NETX_V1_0;
        let mut connection = Connection::new("NetX", connector, config);
        connection.endpoint_url = Some("https://acme.netx.net".into());
        assert_eq!(connection.validate().is_ok(), valid, "settings: {redirect}");
        let resolved = connection.resolve();
        assert_eq!(resolved.is_ok(), valid, "settings: {redirect}");
        if let Ok(resolved) = resolved {
            resolved.credential(world.store.clone()).unwrap();
        }
        let direct = OAuth2::builder(world.config().with_redirect_uri(redirect)).build();
        assert_eq!(direct.is_ok(), valid, "direct: {redirect}");
    }
}

/// An identity server on this machine, by name as well as by address.
#[tokio::test]
async fn an_identity_server_may_be_at_localhost() {
    let world = World::new().await;
    let mut token = world.server.url("/token");
    token.set_host(Some("localhost")).unwrap();
    let authorize = "http://localhost:4711/authorize".parse().unwrap();
    let config = OAuth2Config::authorization_code("client", authorize, token)
        .with_redirect_uri("http://localhost:8080/callback");
    let session = world.session(config);
    let (url, pending) = session.begin_sign_in().unwrap();
    let state = parameter(&url, "state");
    session.finish_sign_in(pending, &format!("?code=c&state={state}")).await.unwrap();
}

async fn sign_in(session: &OAuth2) {
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let redirect = parameter(sign_in.url(), "redirect_uri");
    let state = parameter(sign_in.url(), "state");
    let (done, _) = tokio::join!(sign_in.finish(), come_back(&redirect, &state));
    done.unwrap();
}

fn nobody_asked(url: &Url) {
    panic!("a person was asked for: {url}");
}

#[tokio::test]
async fn a_session_that_exists_is_not_signed_in_again() {
    let world = World::new().await;
    let session = world.session(world.config());
    assert!(!session.is_signed_in().await.unwrap());
    sign_in(&session).await;
    assert!(session.is_signed_in().await.unwrap());
    assert!(session.sign_in_if_needed(nobody_asked).await.unwrap().is_none());
    assert_eq!(world.forms(), 1);

    // The next start of the program, with the token still valid and with one that has expired.
    for (seconds, forms) in [(1, 1), (61, 2)] {
        world.clock.advance(Duration::from_secs(seconds));
        let next = world.session(world.config());
        assert!(next.sign_in_if_needed(nobody_asked).await.unwrap().is_none());
        assert_eq!(world.forms(), forms);
    }

    // A provider that cannot be reached is no reason to sign in again.
    world.clock.advance(Duration::from_secs(61));
    world.server.provider.fail_next([ProviderFault::Down]);
    let next = world.session(world.config());
    let error = next.sign_in_if_needed(nobody_asked).await.unwrap_err();
    assert!(error.is_transient(), "{error}");

    session.sign_out().await.unwrap();
    assert!(!world.session(world.config()).is_signed_in().await.unwrap());
    // A program that authenticates as itself needs no sign-in.
    let own = OAuth2Config::client_credentials("id", "s3cret", world.server.url("/token"));
    let own = OAuth2::builder(own).clock(world.clock.clone()).build().unwrap();
    assert!(own.is_signed_in().await.unwrap());
    assert!(own.sign_in_if_needed(nobody_asked).await.unwrap().is_none());
}

#[tokio::test]
async fn a_code_that_was_sent_is_not_lost_with_its_caller() {
    let world = World::new().await;
    let redirect = Url::parse("https://app.example/callback").unwrap();
    let session = world.session(world.config().with_redirect_uri(redirect));
    let (url, pending) = session.begin_sign_in().unwrap();
    let callback = format!("code=c0de&state={}", parameter(&url, "state"));
    let mut finish = Box::pin(session.finish_sign_in(pending, &callback));
    // Until the provider has the code, and before the caller has its response.
    while world.forms() == 0 {
        let pending = poll_fn(|context| Poll::Ready(finish.as_mut().poll(context).is_pending()));
        assert!(pending.await);
        tokio::task::yield_now().await;
    }
    drop(finish);
    session.close().await.unwrap();
    assert!(world.session(world.config()).is_signed_in().await.unwrap());
    assert_eq!(world.forms(), 1);
}

#[tokio::test]
async fn a_session_that_the_provider_ended_is_none() {
    let world = World::new().await;
    let session = world.session(world.config());
    sign_in(&session).await;
    world.clock.advance(Duration::from_secs(61));
    // Somebody else used the refresh token, so the provider has ended the family.
    let stored = world.store.load(&key()).await.unwrap().unwrap().tokens.unwrap();
    let refresh = stored.refresh.unwrap();
    world.server.provider.refresh(refresh.expose()).unwrap();
    world.clock.advance(Duration::from_secs(3600));
    assert!(world.server.provider.refresh(refresh.expose()).is_err());
    assert!(!world.session(world.config()).is_signed_in().await.unwrap());
}
