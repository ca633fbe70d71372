//! The token endpoint over real sockets: flows, faults, wrong clocks, and secrets that must not be shown.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/server.rs"]
mod server;

use std::{sync::Arc, time::Duration};

use common::{ManualClock, key};
use oneteg_auth::{
    ApiKey, AuthError, AuthRequest, Authenticator, ClientAuthentication, Clock,
    CombinedAuthenticator, MemoryStore, OAuth2, OAuth2Builder, OAuth2Config, Recovery, Secret,
    TokenErrorKind, TokenHeader, TokenStore,
};
use oneteg_test_kit::{Provider, ProviderKind};
use server::TokenServer;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn builder(config: OAuth2Config) -> OAuth2Builder {
    OAuth2::builder(config)
}

fn code_config(token_url: Url) -> OAuth2Config {
    OAuth2Config::authorization_code("client", url("https://id.example/authorize"), token_url)
        .with_redirect_uri(url("https://app.oneteg.com/rest/v1/oauth2/callback"))
}

async fn server(kind: ProviderKind, clock: Arc<dyn Clock>) -> TokenServer {
    let kind = ProviderKind { latency: Duration::ZERO, ..kind };
    TokenServer::start(Provider::new(kind, clock)).await
}

async fn sign_in(session: &OAuth2) -> Result<oneteg_auth::SignedIn, AuthError> {
    let (begun, pending) = session.begin_sign_in().unwrap();
    let state = begun.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    session.finish_sign_in(pending, &format!("code=c0de&state={state}")).await
}

async fn header(session: &dyn Authenticator) -> Result<String, AuthError> {
    let mut headers = http::HeaderMap::new();
    let url = url("https://api.example/");
    session.authorize(AuthRequest::new(&url, &mut headers)).await?;
    Ok(headers["authorization"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_code_is_exchanged_with_pkce_and_the_pending_state_travels() {
    let clock = ManualClock::new();
    let server = server(ProviderKind::rotating(Duration::from_secs(60)), clock.clone()).await;
    server.shape.lock().unwrap().scope = Some("files.read".to_owned());
    let config = code_config(server.url("/token"))
        .with_client_secret("s3cret")
        .with_scopes(["files.read", "files.write"]);
    let session = builder(config).clock(clock).build().unwrap();
    let (begun, pending) = session.begin_sign_in().unwrap();
    let query: std::collections::HashMap<_, _> = begun.query_pairs().into_owned().collect();
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["scope"], "files.read files.write");
    // Through a file or a database, to the process where the callback arrives.
    let pending = serde_json::from_str(&serde_json::to_string(&pending).unwrap()).unwrap();
    let callback = format!(
        "https://app.oneteg.com/rest/v1/oauth2/callback?code=c0de&state={}",
        query["state"]
    );
    let signed_in = session.finish_sign_in(pending, &callback).await.unwrap();
    assert_eq!(signed_in.granted, ["files.read"]);
    assert_eq!(signed_in.missing, ["files.write"]);
    let (form, basic) = server.shape.lock().unwrap().forms.remove(0);
    assert!((43..=128).contains(&form["code_verifier"].len()));
    assert_eq!(form["redirect_uri"], "https://app.oneteg.com/rest/v1/oauth2/callback");
    assert!(basic.unwrap().starts_with("Basic ") && !form.contains_key("client_secret"));
    assert!(header(&session).await.unwrap().starts_with("Bearer access-"));
}

#[tokio::test]
async fn client_credentials_go_in_the_body_where_the_vendor_wants_them_there() {
    let clock = ManualClock::new();
    let server = server(ProviderKind::rotating(Duration::from_secs(60)), clock.clone()).await;
    let config = OAuth2Config::client_credentials("id", "s3cret", server.url("/token"))
        .with_client_authentication(ClientAuthentication::Body)
        .with_header(TokenHeader::authorization("apiToken"));
    let session = builder(config).clock(clock.clone()).build().unwrap();
    assert!(header(&session).await.unwrap().starts_with("apiToken access-"));
    clock.advance(Duration::from_secs(61));
    header(&session).await.unwrap();
    let forms = &server.shape.lock().unwrap().forms;
    assert_eq!((forms.len(), &*forms[0].0["client_secret"], &forms[0].1), (2, "s3cret", &None));
}

#[tokio::test]
async fn mediavalet_gets_both_credentials() {
    let clock = ManualClock::new();
    let server = server(ProviderKind::rotating(Duration::from_secs(60)), clock.clone()).await;
    let config = OAuth2Config::client_credentials("id", "s3cret", server.url("/token"));
    let bearer = builder(config).clock(clock).build().unwrap();
    let name = http::HeaderName::from_static("ocp-apim-subscription-key");
    let key = ApiKey::in_header(name.clone(), &Secret::new("apim")).unwrap();
    let pair = CombinedAuthenticator::new(bearer, key);
    let mut headers = http::HeaderMap::new();
    let api = url("https://api.mediavalet.com/assets");
    let version = pair.authorize(AuthRequest::new(&api, &mut headers)).await.unwrap();
    assert_eq!(headers[name], "apim");
    assert!(headers["authorization"].to_str().unwrap().starts_with("Bearer "));
    server.provider.expire_access_tokens();
    assert_eq!(pair.refused(version).await.unwrap(), Recovery::Retry);
}

#[tokio::test]
async fn signing_out_revokes_refresh_then_access_and_clears_in_any_case() {
    for fails in [false, true] {
        let clock = ManualClock::new();
        let server = server(ProviderKind::rotating(Duration::from_secs(60)), clock.clone()).await;
        let store = Arc::new(MemoryStore::with_clock(clock.clone()));
        let config = code_config(server.url("/token")).with_revocation_url(server.url("/revoke"));
        let session = builder(config).clock(clock).store(store.clone(), key()).build().unwrap();
        sign_in(&session).await.unwrap();
        server.shape.lock().unwrap().revocation_fails = fails;
        let signed_out = session.sign_out().await.unwrap();
        assert_eq!(signed_out.not_revoked.is_some(), fails);
        let revoked = server.shape.lock().unwrap().revoked.clone();
        if !fails {
            assert!(revoked[0].starts_with("refresh-") && revoked[1].starts_with("access-"));
        }
        assert!(store.load(&key()).await.unwrap().unwrap().tokens.is_none());
        assert!(matches!(header(&session).await, Err(AuthError::NotSignedIn)));
        sign_in(&session).await.unwrap();
        header(&session).await.unwrap();
    }
}

#[tokio::test]
async fn r7_a_lifetime_as_a_string_is_a_lifetime() {
    let clock = ManualClock::new();
    let server = server(ProviderKind::rotating(Duration::from_secs(20)), clock.clone()).await;
    server.shape.lock().unwrap().string_expiry = true;
    let session = builder(code_config(server.url("/token"))).clock(clock.clone()).build().unwrap();
    sign_in(&session).await.unwrap();
    for _ in 0..600 {
        let token = header(&session).await.unwrap();
        assert!(server.provider.accepts(token.trim_start_matches("Bearer ")));
        clock.advance(Duration::from_secs(1));
    }
    let requests = server.provider.requests();
    println!("R7 expires_in \"20\": 600 s, {requests} token requests, at most 35");
    assert!((28..=35).contains(&requests));
}

#[tokio::test]
async fn r9_a_provider_with_a_wrong_clock_causes_no_storm_and_no_late_401() {
    for skew in [-86_400_i64, -600, 600, 86_400] {
        let clock = ManualClock::new();
        let server = server(ProviderKind::rotating(Duration::from_secs(100)), clock.clone()).await;
        let session =
            builder(code_config(server.url("/token"))).clock(clock.clone()).build().unwrap();
        let date = || {
            let seconds = clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            let there =
                std::time::UNIX_EPOCH + Duration::from_secs(seconds.saturating_add_signed(skew));
            Some(httpdate::fmt_http_date(there))
        };
        server.shape.lock().unwrap().date = date();
        sign_in(&session).await.unwrap();
        let mut late = 0;
        for _ in 0..1_000 {
            server.shape.lock().unwrap().date = date();
            let token = header(&session).await.unwrap();
            late += u32::from(!server.provider.accepts(token.trim_start_matches("Bearer ")));
            clock.advance(Duration::from_secs(1));
        }
        let requests = server.provider.requests();
        println!("R9 clock off by {skew} s: 1000 s, {requests} token requests, {late} late");
        assert!((9..=11).contains(&requests) && late == 0);
        assert!((session.clock_skew_seconds() - skew).abs() <= 1);
    }
}

/// Reads the request of every connection, responds with the same bytes and closes it, or keeps it open with `hang`.
async fn scripted(response: Vec<u8>, hang: bool, endless: bool) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let response = response.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&response).await;
                while endless && stream.write_all(&[b' '; 65_536]).await.is_ok() {}
                if hang {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    url(&format!("http://{address}/token"))
}

fn response(status: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{fields}\r\n{body}"
    )
    .into_bytes()
}

fn json(status: &str, body: &str) -> Vec<u8> {
    response(status, "Content-Type: application/json\r\n", body)
}

/// The beginning of a gzip bomb of 200 MB of zeros: a valid header, and a stream that continues.
fn bomb() -> Vec<u8> {
    let mut bytes =
        response("200 OK", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "");
    let text = String::from_utf8(bytes)
        .unwrap()
        .replace("Content-Length: 0", "Content-Length: 1000000000");
    bytes = text.into_bytes();
    bytes.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xec, 0xc1, 1, 0, 0, 0]);
    bytes
}

#[tokio::test]
async fn r8_every_fault_of_the_endpoint_has_its_class() {
    use TokenErrorKind::*;
    const CANARY: &str = "canary-4711";
    let good = format!(r#"{{"access_token":"{CANARY}","token_type":"bearer"}}"#);
    let html = format!("<html><body>Forbidden {CANARY}</body></html>");
    let error = |code: &str| format!(r#"{{"error":"{code}","error_description":"{CANARY}"}}"#);
    let body_cut = {
        let mut bytes = json("200 OK", &good);
        bytes.truncate(bytes.len() - 10);
        bytes
    };
    let head_cut = b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec();
    let plain = |body: &str| response("200 OK", "Content-Type: text/html\r\n", body);
    let wait = "Retry-After: 30\r\n";
    let date = "Retry-After: Sun, 06 Nov 2044 08:49:37 GMT\r\n";
    let large = "Content-Length: 99999999999\r\nContent-Type: application/json\r\n";
    let declared = format!("HTTP/1.1 200 OK\r\n{large}\r\n{good}").into_bytes();
    let open = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec();
    let moved = "Location: https://evil.example/token\r\n";
    let nested = format!(r#"{{"error":{{"code":"invalid_grant","message":"{CANARY}"}}}}"#);
    let mac = good.replace("bearer", "mac");
    let split = good.replace(CANARY, "canary\\r\\nx: y");
    let empty = good.replace(CANARY, "");
    // Name, kind, bytes, whether it hangs afterwards, whether it never ends.
    let cases: Vec<(&str, TokenErrorKind, Vec<u8>, bool, bool)> = vec![
        ("closed without a word", ConnectionLost, Vec::new(), false, false),
        ("half a head", ConnectionLost, head_cut.clone(), false, false),
        ("half a body", ConnectionLost, body_cut.clone(), false, false),
        ("hang before the head", Timeout, Vec::new(), true, false),
        ("hang in the head", Timeout, head_cut, true, false),
        ("hang in the body", Timeout, body_cut, true, false),
        ("not HTTP", ConnectionLost, b"SSH-2.0-OpenSSH\r\n\r\n".to_vec(), false, false),
        ("429 with seconds", RateLimited, response("429 Too Many", wait, ""), false, false),
        ("429 with a date", RateLimited, response("429 Too Many", date, ""), false, false),
        ("500 with HTML", ServerFailure, response("500 Oops", "", &html), false, false),
        ("503 with JSON", ServerFailure, json("503 Busy", &error("invalid_grant")), false, false),
        ("403 with HTML", NotAnOAuthResponse, response("403 Forbidden", "", &html), false, false),
        ("404 empty", NotAnOAuthResponse, response("404 Not Found", "", ""), false, false),
        ("302", Redirected, response("302 Found", moved, ""), false, false),
        ("307", Redirected, response("307 Temporary", moved, ""), false, false),
        ("200 with HTML", NotAnOAuthResponse, plain(&html), false, false),
        ("200 empty", NotAnOAuthResponse, json("200 OK", ""), false, false),
        ("200 with a list", NotAnOAuthResponse, json("200 OK", "[]"), false, false),
        ("declared too long", TooLarge, declared, false, false),
        ("endless body", TooLarge, open, false, true),
        ("gzip bomb", NotAnOAuthResponse, bomb(), false, true),
        ("a token type nobody knows", NotAnOAuthResponse, json("200 OK", &mac), false, false),
        ("a token with a line break", NotAnOAuthResponse, json("200 OK", &split), false, false),
        ("an empty token", NotAnOAuthResponse, json("200 OK", &empty), false, false),
        ("invalid_grant", InvalidGrant, json("400 Bad", &error("invalid_grant")), false, false),
        (
            "invalid_grant as 200",
            InvalidGrant,
            json("200 OK", &error("invalid_grant")),
            false,
            false,
        ),
        ("an error object", InvalidGrant, json("200 OK", &nested), false, false),
        ("invalid_client as HTML", InvalidClient, plain(&error("invalid_client")), false, false),
        ("invalid_client", InvalidClient, json("401 No", &error("invalid_client")), false, false),
        ("invalid_scope", Refused, json("400 Bad", &error("invalid_scope")), false, false),
        ("an error nobody knows", Refused, json("400 Bad", &error(CANARY)), false, false),
    ];
    let count = cases.len();
    for (what, kind, bytes, hang, endless) in cases {
        // Only a hang takes this long, so a slow machine changes nothing.
        let timeout = Duration::from_millis(if hang { 400 } else { 20_000 });
        let token_url = scripted(bytes, hang, endless).await;
        let config = OAuth2Config::client_credentials("id", CANARY, token_url);
        let session = builder(config.with_request_timeout(timeout)).build().unwrap();
        let error = header(&session).await.unwrap_err();
        let AuthError::Token(token_error) = &error else { panic!("{what}: {error:?}") };
        assert_eq!(token_error.kind, kind, "{what}");
        let last = matches!(kind, InvalidGrant | InvalidClient | Refused);
        assert_eq!(error.is_transient(), !last, "{what}");
        if kind == RateLimited {
            assert!(token_error.retry_after.is_some(), "{what}");
        }
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("canary") && !shown.contains("evil"), "{what}: {shown}");
        assert!(error.to_string().len() < 160 && !error.to_string().contains('\n'), "{what}");
    }
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = url(&format!("http://{}/token", closed.local_addr().unwrap()));
    drop(closed);
    let session = builder(OAuth2Config::client_credentials("id", CANARY, nobody)).build().unwrap();
    let error = header(&session).await.unwrap_err();
    assert!(matches!(&error, AuthError::Token(e) if e.kind == Unreachable), "{error:?}");
    println!("R8 {} faults: each of its class, bodies cut at 1 MiB, 0 secrets shown", count + 1);
}

#[test]
fn urls_that_would_give_secrets_away_are_refused() {
    let build = |token_url: &str| {
        builder(OAuth2Config::client_credentials("id", "s3cret", url(token_url))).build()
    };
    assert!(matches!(build("http://id.example/token"), Err(AuthError::InsecureUrl { .. })));
    assert!(matches!(build("http://localhost.example/token"), Err(AuthError::InsecureUrl { .. })));
    assert!(matches!(build("http://id.localhost/token"), Err(AuthError::InsecureUrl { .. })));
    assert!(matches!(build("https://u:p@id.example/"), Err(AuthError::InvalidUrl { .. })));
    assert!(matches!(build("ftp://id.example/"), Err(AuthError::InvalidUrl { .. })));
    let blank = OAuth2Config::client_credentials("id", "  ", url("https://id.example/token"));
    assert!(matches!(builder(blank).build(), Err(AuthError::EmptyValue { what: "client secret" })));
}

#[test]
fn this_crates_own_client_can_be_built() {
    let config = OAuth2Config::client_credentials("id", "s3cret", url("https://id.example/token"));
    OAuth2::builder(config).build().unwrap();
}
