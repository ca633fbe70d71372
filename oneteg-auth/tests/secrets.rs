//! R12: canary secrets pass through every feature, with logs at TRACE; none of them is shown.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;
#[path = "common/log.rs"]
mod log;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::post};
use common::{ManualClock, key};
use log::Log;
use oneteg_auth::{
    ApiKey, AuthRequest, Authenticator, CallbackQuery, CombinedAuthenticator, FileStore, OAuth2,
    OAuth2Config, SealingKey, SealingKeys, Secret, TokenHeader, TokenStore, Tokens,
};

/// Client secret, code, state (generated at run time), tokens, key, passwords: each with its own canary.
const CANARY: &str = "canary";

type Responses = Arc<Mutex<VecDeque<(u16, String)>>>;

/// Returns these responses in order, and valid tokens after that.
async fn token_endpoint(responses: Responses) -> url::Url {
    async fn token(State(responses): State<Responses>) -> impl IntoResponse {
        let good = r#"{"access_token":"canary-access","token_type":"Bearer","expires_in":60,
            "refresh_token":"canary-refresh","id_token":"canary-id"}"#;
        let next = responses.lock().unwrap().pop_front();
        let (status, body) = next.unwrap_or((200, good.to_owned()));
        let status = StatusCode::from_u16(status).unwrap();
        (status, [("content-type", "application/json")], body)
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let router = Router::new().route("/token", post(token)).with_state(responses);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url.parse().unwrap()
}

/// Everything that was printed or logged, with the place.
#[derive(Default)]
struct Scan(Vec<(String, String)>);

impl Scan {
    fn add(&mut self, what: impl Into<String>, text: impl std::fmt::Debug) {
        self.0.push((what.into(), format!("{text:?} {text:#?}")));
    }

    fn add_error(&mut self, what: &str, error: &(dyn std::error::Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.0.push((what.to_owned(), format!("{error} {error:?} {error:#?}")));
            next = error.source();
        }
    }
}

#[tokio::test]
async fn r12_no_secret_shows_anywhere() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    let mut scan = Scan::default();
    let responses = Responses::default();
    let url = token_endpoint(responses.clone()).await;
    let clock = ManualClock::new();
    let folder = tempfile::tempdir().unwrap();
    let keys =
        SealingKeys::new(SealingKey::new("k1", *b"canary-sealing-key-canary-sealin").unwrap());
    let store =
        Arc::new(FileStore::with_clock(folder.path(), keys.clone(), clock.clone()).unwrap());
    let config = OAuth2Config::authorization_code(
        "client",
        "https://id.example/a".parse().unwrap(),
        url.clone(),
    )
    .with_client_secret("canary-client-secret")
    .with_redirect_uri("https://app.oneteg.com/rest/v1/oauth2/callback")
    .with_revocation_url(url.clone());
    let build = OAuth2::builder(config.clone()).store(store.clone(), key()).clock(clock.clone());
    scan.add("OAuth2Builder", &build);
    let session = build.build().unwrap();

    let (begun, pending) = session.begin_sign_in().unwrap();
    let state = begun.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    scan.add("PendingSignIn", &pending);
    let serialised: serde_json::Value = serde_json::to_value(&pending).unwrap();
    let verifier = serialised["verifier"].as_str().unwrap().to_owned();
    assert!(!begun.as_str().contains(&verifier), "the verifier is in the URL");
    let callback = format!("code=canary-code&state={state}");
    scan.add("CallbackQuery", CallbackQuery::parse(&callback).unwrap());
    scan.add("SignedIn", session.finish_sign_in(pending, &callback).await.unwrap());

    let url_of_api = "https://api.example/".parse().unwrap();
    let mut headers = http::HeaderMap::new();
    session.authorize(AuthRequest::new(&url_of_api, &mut headers)).await.unwrap();
    assert!(headers["authorization"].to_str().unwrap().contains(CANARY));
    scan.add("AuthRequest", AuthRequest::new(&url_of_api, &mut headers));
    scan.add("HeaderMap", &headers);
    scan.add("OAuth2", &session);

    // Every kind of refusal, with the secrets in the responses.
    let bad = [
        (400, r#"{"error":"invalid_request","error_description":"canary"}"#.to_owned()),
        (400, r#"{"error":"canary","error_uri":"https://canary/"}"#.to_owned()),
        (401, r#"{"error":"invalid_client","error_description":"canary"}"#.to_owned()),
        (500, "canary".to_owned()),
        (200, r#"{"access_token":"canary","token_type":"canary"}"#.to_owned()),
        (200, r#"{"access_token":"canary"#.to_owned()),
        (200, "<html>canary</html>".to_owned()),
        (400, r#"{"error":"invalid_grant","error_description":"canary"}"#.to_owned()),
    ];
    let failures = bad.len();
    for response in bad {
        responses.lock().unwrap().push_back(response);
        clock.advance(Duration::from_secs(300));
        let authorized = session.authorize(AuthRequest::new(&url_of_api, &mut headers)).await;
        scan.add_error("AuthError", &authorized.unwrap_err());
    }
    // The last response ended the session: a new one needs a sign-in.
    let (begun, pending) = session.begin_sign_in().unwrap();
    let state = begun.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let callback = format!("code=canary-code&state={state}");
    session.finish_sign_in(pending, &callback).await.unwrap();
    clock.advance(Duration::from_secs(300));
    session.authorize(AuthRequest::new(&url_of_api, &mut headers)).await.unwrap();
    let stored = store.load(&key()).await.unwrap().unwrap();
    scan.add("StoredSession", &stored);
    scan.add("Tokens", stored.tokens.as_ref().unwrap());
    scan.add("FileStore", &store);
    scan.add("SealingKeys", &keys);
    scan.add("OAuth2Config", &config);
    scan.add("Secret", Secret::new("canary"));
    scan.add("TokenHeader", TokenHeader::default());
    scan.add("Tokens", Tokens::new("canary").with_refresh("canary"));
    let api_key = ApiKey::with_scheme("apiToken", &Secret::new("canary-key")).unwrap();
    scan.add("ApiKey", &api_key);
    scan.add("Both", CombinedAuthenticator::new(session.clone(), api_key));
    scan.add_error("ApiKey", &ApiKey::with_scheme("x", &Secret::new("canary\n.")).unwrap_err());
    let memory = oneteg_auth::MemoryStore::new();
    let owner = oneteg_auth::LeaseOwner::new("o");
    let lease = memory.lease(&key(), &owner, Duration::from_secs(9)).await.unwrap();
    let oneteg_auth::LeaseDecision::Granted(lease) = lease else { panic!("taken") };
    let tokens = Tokens::new("canary").with_refresh("canary");
    memory.commit(&lease, Default::default(), &tokens).await.unwrap();
    scan.add("MemoryStore", &memory);
    scan.add("SignedOut", session.sign_out().await.unwrap());

    // A panic message with values, as people write them.
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        panic!("{session:?} {tokens:?} {config:?}");
    }));
    let message = panicked.unwrap_err().downcast::<String>().unwrap();
    scan.0.push(("panic".to_owned(), *message));

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "nothing was logged");
    let log_lines = log.lines().count();
    scan.0.push(("log".to_owned(), log));
    for (what, text) in &scan.0 {
        for secret in [CANARY, &verifier, &state, "Y2FuYXJ5"] {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{what} shows a secret: {}", line.unwrap());
        }
    }
    println!(
        "R12 {} texts, {failures} failures, {log_lines} log lines at TRACE: 0 hits",
        scan.0.len()
    );
}
