//! R11: callbacks and other requests at the sign-in listener, and at `finish_sign_in`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::{sync::Arc, time::Duration};

use common::ManualClock;
use oneteg_auth::{AuthError, CallbackError, OAuth2, OAuth2Config, SignedIn};
use oneteg_test_kit::{Provider, ProviderKind};
use server::TokenServer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

const ISSUER: &str = "https://id.example";

struct OAuthFlow {
    credential: OAuth2,
    server: TokenServer,
}

async fn flow() -> OAuthFlow {
    let clock = ManualClock::new();
    let kind = ProviderKind::rotating(Duration::from_secs(60));
    let provider = Provider::new(ProviderKind { latency: Duration::ZERO, ..kind }, clock.clone());
    let server = TokenServer::start(provider).await;
    let authorize = Url::parse("https://id.example/authorize").unwrap();
    let config = OAuth2Config::authorization_code("client", authorize, server.url("/token"))
        .with_issuer(ISSUER, true);
    let credential = OAuth2::builder(config).clock(clock).build().unwrap();
    OAuthFlow { credential, server }
}

/// Sends bytes and reads the status of the response, if there is one.
async fn send(address: &str, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).split(' ').nth(1)?.parse().ok()
}

struct Begun {
    address: String,
    host: String,
    state: String,
    finish: tokio::task::JoinHandle<Result<SignedIn, AuthError>>,
}

async fn begin(flow: &OAuthFlow) -> Begun {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let credential = flow.credential.clone();
    let finish = tokio::spawn(async move {
        let sign_in = credential.listen_for_sign_in().await.unwrap();
        let query = sign_in.url().query_pairs();
        let state = query.into_owned().find(|(name, _)| name == "state").unwrap().1;
        sender.send((sign_in.redirect_uri().clone(), state)).unwrap();
        sign_in.finish().await
    });
    let (redirect, state) = receiver.await.unwrap();
    assert_eq!(redirect.host_str(), Some("127.0.0.1"));
    let address = format!("127.0.0.1:{}", redirect.port().unwrap());
    Begun { host: address.clone(), address, state, finish }
}

impl Begun {
    fn request(&self, query: &str) -> Vec<u8> {
        let host = &self.host;
        format!("GET /oauth2/callback?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes()
    }

    fn good(&self) -> String {
        format!("code=c0de&state={}&iss=https%3A%2F%2Fid.example", self.state)
    }

    async fn is_closed(&self) -> bool {
        TcpStream::connect(&self.address).await.is_err()
    }
}

#[tokio::test]
async fn r11_a_wrong_callback_ends_the_sign_in_and_closes_the_listener() {
    let flow = flow().await;
    let iss = "iss=https%3A%2F%2Fid.example";
    // `{state}` stands for the state of the flow.
    let cases = [
        ("wrong state", format!("code=c&state=other&{iss}")),
        ("state of another length", format!("code=c&state={{state}}x&{iss}")),
        ("no state", format!("code=c&{iss}")),
        ("empty state", format!("code=c&state=&{iss}")),
        ("wrong issuer", "code=c&state={state}&iss=https%3A%2F%2Fevil.example".to_owned()),
        ("issuer with a slash", "code=c&state={state}&iss=https%3A%2F%2Fid.example%2F".to_owned()),
        ("issuer in capitals", "code=c&state={state}&iss=HTTPS%3A%2F%2Fid.example".to_owned()),
        ("no issuer", "code=c&state={state}".to_owned()),
        ("access denied", format!("error=access_denied&state={{state}}&{iss}")),
        ("an error nobody knows", format!("error=canary&state={{state}}&{iss}")),
        ("error and code", format!("error=access_denied&code=c&state={{state}}&{iss}")),
        ("two codes", format!("code=c&code=d&state={{state}}&{iss}")),
        ("two states", format!("code=c&state={{state}}&state={{state}}&{iss}")),
        ("two issuers", format!("code=c&state={{state}}&{iss}&{iss}")),
        ("no code", format!("state={{state}}&{iss}")),
        ("empty code", format!("code=&state={{state}}&{iss}")),
        ("nothing", String::new()),
        ("not UTF-8", format!("code=%ff%fe&state=%ff&{iss}")),
    ];
    for (what, query) in &cases {
        let begun = begin(&flow).await;
        let query = query.replace("{state}", &begun.state);
        let status = send(&begun.address, &begun.request(&query)).await;
        assert_eq!(status, Some(400), "{what}");
        assert!(begun.is_closed().await, "{what}: the listener is still open");
        let error = begun.finish.await.unwrap().unwrap_err();
        assert!(matches!(error, AuthError::Callback(_)), "{what}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{what}");
    }
    assert_eq!(flow.server.shape.lock().unwrap().forms.len(), 0, "a code was sent on");
    println!("R11 {} wrong callbacks: rejected, listener closed", cases.len());
}

#[tokio::test]
async fn r11_what_is_no_callback_is_turned_away_and_does_not_end_the_sign_in() {
    let flow = flow().await;
    let begun = begin(&flow).await;
    let good = begun.good();
    let line = format!("GET /oauth2/callback?{good} HTTP/1.1\r\n");
    let long = format!("GET /oauth2/callback?{}", "a".repeat(1 << 20));
    let host = &begun.host;
    let fields = format!("GET / HTTP/1.1\r\nHost: {host}\r\n{}\r\n", "X: y\r\n".repeat(100));
    let cases = [
        ("foreign host", format!("{line}Host: evil.example\r\n\r\n"), Some(421)),
        ("localhost by name", format!("{line}Host: localhost\r\n\r\n"), Some(421)),
        ("no host", format!("{line}\r\n"), Some(421)),
        ("two hosts", format!("{line}Host: {host}\r\nHost: {host}\r\n\r\n"), Some(421)),
        ("another path", format!("GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\n"), Some(404)),
        (
            "a path that begins alike",
            format!("GET /oauth2/callback2?{good} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Some(404),
        ),
        (
            "a form",
            format!("POST /oauth2/callback?{good} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            Some(405),
        ),
        ("not HTTP", "\x16\x03\x01 hello\r\n\r\n".to_owned(), Some(400)),
        ("a hundred header fields", fields, Some(400)),
    ];
    for (what, bytes, status) in &cases {
        assert_eq!(send(&begun.address, bytes.as_bytes()).await, *status, "{what}");
        assert!(!begun.finish.is_finished(), "{what} ended the sign-in");
    }
    // The response may be lost in the reset that follows unread bytes.
    assert!(matches!(send(&begun.address, long.as_bytes()).await, None | Some(431)));
    // A client that sends nothing does not block the others.
    let slow = TcpStream::connect(&begun.address).await.unwrap();
    let mut half = TcpStream::connect(&begun.address).await.unwrap();
    half.write_all(b"GET /oauth2/call").await.unwrap();
    assert_eq!(send(&begun.address, &begun.request(&good)).await, Some(200));
    assert!(begun.is_closed().await, "a second request finds a listener");
    begun.finish.await.unwrap().unwrap();
    drop((slow, half));
    println!(
        "R11 {} requests other than the callback: turned away, then signed in",
        cases.len() + 3
    );
}

#[tokio::test]
async fn r11_each_state_works_once_and_the_wait_ends() {
    let flow = flow().await;
    let session = &flow.credential;
    let refused = |result: Result<SignedIn, AuthError>| {
        matches!(result, Err(AuthError::Callback(CallbackError::WrongState)))
    };
    let sign_in = session.listen_for_sign_in().await.unwrap();
    let address = format!("127.0.0.1:{}", sign_in.redirect_uri().port().unwrap());
    let ended = sign_in.with_timeout(Duration::from_millis(50)).finish().await;
    assert!(matches!(ended, Err(AuthError::SignInTimeout)));
    assert!(TcpStream::connect(address).await.is_err());
    // A copy of the pending sign-in, as a service would have in its database.
    let clock = ManualClock::new();
    let authorize = Url::parse("https://id.example/authorize").unwrap();
    let config = OAuth2Config::authorization_code("c", authorize, flow.server.url("/token"))
        .with_redirect_uri(Url::parse("https://app.oneteg.com/rest/v1/oauth2/callback").unwrap());
    let session = OAuth2::builder(config).clock(clock as Arc<_>).build().unwrap();
    let (url, pending) = session.begin_sign_in().unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let callback = format!("code=c&state={state}");
    session.finish_sign_in(pending.clone(), &callback).await.unwrap();
    assert!(refused(session.finish_sign_in(pending.clone(), &callback).await));
    let (_, other) = session.begin_sign_in().unwrap();
    assert!(refused(session.finish_sign_in(other, &callback).await));
    let long = format!("{callback}&x={}", "a".repeat(1 << 20));
    let error = session.finish_sign_in(pending, &long).await.unwrap_err();
    assert!(matches!(error, AuthError::Callback(CallbackError::TooLong)));
    println!("R11 used state, another flow's state, 1 MiB URL, nobody comes: rejected");
}
