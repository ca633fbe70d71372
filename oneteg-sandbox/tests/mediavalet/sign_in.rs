//! Sign-in: authorization code with PKCE, refresh with rotation, password grant and revocation.

use std::time::Duration;

use reqwest::{Method, Url};
use serde_json::Value;

use crate::client::{Client, read};

const REDIRECT_URI: &str = "http://127.0.0.1:1/callback";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn authorize(client: &Client, changes: &[(&str, &str)]) -> (u16, Vec<(String, String)>) {
    let mut fields = vec![
        ("client_id", "sandbox-client"),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid api offline_access"),
        ("state", "a b&c"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        fields.retain(|(existing, _)| existing != name);
        fields.push((name, value));
    }
    let url = Url::parse_with_params(&client.url("/connect/authorize"), fields).unwrap();
    let response = client.bare(Method::GET, url.as_str()).send().await.unwrap();
    let location = response.headers().get("location").map(|value| value.to_str().unwrap());
    let location = location.map(|url| Url::parse(url).unwrap());
    let pairs = location.iter().flat_map(|url| url.query_pairs().into_owned()).collect();
    (response.status().as_u16(), pairs)
}

async fn code(client: &Client) -> String {
    let (status, pairs) = authorize(client, &[]).await;
    assert_eq!((status, &pairs[1]), (302, &("state".to_owned(), "a b&c".to_owned())));
    assert_eq!(pairs[0].0, "code");
    pairs[0].1.clone()
}

async fn token(client: &Client, fields: &[(&str, &str)]) -> (u16, Value) {
    let mut fields = fields.to_vec();
    for field in [("client_id", "sandbox-client"), ("client_secret", "sandbox-secret")] {
        if !fields.iter().any(|(name, _)| *name == field.0) {
            fields.push(field);
        }
    }
    let form = Url::parse_with_params("http://x", fields).unwrap();
    let request = client
        .bare(Method::POST, &client.url("/connect/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.query().unwrap().to_owned());
    read(request.send().await.unwrap()).await
}

async fn redeem(client: &Client, code: &str, verifier: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", verifier),
    ];
    token(client, &fields).await
}

async fn refresh(client: &Client, refresh_token: &str) -> (u16, Value) {
    token(client, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
}

async fn works(client: &Client, tokens: &Value) -> bool {
    let request = client.with_key(Method::GET, "/users/current");
    let response =
        request.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    response.status() == 200
}

#[tokio::test]
async fn a_code_gives_tokens_and_refresh_tokens_rotate() {
    let client = Client::start().await;
    let first = code(&client).await;
    let (status, tokens) = redeem(&client, &first, VERIFIER).await;
    assert_eq!(
        (status, &tokens["expires_in"], &tokens["token_type"]),
        (200, &3600.into(), &"Bearer".into())
    );
    assert!(works(&client, &tokens).await);
    assert_eq!(redeem(&client, &first, VERIFIER).await.1["error"], "invalid_grant", "used twice");

    let old = tokens["refresh_token"].as_str().unwrap();
    let (status, renewed) = refresh(&client, old).await;
    assert_eq!(status, 200);
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
    assert!(works(&client, &renewed).await);
    assert_eq!(refresh(&client, old).await.1["error"], "invalid_grant", "replaced");
    assert_eq!(refresh(&client, renewed["refresh_token"].as_str().unwrap()).await.0, 200);
}

#[tokio::test]
async fn codes_are_checked() {
    let client = Client::start().await;
    let wrong = code(&client).await;
    assert_eq!(redeem(&client, &wrong, "another").await.1["error"], "invalid_grant");
    let late = code(&client).await;
    client.sandbox.mediavalet().advance(Duration::from_secs(60));
    assert_eq!(redeem(&client, &late, VERIFIER).await.1["error"], "invalid_grant");
    let elsewhere = code(&client).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", elsewhere.as_str()),
        ("redirect_uri", "http://127.0.0.1:2/"),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(token(&client, &fields).await.1["error"], "invalid_grant");

    let unregistered = [("redirect_uri", "http://example.com/")];
    assert_eq!(authorize(&client, &unregistered).await, (400, vec![]));
    assert_eq!(authorize(&client, &[("client_id", "another")]).await.0, 400);
    let (status, pairs) = authorize(&client, &[("response_type", "token")]).await;
    assert_eq!((status, pairs[0].1.as_str()), (302, "unsupported_response_type"));
    assert_eq!(authorize(&client, &[("scope", "openid")]).await.1[0].1, "invalid_scope");
}

#[tokio::test]
async fn passwords_basic_credentials_and_scopes() {
    let client = Client::start().await;
    let password = |scope, word| {
        [
            ("grant_type", "password"),
            ("username", "sandbox-user"),
            ("password", word),
            ("scope", scope),
        ]
    };
    let (status, tokens) = token(&client, &password("openid api", "sandbox-password")).await;
    assert_eq!((status, tokens.get("refresh_token")), (200, None));
    let offline = password("api offline_access", "sandbox-password");
    assert!(token(&client, &offline).await.1["refresh_token"].is_string());
    assert_eq!(token(&client, &password("api", "wrong")).await.1["error"], "invalid_grant");
    let other = token(&client, &[("grant_type", "client_credentials")]).await;
    assert_eq!(other.1["error"], "unsupported_grant_type");
    let stranger = [("grant_type", "password"), ("client_secret", "wrong")];
    assert_eq!(token(&client, &stranger).await.1["error"], "invalid_client");

    let basic = client
        .bare(Method::POST, &client.url("/connect/token"))
        .basic_auth("sandbox-client", Some("sandbox-secret"))
        .body("grant_type=password&username=sandbox-user&password=sandbox-password&scope=api");
    assert_eq!(basic.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_revoked_sign_in_has_ended() {
    let client = Client::start().await;
    let code = code(&client).await;
    let (_, tokens) = redeem(&client, &code, VERIFIER).await;
    let body = format!(
        "token={}&client_id=sandbox-client&client_secret=sandbox-secret",
        tokens["refresh_token"].as_str().unwrap()
    );
    let request = client.bare(Method::POST, &client.url("/connect/revocation")).body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert!(!works(&client, &tokens).await);
    assert_eq!(refresh(&client, tokens["refresh_token"].as_str().unwrap()).await.0, 400);
    assert_eq!(
        client.status(Method::GET, "/users/current", None).await,
        200,
        "other sign-ins stay valid"
    );
}

#[tokio::test]
async fn the_discovery_document_names_the_endpoints() {
    let client = Client::start().await;
    let url = client.url("/.well-known/openid-configuration");
    let (status, document) = read(client.bare(Method::GET, &url).send().await.unwrap()).await;
    assert_eq!(
        (status, document["token_endpoint"].as_str()),
        (200, Some(client.url("/connect/token").as_str()))
    );
}
