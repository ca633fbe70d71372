//! A client with an OAuth session: signed in by code, refreshed when NetX rejects the access token.
// The browser is a function, not a test.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use netx_sdk::{
    Client, ErrorKind,
    auth::{Connection, MemoryStore},
    reqwest,
};
use oneteg_sandbox::{
    Sandbox,
    netx::{OAUTH_CLIENT, OAUTH_SECRET},
};

/// Does what a browser would at the consent page: follows the redirect to its target, which it returns.
async fn approve(page: reqwest::Url) -> String {
    // The SDK brings rustls without a default provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let response = browser.build().unwrap().get(page).send().await.unwrap();
    response.headers()["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rejected_access_token_is_refreshed_once_and_the_call_repeated() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.netx_url();
    let settings = format!(
        r#"
        connection_name = "NetX by OAuth"
        connector = "netxConnector-v1.0"
        endpoint_url = "{url}"
        [authentication]
        type = "oauth"
        flow = "authorization_code"
        client_id = "{OAUTH_CLIENT}"
        client_secret = "{OAUTH_SECRET}"
        token_url = "{url}/a/t"
        authorization_url = "{url}/app#access/api"
        redirect_uri = "http://127.0.0.1:9/callback"
        "#
    );
    let connection = Connection::from_toml(&settings).unwrap().resolve().unwrap();
    let store = Arc::new(MemoryStore::new());
    let session = connection.credential(store.clone()).unwrap().oauth.unwrap();
    let (page, pending) = session.begin_sign_in().unwrap();
    assert_eq!(page.fragment(), Some("access/api"));
    let callback = approve(page).await;
    session.finish_sign_in(pending, &callback).await.unwrap();

    let client = Client::from_connection(&connection, store).unwrap().build().unwrap();
    client.get_self().send().await.unwrap();
    assert!(client.session().is_some());
    assert!(client.sign_in_if_needed(|_| panic!("signed in already")).await.unwrap().is_none());
    let grants = || {
        let requests = sandbox.netx().requests();
        requests.iter().filter(|request| request.operation.as_deref() == Some("token")).count()
    };
    assert_eq!(grants(), 1, "a valid token needs no grant");

    // NetX responds to an expired token with HTTP 200 and code 10000.
    sandbox.netx().expire_access_tokens();
    let before = sandbox.netx().requests().len();
    client.get_self().send().await.unwrap();
    assert_eq!(grants(), 2, "one refresh");
    assert_eq!(sandbox.netx().requests().len() - before, 3, "rejected, refreshed, accepted");

    client.get_self().send().await.unwrap();
    assert_eq!(grants(), 2, "the new token is kept");
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
