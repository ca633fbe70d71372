//! What counts as a token response and what as a refusal, whatever its label.

#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use common::{ManualClock, key};
use oneteg_auth::{
    AuthError, AuthRequest, Authenticator, FileStore, OAuth2, OAuth2Builder, OAuth2Config,
    SealingKey, SealingKeys, Secret, SignedIn, TokenErrorKind, client_builder,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

/// A server that reads the whole request and sends these bytes, one response per connection, and then breaks
/// the connection.
struct Scripted {
    url: Url,
    responses: Arc<Mutex<VecDeque<Vec<u8>>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
        let server = Self { url, responses: Arc::default(), requests: Arc::default() };
        let (responses, requests) = (server.responses.clone(), server.requests.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !is_whole(&request) {
                    let mut part = [0; 4096];
                    match stream.read(&mut part).await {
                        Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
                        _ => break,
                    }
                }
                requests.lock().unwrap().push(String::from_utf8(request).unwrap());
                let response = responses.lock().unwrap().pop_front().unwrap_or_default();
                let _ = stream.write_all(&response).await;
            }
        });
        server
    }

    fn respond(&self, status: &str, fields: &str, body: impl AsRef<[u8]>) {
        let body = body.as_ref();
        let length = body.len();
        let mut bytes =
            format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{fields}\r\n").into_bytes();
        bytes.extend_from_slice(body);
        self.responses.lock().unwrap().push_back(bytes);
    }

    fn builder(&self) -> OAuth2Builder {
        let authorize = Url::parse("https://id.example/authorize").unwrap();
        let config = OAuth2Config::authorization_code("client", authorize, self.url.clone())
            .with_redirect_uri("https://app.oneteg.com/rest/v1/oauth2/callback");
        OAuth2::builder(config)
    }
}

/// Whether a request is complete; token requests have a length.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

async fn sign_in(session: &OAuth2) -> Result<SignedIn, AuthError> {
    let (url, pending) = session.begin_sign_in().unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    session.finish_sign_in(pending, &format!("code=c0de&state={state}")).await
}

async fn header(session: &OAuth2) -> Result<String, AuthError> {
    let mut headers = http::HeaderMap::new();
    let url = "https://api.example/".parse().unwrap();
    session.authorize(AuthRequest::new(&url, &mut headers)).await?;
    Ok(headers["authorization"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn granted_tokens_are_taken_whatever_their_label() {
    let server = Scripted::start().await;
    let plain = r#"{"access_token":"t0ken","token_type":"bearer"}"#;
    let marked = [b"\xef\xbb\xbf".as_slice(), plain.as_bytes()].concat();
    let latin = [br#"{"access_token":"t0ken","motd":"caf"#.as_slice(), b"\xe9\"}"].concat();
    let json = "Content-Type: application/json\r\n";
    let cases: [(&str, &str, &str, &[u8]); 14] = [
        ("PHP's default", "200 OK", "Content-Type: text/html; charset=UTF-8\r\n", plain.as_bytes()),
        ("plain text", "200 OK", "Content-Type: text/plain\r\n", plain.as_bytes()),
        ("no media type", "200 OK", "", plain.as_bytes()),
        ("a media type that is none", "200 OK", "Content-Type: é\r\n", plain.as_bytes()),
        ("201", "201 Created", json, plain.as_bytes()),
        ("202", "202 Accepted", json, plain.as_bytes()),
        ("206", "206 Partial Content", json, plain.as_bytes()),
        ("a byte order mark", "200 OK", json, &marked),
        ("a byte that is not UTF-8", "200 OK", json, &latin),
        ("white space around it", "200 OK", json, b"\r\n {\"access_token\":\"t0ken\"} \n"),
        ("no token type", "200 OK", json, br#"{"access_token":"t0ken"}"#),
        (
            "odd members",
            "200 OK",
            json,
            br#"{"access_token":"t0ken","token_type":7,"expires_in":{},"scope":9,"refresh_token":5,
            "id_token":[],"error":null,"extra":"\ud83d","deep":[[[{}]]]}"#,
        ),
        (
            "a form",
            "200 OK",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            b"access_token=t0ken&token_type=bearer",
        ),
        ("identity", "200 OK", "Content-Encoding: identity\r\n", plain.as_bytes()),
    ];
    for (what, status, fields, body) in cases {
        server.respond(status, fields, body);
        let session = server.builder().build().unwrap();
        sign_in(&session).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(header(&session).await.unwrap(), "Bearer t0ken", "{what}");
    }
    let request = server.requests.lock().unwrap().pop().unwrap().to_ascii_lowercase();
    assert!(request.contains("\r\naccept-encoding: identity\r\n"), "{request}");
    assert!(request.contains("\r\naccept: application/json\r\n"), "{request}");
}

#[tokio::test]
async fn a_refusal_ends_the_session_whatever_its_status_and_form() {
    let cases = [
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#),
        ("200 OK", r#"{"error":"invalid_grant"}"#),
        ("200 OK", "\u{feff}{\"error\":\"invalid_grant\",\"error_description\":\"\\ud83d\"}"),
        ("200 OK", r#"{"error":{"code":"invalid_grant","message":"expired"}}"#),
        ("200 OK", r#"{"access_token":null,"error":"invalid_grant"}"#),
        ("201 Created", r#"{"access_token":"","error":"INVALID_GRANT"}"#),
        ("403 Forbidden", r#"{"error":"invalid_grant"}"#),
    ];
    for (status, body) in cases {
        let server = Scripted::start().await;
        let clock = ManualClock::new();
        server.respond("200 OK", "", r#"{"access_token":"a","refresh_token":"r","expires_in":60}"#);
        server.respond(status, "Content-Type: text/html\r\n", body);
        let session = server.builder().clock(clock.clone()).build().unwrap();
        sign_in(&session).await.unwrap();
        clock.advance(Duration::from_secs(61));
        for _ in 0..3 {
            let error = header(&session).await.unwrap_err();
            assert!(error.needs_sign_in(), "{status} {body}: {error}");
            clock.advance(Duration::from_secs(3600));
        }
        let asked = server.requests.lock().unwrap().len();
        assert_eq!(asked, 2, "{status} {body}: the dead token was sent again");
    }
}

#[tokio::test]
async fn a_server_that_fails_ends_no_session_whatever_it_says() {
    for status in ["500 Oops", "503 Busy", "429 Too Many Requests"] {
        let server = Scripted::start().await;
        let clock = ManualClock::new();
        server.respond("200 OK", "", r#"{"access_token":"a","refresh_token":"r","expires_in":60}"#);
        server.respond(status, "", r#"{"error":"invalid_grant"}"#);
        server.respond("200 OK", "", r#"{"access_token":"b","expires_in":60}"#);
        let session = server.builder().clock(clock.clone()).build().unwrap();
        sign_in(&session).await.unwrap();
        clock.advance(Duration::from_secs(61));
        assert!(header(&session).await.unwrap_err().is_transient(), "{status}");
        clock.advance(Duration::from_secs(3600));
        assert_eq!(header(&session).await.unwrap(), "Bearer b", "{status}");
    }
}

/// The content of a compressed body does not matter, nor whether it ends: compression was not requested.
#[tokio::test]
async fn a_coding_nobody_asked_for_is_known_by_the_headers_alone() {
    let server = Scripted::start().await;
    for fields in [
        "Content-Encoding: gzip\r\n",
        "Content-Encoding: GZIP\r\n",
        "Content-Encoding: br\r\n",
        "Content-Encoding: identity, gzip\r\n",
        "Content-Encoding: identity\r\nContent-Encoding: deflate\r\n",
    ] {
        for rest in [&b""[..], b"\x1f\x8b\x08", br#"{"access_token":"a"}"#] {
            // The connection breaks before the body is complete.
            let mut bytes = format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n{fields}\r\n");
            bytes.push_str(&String::from_utf8_lossy(rest));
            server.responses.lock().unwrap().push_back(bytes.into_bytes());
            let session = server.builder().build().unwrap();
            let error = sign_in(&session).await.unwrap_err();
            let AuthError::Token(error) = &error else { panic!("{fields}: {error}") };
            assert_eq!(error.kind, TokenErrorKind::NotAnOAuthResponse, "{fields}: {error}");
            assert!(error.to_string().contains("compressed"), "{error}");
        }
    }
}

/// The token endpoint stays the same even if the caller's HTTP client follows redirects.
#[tokio::test]
async fn a_token_that_came_by_a_redirect_is_refused() {
    let other = Scripted::start().await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        let server = Scripted::start().await;
        for target in [other.url.clone(), server.url.join("/elsewhere").unwrap()] {
            let granting = if target == other.url { &other } else { &server };
            server.respond(status, &format!("Location: {target}\r\n"), "");
            granting.respond("200 OK", "", r#"{"access_token":"theirs"}"#);
            let client = client_builder(false).unwrap();
            let client = client.redirect(reqwest::redirect::Policy::limited(5)).build().unwrap();
            let session = server.builder().http_client(client).build().unwrap();
            let error = sign_in(&session).await.unwrap_err();
            let AuthError::Token(error) = &error else { panic!("{status}: {error}") };
            assert_eq!(error.kind, TokenErrorKind::Redirected, "{status}");
            assert!(matches!(header(&session).await, Err(AuthError::NotSignedIn)), "{status}");
        }
    }
    assert_eq!(other.requests.lock().unwrap().len(), 5, "the client did not follow");
}

/// The document decides at the revocation endpoint as well.
#[tokio::test]
async fn a_token_that_was_not_revoked_is_reported_whatever_the_status() {
    let refused = r#"{"error":"unsupported_token_type"}"#;
    for (status, body, revoked) in [
        ("200 OK", "", true),
        ("204 No Content", "", true),
        ("200 OK", "OK", true),
        ("200 OK", "{}", true),
        ("200 OK", refused, false),
        ("400 Bad Request", refused, false),
        ("404 Not Found", "<html>", false),
    ] {
        let server = Scripted::start().await;
        server.respond("200 OK", "", r#"{"access_token":"a"}"#);
        server.respond(status, "", body);
        let authorize = Url::parse("https://id.example/authorize").unwrap();
        let config = OAuth2Config::authorization_code("client", authorize, server.url.clone())
            .with_redirect_uri("https://app.oneteg.com/rest/v1/oauth2/callback")
            .with_revocation_url(server.url.clone());
        let session = OAuth2::builder(config).build().unwrap();
        sign_in(&session).await.unwrap();
        let signed_out = session.sign_out().await.unwrap();
        assert_eq!(signed_out.not_revoked.is_none(), revoked, "{status} {body}");
    }
}

fn id_token(payload: &str) -> String {
    format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", BASE64_URL_SAFE_NO_PAD.encode(payload))
}

#[tokio::test]
async fn who_signed_in_is_known_and_stays_known() {
    let server = Scripted::start().await;
    let clock = ManualClock::new();
    let folder = tempfile::tempdir().unwrap();
    let keys = || SealingKeys::new(SealingKey::new("k", [7; 32]).unwrap());
    let session = || {
        let store = FileStore::with_clock(folder.path(), keys(), clock.clone()).unwrap();
        server.builder().store(Arc::new(store), key()).clock(clock.clone()).build().unwrap()
    };
    let person = id_token(
        r#"{"sub":"248289761001","name":"Ada","email":"ada@canary.example","preferred_username":"ada"}"#,
    );
    server.respond(
        "200 OK",
        "",
        format!(
            r#"{{"access_token":"a","refresh_token":"r","expires_in":60,"id_token":"{person}"}}"#
        ),
    );
    let first = session();
    assert!(first.id_token_claims().await.unwrap().is_none());
    let signed_in = sign_in(&first).await.unwrap();
    assert_eq!(signed_in.id_token.as_ref().unwrap().expose(), person);
    let claims = signed_in.id_token_claims().unwrap();
    assert_eq!(claims.sub.as_deref(), Some("248289761001"));
    assert_eq!(claims.email.as_deref(), Some("ada@canary.example"));
    assert_eq!(claims.name.as_deref(), Some("Ada"));
    assert_eq!(claims.preferred_username.as_deref(), Some("ada"));
    let shown = format!("{signed_in:?} {signed_in:#?} {claims:?} {first:?}");
    assert!(!shown.contains("canary") && !shown.contains(&person), "{shown}");

    // Another program, after a refresh without a new ID token.
    server.respond("200 OK", "", r#"{"access_token":"b","refresh_token":"s","expires_in":60}"#);
    let later = session();
    clock.advance(Duration::from_secs(61));
    assert_eq!(header(&later).await.unwrap(), "Bearer b");
    assert_eq!(later.id_token_claims().await.unwrap(), Some(claims));

    // A refresh with a new ID token.
    let renamed = id_token(r#"{"sub":"248289761001","name":"Ada L."}"#);
    server.respond(
        "200 OK",
        "",
        format!(r#"{{"access_token":"c","expires_in":60,"id_token":"{renamed}"}}"#),
    );
    clock.advance(Duration::from_secs(61));
    header(&later).await.unwrap();
    let claims = session().id_token_claims().await.unwrap().unwrap();
    assert_eq!(claims.name.as_deref(), Some("Ada L."));
    later.sign_out().await.unwrap();
    assert!(later.id_token_claims().await.unwrap().is_none());
}

#[test]
fn a_secret_that_nobody_can_type_is_refused_before_it_is_sent() {
    let build = |id: &str, secret: &str| {
        let url = "https://id.example/token".parse().unwrap();
        OAuth2::builder(OAuth2Config::client_credentials(id, Secret::new(secret), url)).build()
    };
    build("id", "s3cret with a space, and é").unwrap();
    for (character, kind) in [
        ("\n", "a line break"),
        ("\r\n", "a line break"),
        ("\t", "a tab"),
        ("\u{feff}", "a byte order mark"),
        ("\u{200b}", "an invisible character"),
        ("\u{0}", "a control character"),
    ] {
        for (id, secret, what) in [
            ("id".to_owned(), format!("canary{character}"), "client secret"),
            ("id".to_owned(), format!("{character}canary"), "client secret"),
            (format!("canary{character}id"), "s3cret".to_owned(), "client id"),
        ] {
            let error = build(&id, &secret).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(error.to_string().starts_with(&format!("the {what} has {kind}")), "{shown}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
