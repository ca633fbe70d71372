//! A client with an OAuth session: signed in by code, refreshed when NetX rejects the access token.
// The token endpoint is a handler, not a test function.
#![allow(clippy::unwrap_used)]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, Router, extract::State, routing::post};
use netx_sdk::{
    Client, ErrorKind,
    auth::{Connection, MemoryStore},
};
use oneteg_sandbox::Sandbox;
use serde_json::{Value, json};

/// A token endpoint whose access tokens the sandbox accepts: `token-1`, `token-2` and so on.
#[derive(Clone)]
struct Provider {
    sandbox: Arc<Sandbox>,
    grants: Arc<AtomicUsize>,
}

async fn token(State(provider): State<Provider>, body: String) -> Json<Value> {
    let grant = provider.grants.fetch_add(1, Ordering::SeqCst) + 1;
    let expected = if grant == 1 { "authorization_code" } else { "refresh_token" };
    assert!(body.contains(&format!("grant_type={expected}")), "grant {grant}: {body}");
    let access = format!("token-{grant}");
    provider.sandbox.netx().accept_token(&access).unwrap();
    Json(json!({
        "access_token": access,
        "refresh_token": format!("refresh-{grant}"),
        "token_type": "bearer",
        "expires_in": 3600,
    }))
}

#[tokio::test]
async fn a_rejected_access_token_is_refreshed_once_and_the_call_repeated() {
    let sandbox = Arc::new(Sandbox::start().await.unwrap());
    let grants = Arc::new(AtomicUsize::new(0));
    let provider = Provider { sandbox: Arc::clone(&sandbox), grants: Arc::clone(&grants) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/token", post(token)).with_state(provider);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let settings = format!(
        r#"
        connection_name = "NetX by OAuth"
        connector = "netxConnector-v1.0"
        endpoint_url = "{}"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "id"
        client_secret = "s3cret"
        token_url = "{issuer}/token"
        authorization_url = "{issuer}/authorize"
        "#,
        sandbox.netx_url()
    );
    let connection = Connection::from_toml(&settings).unwrap().resolve().unwrap();
    let store = Arc::new(MemoryStore::new());
    let session = connection.credential(store.clone()).unwrap().oauth.unwrap();
    let (url, pending) = session.begin_sign_in().unwrap();
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let callback = format!("{}?code=c0de&state={state}", pending.redirect_uri());
    session.finish_sign_in(pending, &callback).await.unwrap();

    let client = Client::from_connection(&connection, store).unwrap().build().unwrap();
    client.get_self().send().await.unwrap();
    assert!(client.session().is_some());
    assert!(client.sign_in_if_needed(|_| panic!("signed in already")).await.unwrap().is_none());
    assert_eq!(grants.load(Ordering::SeqCst), 1, "a valid token needs no grant");

    // NetX responds to an expired token with HTTP 200 and code 10000.
    sandbox.netx().revoke_token("token-1");
    let before = sandbox.netx().requests().len();
    client.get_self().send().await.unwrap();
    assert_eq!(grants.load(Ordering::SeqCst), 2, "one refresh");
    assert_eq!(sandbox.netx().requests().len() - before, 2, "rejected once, then accepted");

    client.get_self().send().await.unwrap();
    assert_eq!(grants.load(Ordering::SeqCst), 2, "the new token is kept");
}

#[tokio::test]
async fn a_client_with_an_api_token_has_no_session() {
    let client = Client::builder("https://acme.netx.net").api_key("k3y").build().unwrap();
    assert!(client.session().is_none());
    assert!(client.sign_in_if_needed(|_| panic!("no session")).await.unwrap().is_none());
}

#[test]
fn a_connection_of_another_vendor_is_refused() {
    let settings = r#"
        connection_name = "MediaValet"
        connector = "mediavaletConnector-v1.0"
        subscription_key = "apim"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "id"
        client_secret = "s3cret"
        "#;
    let connection = Connection::from_toml(settings).unwrap().resolve().unwrap();
    let refused = Client::from_connection(&connection, Arc::new(MemoryStore::new())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Configuration);
}
