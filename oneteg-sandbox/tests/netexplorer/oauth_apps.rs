//! Applications and their tokens, for administrators and for users.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Client, names};

#[tokio::test]
async fn an_application_that_is_registered_can_sign_in_until_it_is_deleted() {
    let mut client = Client::start().await;
    let created = client.post_json("/oauth2/app", json!({ "name": "Import", "type": 1 })).await;
    let id = created["client_id"].as_str().unwrap();
    let path = format!("/oauth2/app/{id}");
    assert!(
        client.get_json(&path).await.get("client_secret").is_none(),
        "the secret is shown only once"
    );
    let sign_in = |secret: &Value| json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": secret });
    let reset = client.post_json(&format!("{path}/reset"), json!({})).await;
    let before = client.token(sign_in(&created["client_secret"])).await;
    assert_eq!(before["error"], "invalid_client");
    let tokens = client.token(sign_in(&reset["client_secret"])).await;

    let renamed = client.put_json(&path, json!({ "name": "Export" })).await;
    assert_eq!((&renamed["name"], &renamed["type"]), (&json!("Export"), &json!(1)));
    assert_eq!(names(&client.get_json("/oauth2/apps").await), ["Export", "Client", "Server"]);
    assert_eq!(client.get_json(&format!("{path}/tokens")).await.as_array().unwrap().len(), 1);

    assert_eq!(client.delete(&path).await.status(), 204);
    client.use_token(tokens["access_token"].as_str().unwrap());
    assert_eq!(client.get("/account").await.status(), 401);
}

#[tokio::test]
async fn tokens_can_be_revoked_by_their_user_and_by_an_administrator() {
    let mut client = Client::start().await;
    let mine = client.member_tokens("all").await;
    let other = client.member_tokens("all").await;
    let administrators = client.get_json("/oauth2/user/tokens").await[0]["token"].clone();
    let revoke =
        |whose: &str, token: &Value| format!("/oauth2/{whose}/{}/revoke", token.as_str().unwrap());
    // A refresh token identifies its grant as well.
    assert_eq!(client.delete(&revoke("app", &other["refresh_token"])).await.status(), 204);
    assert_eq!(client.delete(&revoke("app", &other["access_token"])).await.status(), 404);

    client.use_token(mine["access_token"].as_str().unwrap());
    let listed = client.get_json("/oauth2/user/tokens").await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(client.delete(&revoke("user", &administrators)).await.status(), 404);
    assert_eq!(client.delete(&revoke("app", &administrators)).await.status(), 403);
    assert_eq!(client.delete(&revoke("user", &listed[0]["token"])).await.status(), 204);
    assert_eq!(client.get("/account").await.status(), 401);
    assert_eq!(client.send(Method::POST, "/oauth2/app", json!({})).await.status(), 401);
}
