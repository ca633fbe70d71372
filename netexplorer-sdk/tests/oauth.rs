//! Server and client applications against a certified provider (npm `oidc-provider`). Skipped without Node and
//! `peers/oidc/node_modules` (`npm ci --ignore-scripts`). The platform in this process introspects every token at
//! the provider.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use netexplorer_sdk::{
    Client, ErrorKind,
    auth::{Connection, MemoryStore},
    reqwest::{self, Url, header},
};
use oneteg_test_kit::OidcProvider;
use serde_json::{Value, json};

const SECRET: &str = "a secret with: odd characters + %";

#[derive(Clone)]
struct Platform {
    issuer: Url,
    http: reqwest::Client,
    rejected: Arc<AtomicUsize>,
    acting_as: Arc<std::sync::Mutex<Vec<Option<String>>>>,
}

/// Responds with the signed-in application if the provider reports the token as active.
async fn account(
    State(platform): State<Platform>,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let acting_as = headers.get("as").map(|id| id.to_str().unwrap().to_owned());
    platform.acting_as.lock().unwrap().push(acting_as);
    let token = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let introspection = platform
        .http
        .post(platform.issuer.join("/token/introspection").unwrap())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        // RFC 6749 section 2.3.1: id and secret are form-encoded before basic authentication.
        .header(header::AUTHORIZATION, basic())
        .body(format!("token={token}"));
    let response = introspection.send().await.unwrap().bytes().await.unwrap();
    let response: Value = serde_json::from_slice(&response).unwrap();
    if response["active"] != true {
        platform.rejected.fetch_add(1, SeqCst);
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(Json(json!({"id": 1, "login": response["client_id"]})))
}

fn basic() -> String {
    use base64::Engine as _;
    let secret = "a+secret+with%3A+odd+characters+%2B+%25";
    let pair = format!("confidential:{secret}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

async fn platform(peer: &OidcProvider) -> (Platform, String) {
    let platform = Platform {
        issuer: peer.issuer.clone(),
        http: peer.http.clone(),
        rejected: Arc::default(),
        acting_as: Arc::default(),
    };
    let router = Router::new().route("/api/account", get(account)).with_state(platform.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (platform, url)
}

fn settings(url: &str, issuer: &Url, rest: &str) -> Connection {
    let settings = format!(
        r#"
        connection_name = "a platform"
        connector = "netexplorerConnector-v1.0"
        endpoint_url = "{url}"
        [authentication]
        type = "oauth"
        token_url = "{issuer}token"
        {rest}
        "#
    );
    Connection::from_toml(&settings).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_application_signs_in_by_itself_and_acts_as_others() {
    let Some(peer) = OidcProvider::start(2) else { return };
    let (platform, url) = platform(&peer).await;
    let rest = format!(
        r#"
        application_type = "server"
        client_id = "confidential"
        client_secret = "{SECRET}"
        client_auth = "basic"
        scopes = "api:read"
        "#
    );
    let connection = settings(&url, &peer.issuer, &rest).resolve().unwrap();
    let store = Arc::new(MemoryStore::new());
    let client = Client::from_connection(&connection, store).unwrap().build().unwrap();
    // More than two token lifetimes.
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    let mut calls = 0;
    while tokio::time::Instant::now() < end {
        client.get_account().send().await.unwrap();
        calls += 1;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let other_user = client.acting_as(77).unwrap();
    other_user.get_account().send().await.unwrap();
    client.get_account().send().await.unwrap();
    let users = platform.acting_as.lock().unwrap().clone();
    assert_eq!(users[users.len() - 2..], [Some("77".to_owned()), None]);
    assert!(client.acting_as(" ").is_err() && client.acting_as("a\nb").is_err());
    println!(
        "oidc-provider: client credentials, {calls} calls over 5 s of 2 s tokens, {} tokens rejected and replaced",
        platform.rejected.load(SeqCst)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_application_signs_a_person_in_and_refreshes_the_token() {
    let Some(peer) = OidcProvider::start(2) else { return };
    let (platform, url) = platform(&peer).await;
    let issuer = &peer.issuer;
    let rest = format!(
        r#"
        authorization_url = "{issuer}auth"
        application_type = "client"
        client_id = "public"
        redirect_uri = "http://127.0.0.1/oauth2/callback"
        scopes = "openid"
        "#
    );
    let connection = settings(&url, issuer, &rest).resolve().unwrap();
    let store = Arc::new(MemoryStore::new());
    let session = connection.credential(store.clone()).unwrap().oauth.unwrap();
    let client = Client::from_connection(&connection, store).unwrap().build().unwrap();
    let error = client.get_account().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "nobody is signed in yet");

    let sign_in = session.listen_for_sign_in().await.unwrap();
    assert!(
        sign_in
            .url()
            .query_pairs()
            .any(|pair| pair == ("code_challenge_method".into(), "S256".into()))
    );
    peer.finish(sign_in).await;
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(5);
    let mut calls = 0;
    while tokio::time::Instant::now() < end {
        client.get_account().send().await.unwrap();
        calls += 1;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    println!(
        "oidc-provider: code + PKCE, {calls} calls over 5 s of 2 s tokens, {} tokens rejected and replaced",
        platform.rejected.load(SeqCst)
    );
}

#[test]
fn a_connection_of_another_vendor_is_refused() {
    let settings = r#"
        connection_name = "NetX"
        connector = "netxConnector-v1.0"
        endpoint_url = "https://acme.netx.net"
        [authentication]
        type = "api_key"
        api_key = "k3y"
        "#;
    let connection = Connection::from_toml(settings).unwrap().resolve().unwrap();
    let refused = Client::from_connection(&connection, Arc::new(MemoryStore::new())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration);
}
