//! Sign-in by OAuth, as a program and a browser see it.

use std::collections::BTreeMap;
use std::time::Duration;

use oneteg_sandbox::netx::{OAUTH_CLIENT, OAUTH_SECRET};
use oneteg_sandbox::{Fault, Sandbox};
use reqwest::redirect::Policy;
use reqwest::{Method, Response, Url};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::client::{Client, loopback_client_with};

/// Nothing listens there.
const REDIRECT: &str = "http://127.0.0.1:9/callback";

/// Opens the consent page as a browser does.
async fn consent(client: &Client, query: &[(&str, &str)]) -> Response {
    let mut url = Url::parse(&format!("{}/app#access/api", client.sandbox.netx_url())).unwrap();
    url.query_pairs_mut().extend_pairs(query);
    loopback_client_with(Policy::none()).get(url).send().await.unwrap()
}

/// The query that the browser brings back.
async fn returned(client: &Client, query: &[(&str, &str)]) -> BTreeMap<String, String> {
    let page = consent(client, query).await;
    assert_eq!(page.status(), 302);
    let target = Url::parse(page.headers()["location"].to_str().unwrap()).unwrap();
    assert!(target.as_str().starts_with(REDIRECT));
    target.query_pairs().into_owned().collect()
}

async fn code(client: &Client) -> String {
    let query = [
        ("response_type", "code"),
        ("client_id", OAUTH_CLIENT),
        ("redirect_uri", REDIRECT),
        ("state", "s t&te"),
        ("scope", "all"),
    ];
    let returned = returned(client, &query).await;
    assert_eq!(returned["state"], "s t&te");
    returned["code"].clone()
}

/// Sends a form to the token endpoint; `secret` replaces the client's.
async fn token(client: &Client, secret: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let mut form: BTreeMap<&str, &str> = form.iter().copied().collect();
    form.extend([("client_id", OAUTH_CLIENT), ("client_secret", secret)]);
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = client.bare(Method::POST, "/a/t").body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn redeem(client: &Client, code: &str) -> (u16, Value) {
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", REDIRECT)];
    token(client, OAUTH_SECRET, &form).await
}

async fn refresh(client: &Client, token_value: &Value) -> (u16, Value) {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token_value.as_str().unwrap())];
    token(client, OAUTH_SECRET, &form).await
}

/// The error code of a call with this access token; `None` if it is accepted.
async fn refusal(client: &Client, token: &Value) -> Option<i64> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "getSelf" });
    let credential = format!("apiToken {}", token.as_str().unwrap());
    let request = client.bare(Method::POST, "/api/rpc").header("authorization", credential);
    let response: Value =
        request.body(body.to_string()).send().await.unwrap().json().await.unwrap();
    response["error"]["code"].as_i64()
}

#[tokio::test]
async fn a_code_becomes_tokens_that_are_sent_like_an_api_token() {
    let client = Client::start().await;
    let (status, tokens) = redeem(&client, &code(&client).await).await;
    assert_eq!(
        (status, &tokens["expires_in"], &tokens["scope"]),
        (200, &json!(3600), &json!("all"))
    );
    assert_eq!(refusal(&client, &tokens["access_token"]).await, None);
    let file = client.bare(Method::GET, "/api/file/asset/201");
    let credential = format!("apiToken {}", tokens["access_token"].as_str().unwrap());
    let file = file.header("authorization", credential).send().await.unwrap();
    assert_eq!(file.status(), 200);

    client.sandbox.netx().expire_access_tokens();
    assert_eq!(refusal(&client, &tokens["access_token"]).await, Some(10000));
    let (status, newer) = refresh(&client, &tokens["refresh_token"]).await;
    assert_eq!(status, 200);
    assert_eq!(refusal(&client, &newer["access_token"]).await, None);
    let names: Vec<_> =
        client.sandbox.netx().requests().iter().filter_map(|it| it.operation.clone()).collect();
    assert_eq!(&names[..2], ["authorize", "token"]);
}

#[tokio::test]
async fn a_lifetime_can_be_set() {
    let builder = Sandbox::builder().netx_access_token_lifetime(Duration::ZERO);
    let client = Client::with(builder).await;
    let (_, tokens) = redeem(&client, &code(&client).await).await;
    assert_eq!(tokens["expires_in"], 0);
    assert_eq!(refusal(&client, &tokens["access_token"]).await, Some(10000));
}

#[tokio::test]
async fn reuse_ends_the_session() {
    let client = Client::start().await;
    let used = code(&client).await;
    let (_, tokens) = redeem(&client, &used).await;
    let (_, newer) = refresh(&client, &tokens["refresh_token"]).await;
    let (status, error) = refresh(&client, &tokens["refresh_token"]).await;
    assert_eq!((status, &error["error"]), (400, &json!("invalid_grant")));
    assert_eq!(refusal(&client, &newer["access_token"]).await, Some(10000));
    assert_eq!(redeem(&client, &used).await.0, 400);
}

#[tokio::test]
async fn a_request_that_cannot_be_trusted_is_refused() {
    let client = Client::start().await;
    let unredeemed = code(&client).await;
    let good =
        [("grant_type", "authorization_code"), ("code", &unredeemed), ("redirect_uri", REDIRECT)];
    let (status, error) = token(&client, "guess", &good).await;
    assert_eq!((status, &error["error"]), (401, &json!("invalid_client")));
    let other = [("redirect_uri", "http://127.0.0.1:9/other")];
    for (form, expected) in [
        ([&good[..2], &other].concat(), "invalid_grant"),
        (good[..1].to_vec(), "invalid_request"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
    ] {
        let (status, error) = token(&client, OAUTH_SECRET, &form).await;
        assert_eq!((status, error["error"].as_str()), (400, Some(expected)), "{form:?}");
    }
    let json = client.bare(Method::POST, "/a/t").json(&json!({})).send().await.unwrap();
    assert_eq!(json.status(), 400);
    assert_eq!(redeem(&client, &unredeemed).await.0, 200, "no refusal has used the code");
}

#[tokio::test]
async fn the_consent_page_redirects_only_to_this_machine() {
    let client = Client::start().await;
    let wrong_client = [("response_type", "code"), ("client_id", "x"), ("redirect_uri", REDIRECT)];
    assert_eq!(consent(&client, &wrong_client).await.status(), 400);
    for redirect in ["https://evil.example/", "http://127.0.0.1/#x", "callback", ""] {
        let query =
            [("response_type", "code"), ("client_id", OAUTH_CLIENT), ("redirect_uri", redirect)];
        assert_eq!(consent(&client, &query).await.status(), 400, "{redirect}");
    }
    let query =
        [("response_type", "token"), ("client_id", OAUTH_CLIENT), ("redirect_uri", REDIRECT)];
    assert_eq!(returned(&client, &query).await["error"], "unsupported_response_type");
}

#[tokio::test]
async fn the_token_endpoint_can_fail_by_script() {
    let client = Client::start().await;
    client
        .sandbox
        .netx()
        .script(Fault::response(503).body("{}").header("cache-control", "no-store").only("token"))
        .unwrap();
    let code = code(&client).await;
    assert_eq!(redeem(&client, &code).await.0, 503);
    assert_eq!(redeem(&client, &code).await.0, 200);
}
