//! Signing in: the grants, what ends them, and whose rights they give.

use std::time::Duration;

use oneteg_sandbox::Sandbox;
use oneteg_sandbox::netexplorer::{
    ADMINISTRATOR, CLIENT_APPLICATION, MEMBER, PASSWORD, RESTRICTED_FOLDER, SERVER_APPLICATION,
    SERVER_SECRET,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, REDIRECT, error_of, form_encoded, with_query};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn code_request(code: &str) -> Value {
    json!({
        "grant_type": "authorization_code",
        "client_id": CLIENT_APPLICATION,
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    })
}

async fn pkce_code(client: &Client) -> String {
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let redirected = client.consent(&[pkce[0], pkce[1], ("state", "é&=")]).await;
    assert_eq!(redirected[1], ("state".into(), "é&=".into()));
    redirected[0].1.clone()
}

#[tokio::test]
async fn a_server_application_is_the_administrator_by_form_and_by_json() {
    let client = Client::start().await;
    assert_eq!(client.get_json("/account").await["id"], ADMINISTRATOR.to_string());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", SERVER_APPLICATION),
        ("client_secret", SERVER_SECRET),
    ];
    let request = client.anonymous_request(Method::POST, "/oauth2/token").body(form_encoded(&form));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let response: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(response["token_type"], "Bearer");
    assert_eq!(response["expires_in"], 3600);
    assert_eq!(response["refresh_token"], Value::Null);
}

#[tokio::test]
async fn a_client_application_has_the_rights_of_its_user() {
    let mut client = Client::start().await;
    let tokens = client.token(code_request(&pkce_code(&client).await)).await;
    client.use_token(tokens["access_token"].as_str().unwrap());
    assert_eq!(client.get_json("/account").await["id"], MEMBER.to_string());
    let restricted = client.get(&format!("/folder/{RESTRICTED_FOLDER}")).await;
    assert_eq!(error_of(restricted).await.0, 403);
    client.act_as(ADMINISTRATOR);
    assert_eq!(client.get("/account").await.status(), 403);
}

#[tokio::test]
async fn a_server_application_can_act_as_another_user() {
    let mut client = Client::start().await;
    client.act_as(MEMBER);
    assert_eq!(client.get_json("/account").await["id"], MEMBER.to_string());
    assert_eq!(client.get(&format!("/folder/{RESTRICTED_FOLDER}")).await.status(), 403);
    let created = client.post_json("/folder", json!({ "parent_id": 1, "name": "À elle" })).await;
    assert_eq!(created["owner_id"], MEMBER.to_string());
    client.act_as(99);
    assert_eq!(client.get("/account").await.status(), 404);
}

#[tokio::test]
async fn a_code_requires_its_verifier_its_redirect_and_its_application() {
    let client = Client::start().await;
    let refused = async |change: Value| {
        let mut request = code_request(&pkce_code(&client).await);
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        client.token(request).await["error"].as_str().unwrap().to_owned()
    };
    for change in [
        json!({ "code_verifier": "another" }),
        json!({ "code_verifier": null }),
        json!({ "redirect_uri": "http://127.0.0.1:10/callback" }),
        json!({ "code": "unknown" }),
    ] {
        assert_eq!(refused(change.clone()).await, "invalid_grant", "{change}");
    }
    let server = json!({ "client_id": SERVER_APPLICATION, "client_secret": SERVER_SECRET });
    assert_eq!(refused(server).await, "unauthorized_client");
    assert_eq!(refused(json!({ "client_secret": "wrong" })).await, "invalid_client");
    assert_eq!(refused(json!({ "client_id": "unknown" })).await, "invalid_client");
    assert_eq!(refused(json!({ "grant_type": "password" })).await, "unsupported_grant_type");
    let without_proof = client.consent(&[]).await[0].1.clone();
    let response = client.token(code_request(&without_proof)).await;
    assert_eq!(response["error"], "invalid_grant", "neither PKCE nor a secret");
}

#[tokio::test]
async fn the_consent_page_refuses_invalid_requests() {
    let client = Client::start().await;
    let plain = [("code_challenge", CHALLENGE), ("code_challenge_method", "plain")];
    assert_eq!(client.consent(&plain).await[0], ("error".into(), "invalid_request".into()));
    for (id, redirect) in [
        ("unknown", REDIRECT),
        (CLIENT_APPLICATION, "https://elsewhere.example/"),
        (CLIENT_APPLICATION, "http://127.0.0.1.elsewhere.example/"),
        (CLIENT_APPLICATION, "x"),
    ] {
        let query = [("response_type", "code"), ("client_id", id), ("redirect_uri", redirect)];
        let response =
            client.anonymous_request(Method::GET, &with_query("/oauth2/authorize", &query));
        assert_eq!(response.send().await.unwrap().status(), 400, "{id} {redirect}");
    }
}

#[tokio::test]
async fn a_code_that_is_used_twice_ends_its_tokens() {
    let mut client = Client::start().await;
    let code = pkce_code(&client).await;
    let tokens = client.token(code_request(&code)).await;
    client.use_token(tokens["access_token"].as_str().unwrap());
    client.get_json("/account").await;
    assert_eq!(client.token(code_request(&code)).await["error"], "invalid_grant");
    assert_eq!(client.get("/account").await.status(), 401);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_used_one_ends_the_grant() {
    let mut client = Client::start().await;
    let first = client.member_tokens("all").await;
    let refresh = |token: &Value| {
        json!({
            "grant_type": "refresh_token",
            "client_id": CLIENT_APPLICATION,
            "refresh_token": token,
        })
    };
    let second = client.token(refresh(&first["refresh_token"])).await;
    client.use_token(second["access_token"].as_str().unwrap());
    client.get_json("/account").await;
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let stolen = client.token(refresh(&first["refresh_token"])).await;
    assert_eq!(stolen["error"], "invalid_grant");
    assert_eq!(client.get("/account").await.status(), 401);
    assert_eq!(client.token(refresh(&second["refresh_token"])).await["error"], "invalid_grant");
}

#[tokio::test]
async fn tokens_expire_by_time_and_on_demand_except_offline_ones() {
    let short = Sandbox::builder().netexplorer_token_lifetime(Duration::ZERO);
    let mut client = Client::with(short).await;
    let (status, message) = error_of(client.get("/account").await).await;
    assert_eq!((status, message.starts_with("Votre session")), (401, true));
    let offline = client.member_tokens("offline").await;
    assert!(offline.get("expires_in").is_none());
    client.use_token(offline["access_token"].as_str().unwrap());
    client.get_json("/account").await;
    client.sandbox.netexplorer().expire_access_tokens();
    assert_eq!(client.get("/account").await.status(), 401);
}

#[tokio::test]
async fn an_invalid_token_gets_401_before_anything_else() {
    let client = Client::start().await;
    for path in ["/api/account", "/api/folder/1", "/api/folder/999", "/api/path"] {
        assert_eq!(
            client.anonymous_request(Method::GET, path).send().await.unwrap().status(),
            401,
            "{path}"
        );
    }
    for credential in ["Basic x", "Bearer", "Bearer ", "Token sandbox-access-000001"] {
        let request = client
            .anonymous_request(Method::GET, "/api/account")
            .header("authorization", credential);
        assert_eq!(request.send().await.unwrap().status(), 401, "{credential:?}");
    }
    let basic = client.anonymous_request(Method::POST, "/oauth2/token").basic_auth("a", Some("b"));
    assert_eq!(basic.send().await.unwrap().status(), 401);
    for body in ["", "{", "[]", "{\"grant_type\":1}"] {
        let request = client.anonymous_request(Method::POST, "/oauth2/token");
        let request = request.header("content-type", "application/json").body(body);
        let status = request.send().await.unwrap().status();
        assert!(status == 400 || status == 401, "{body}: {status}");
    }
}

#[tokio::test]
async fn the_password_sign_in_works_too() {
    let mut client = Client::start().await;
    let response = client.post_json("/auth", json!({ "user": "ada", "password": PASSWORD })).await;
    client.use_token(response["token"].as_str().unwrap());
    assert_eq!(client.get_json("/account").await["login"], "ada");
    assert_eq!(client.delete("/auth").await.status(), 204);
    assert_eq!(client.get("/account").await.status(), 401);
    let wrong = json!({ "user": "ada", "password": "x" });
    assert_eq!(client.send(Method::POST, "/auth", wrong).await.status(), 401);
}
